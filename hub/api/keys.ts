/**
 * Answers `/v1/keys`.
 *
 * @module
 */
import { type AgentKeys, listAgentKeys, putKeyPackage, recordLookup } from "../../sdk/api/keys.ts";
import { lookerOf } from "./look.ts";
import { type HubApp, mount } from "./mount.ts";

/** What the key routes need of the hub. */
export interface KeyParts {
  list(): readonly AgentKeys[];
  /** Gives whether the agent was sent it. */
  put(agent: string, bytes: Uint8Array): Promise<boolean>;
  /** Makes the record durable. */
  recordLookup(
    lookup: { readonly by: string; readonly tokens: readonly string[]; readonly why: string },
  ): Promise<void>;
}

export function mountKeys(app: HubApp, parts: KeyParts): void {
  mount(app, listAgentKeys, () => ({ agents: [...parts.list()] }));
  mount(app, putKeyPackage, async ({ params, body }) => {
    const bytes = new Uint8Array(Buffer.from(body.package, "base64"));
    return { sent: await parts.put(params.id, bytes) };
  });
  mount(app, recordLookup, async ({ body, caller }) => {
    await parts.recordLookup({ by: lookerOf(caller), ...body });
    return { recorded: true as const };
  });
}
