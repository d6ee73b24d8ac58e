/**
 * Answers `/v1/agents/tokens`.
 *
 * @module
 */
import { createEnrolToken } from "../../sdk/api/agents.ts";
import { type HubApp, mount } from "./mount.ts";

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
}

export function mountAgents(app: HubApp, parts: AgentParts): void {
  mount(app, createEnrolToken, async ({ body, caller }) => {
    const made = await parts.createToken({ ttlMs: body.seconds * 1000, by: caller.id });
    return { ...made, expiresAt: new Date(made.expiresAt).toISOString() };
  });
}
