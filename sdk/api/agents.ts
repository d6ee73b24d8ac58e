/**
 * `/v1/agents`: who has enrolled; letting an agent in, shutting one out.
 *
 * @module
 */
import * as v from "valibot";
import { defineRoute } from "./route.ts";
import { Count, Instant } from "./values.ts";

/** An agent that has enrolled. */
export const AgentState = v.object({
  /** Its id: the start of the hash of its public key. */
  agent: v.string(),
  host: v.string(),
  os: v.string(),
  state: v.picklist(["active", "shut-out"]),
  /** Who shut it out, and why; null for one that is active. */
  revoked: v.nullable(v.object({ by: v.string(), why: v.string() })),
  /** Its newest; null for an agent of 0.1.0. */
  certificate: v.nullable(v.object({
    /** SHA-256 in hex. */
    hash: v.string(),
    notAfter: Instant,
  })),
  /**
   * Its clock less the hub's, as last noted in the ledger; the truth is within `boundMs` of it. Null
   * before it was measured.
   */
  clock: v.nullable(v.object({
    offsetMs: v.pipe(v.number(), v.integer()),
    boundMs: Count,
    at: Instant,
  })),
  /** Its link now; null while there is none. */
  connected: v.nullable(v.object({ since: Instant, release: v.string() })),
});
export type AgentState = v.InferOutput<typeof AgentState>;

export const listAgents = defineRoute({
  method: "GET",
  path: "/v1/agents",
  summary: "List agents with their certificates and links",
  scope: "agents:write",
  reply: v.object({ agents: v.array(AgentState) }),
});

export const revokeAgent = defineRoute({
  method: "POST",
  path: "/v1/agents/:id/revoke",
  summary: "Shut an agent out for good",
  scope: "agents:write",
  body: v.object({
    /** Kept in the ledger. */
    why: v.pipe(v.string(), v.trim(), v.minLength(1), v.maxLength(512)),
  }),
  reply: v.object({ agent: v.string(), state: v.literal("shut-out") }),
});

export const createEnrolToken = defineRoute({
  method: "POST",
  path: "/v1/agents/tokens",
  summary: "Make a one-time enrolment token",
  scope: "agents:write",
  body: v.object({
    /** How long it can be used. */
    seconds: v.optional(v.pipe(Count, v.minValue(60), v.maxValue(7 * 86_400)), 3600),
  }),
  reply: v.object({
    token: v.string(),
    expiresAt: Instant,
    /** Where the agent enrols. */
    link: v.string(),
    /** The certificate that the agent pins, PEM. */
    ca: v.string(),
  }),
});
