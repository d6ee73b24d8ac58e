/**
 * Answers `/v1/agents`.
 *
 * @module
 */
import {
  type AgentState,
  createEnrolToken,
  listAgents,
  revokeAgent,
} from "../../sdk/api/agents.ts";
import { lookerOf } from "./look.ts";
import { type HubApp, mount } from "./mount.ts";
import { ApiError } from "./refusal.ts";

/** A token that lets one agent in, once. */
export interface EnrolToken {
  readonly token: string;
  /** Milliseconds since the Unix epoch. */
  readonly expiresAt: number;
  readonly link: string;
  /** PEM. */
  readonly ca: string;
}

/** What the agent routes need of the hub. */
export interface AgentParts {
  /** Records who made it before it returns. */
  createToken(wanted: { readonly ttlMs: number; readonly by: string }): Promise<EnrolToken>;
  list(): readonly AgentState[];
  /** False if nobody knows the agent; else it is shut out, durably. */
  revoke(
    revoked: { readonly agent: string; readonly by: string; readonly why: string },
  ): Promise<boolean>;
}

export function mountAgents(app: HubApp, parts: AgentParts): void {
  mount(app, createEnrolToken, async ({ body, caller }) => {
    const made = await parts.createToken({ ttlMs: body.seconds * 1000, by: caller.id });
    return { ...made, expiresAt: new Date(made.expiresAt).toISOString() };
  });
  mount(app, listAgents, () => ({ agents: [...parts.list()] }));
  mount(app, revokeAgent, async ({ params, body, caller }) => {
    const revoked = { agent: params.id, by: lookerOf(caller), why: body.why };
    if (await parts.revoke(revoked)) return { agent: params.id, state: "shut-out" as const };
    throw new ApiError("missing", "Cannot revoke agent: none with this id has enrolled");
  });
}
