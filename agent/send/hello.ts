/**
 * What an agent says first on a connection: who it is, and what its spool holds.
 *
 * @module
 */
import { MAX_CUT_STREAMS, type MessageOf } from "../../sdk/wire/link.ts";
import { headOf } from "./agreement.ts";
import type { LinkContext } from "./link_state.ts";

/** The hello; `nonce` names the connection, `certificate` is the hash of what TLS shows on it. */
export function helloOf(
  context: LinkContext,
  nonce: Uint8Array,
  certificate: Uint8Array | undefined,
): MessageOf<"hello"> {
  const { agent, boot, release, host, os, source, instance, clock, boxKey } = context;
  const streams = source.streams();
  const cut = streams.filter(({ isCut }) => isCut).slice(0, MAX_CUT_STREAMS);
  return {
    ...{ type: "hello", version: 1, agent, nonce, boot, release, host, os },
    heads: streams.map((held) => headOf(source, held)),
    ...(cut.length > 0 && { cut: cut.map(({ id }) => id) }),
    ...(clock !== undefined && { clock: clock() }),
    ...(instance !== undefined && { instance }),
    ...(boxKey && { boxKey }),
    ...(certificate && { certificate }),
  };
}

/** The answer to the hub's question `id`; a hub asks who has told its clock in the hello. */
export function timeOf({ clock }: LinkContext, id: number): MessageOf<"timeok"> {
  return { type: "timeok", id, time: clock?.() ?? 0 };
}
