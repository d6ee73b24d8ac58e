/**
 * The agents that have enrolled: what the hub knows of each, and the way to shut one out.
 *
 * @module
 */
import type { AgentState } from "../../sdk/api/agents.ts";
import type { MessageOf } from "../../sdk/wire/link.ts";
import { type ClockNote, encodeEntry, type SessionNote } from "./entries.ts";
import { appendEntry, type Connected, type Ingest } from "./ingest.ts";
import { type Agent, hexOf } from "./stream_index.ts";

/** A revoked agent is told not to come back so soon. */
export const REVOKED_RETRY_MS = 3_600_000;

/** Who revokes an agent, and why. */
export interface Revocation {
  /** Its id. */
  readonly agent: string;
  readonly by: string;
  readonly why: string;
}

/**
 * Shuts an agent out for good: ends its connection, refuses its next ones. Resolves once the ledger
 * has it durably; false if nobody knows the agent. A second time changes nothing.
 */
export async function revoke(ingest: Ingest, { agent: id, by, why }: Revocation): Promise<boolean> {
  const agent = ingest.index.agents.get(id);
  if (agent === undefined) return false;
  if (agent.entry.state === "active") {
    const entry = { ...agent.entry, state: "shut-out", revoked: { by, why } } as const;
    appendEntry(ingest, { kind: "agent", keyHash: agent.keyHash, payload: encodeEntry(entry) });
  }
  // Before the commit: nothing of it is taken from here on.
  ingest.connected.get(id)?.end("revoked", REVOKED_RETRY_MS);
  await ingest.ledger.commit();
  return true;
}

/** Notes how `agent` has connected, unless it was so the last time. The caller commits. */
export function recordSession(
  ingest: Ingest,
  { entry, keyHash }: Agent,
  { boot, instance, release, shown }:
    & Pick<MessageOf<"hello">, "boot" | "instance" | "release">
    & { readonly shown: string | undefined },
): void {
  const note: SessionNote = {
    ...{ note: "session", agent: entry.id, boot: hexOf(boot), release },
    ...(instance !== undefined && { instance }),
    ...(shown !== undefined && { certificate: shown }),
  };
  const last = ingest.index.sessions.get(entry.id);
  const isSame = last !== undefined &&
    (["boot", "instance", "release", "certificate"] as const).every((is) => last[is] === note[is]);
  if (!isSame) appendEntry(ingest, { kind: "note", keyHash, payload: encodeEntry(note) });
}

/** Every agent that has enrolled, oldest first. */
export function listAgents({ index, connected }: Ingest): readonly AgentState[] {
  return [...index.agents].map(([id, agent]) =>
    stateOf(agent, { link: connected.get(id), clock: index.clocks.get(id) })
  );
}

function stateOf(
  { entry }: Agent,
  { link, clock }: { readonly link: Connected | undefined; readonly clock: ClockNote | undefined },
): AgentState {
  const { id, host, os, state, revoked, certificates } = entry;
  const newest = certificates?.at(-1);
  return {
    agent: id,
    host,
    os,
    state,
    revoked: revoked ?? null,
    certificate: newest === undefined
      ? null
      : { hash: newest.hash, notAfter: new Date(newest.notAfter).toISOString() },
    clock: clock === undefined
      ? null
      : { offsetMs: clock.offsetMs, boundMs: clock.boundMs, at: new Date(clock.at).toISOString() },
    connected: link === undefined
      ? null
      : { since: new Date(link.since).toISOString(), release: link.release },
  };
}
