/**
 * `/v1/keys`: what the key holder needs of the hub, which itself has no token key: the agents' box
 * keys, a place for sealed packages, and a record of each value that was asked for.
 *
 * @module
 */
import * as v from "valibot";
import { defineRoute } from "./route.ts";
import { Count, Instant } from "./values.ts";

const hex = (size: number) => v.pipe(v.string(), v.length(2 * size), v.hexadecimal());
/** `kind:epoch:base32`. */
export const Token = v.pipe(
  v.string(),
  v.regex(/^[a-z0-9_-]{1,32}:\d{1,10}:[a-z2-7]{26}$/, "is no token"),
);

const Epoch = v.object({ epoch: Count, from: Count, until: Count });

export const AgentKeys = v.object({
  /** The agent's id: the start of the hash of its public key. */
  agent: hex(16),
  host: v.string(),
  state: v.picklist(["active", "shut-out"]),
  /** Ed25519, with which the agent has enrolled. */
  publicKey: hex(32),
  /** X25519, and its signature by that key; null before an agent has told it. */
  boxKey: v.nullable(v.object({ key: hex(32), signature: hex(64) })),
  /** The newest package for it. Times of epochs are ms since the Unix epoch. */
  package: v.nullable(v.object({
    serial: Count,
    holder: hex(32),
    at: Instant,
    epochs: v.array(Epoch),
  })),
  /** What the agent has said of a package last: `ok`, or why it refused. */
  answer: v.nullable(v.object({ serial: Count, code: v.string() })),
});
export type AgentKeys = v.InferOutput<typeof AgentKeys>;

export const listAgentKeys = defineRoute({
  method: "GET",
  path: "/v1/keys/agents",
  summary: "List agents with their box keys and key packages",
  scope: "keys:write",
  reply: v.object({ agents: v.array(AgentKeys) }),
});

export const putKeyPackage = defineRoute({
  method: "PUT",
  path: "/v1/keys/agents/:id/package",
  summary: "Hand over the sealed key package of an agent",
  scope: "keys:write",
  body: v.object({
    /** base64 of the package. */
    package: v.pipe(v.string(), v.maxLength(8192), v.base64()),
  }),
  reply: v.object({
    /** Whether the agent is connected and was sent it. */
    sent: v.boolean(),
  }),
});

export const recordLookup = defineRoute({
  method: "POST",
  path: "/v1/keys/lookups",
  summary: "Record that the key holder made tokens of a value",
  scope: "keys:write",
  body: v.object({
    /** Of all epochs. The value itself stays with the holder. */
    tokens: v.pipe(v.array(Token), v.minLength(1), v.maxLength(64)),
    why: v.pipe(v.string(), v.minLength(1), v.maxLength(512)),
  }),
  reply: v.object({ recorded: v.literal(true) }),
});
