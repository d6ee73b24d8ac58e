/**
 * `/v1/reveal`: what tokens stand for, sealed to a key that the hub does not have. Boxes are handed
 * out under a grant alone: one person asks, another approves, both for a while, all in the ledger.
 *
 * @module
 */
import * as v from "valibot";
import { Token } from "./keys.ts";
import { defineRoute } from "./route.ts";
import { Count, Instant } from "./values.ts";

const why = v.pipe(v.string(), v.trim(), v.minLength(1), v.maxLength(512));

export const Grant = v.object({
  id: v.string(),
  tokens: v.array(v.string()),
  why: v.string(),
  /** `waiting`: nobody has approved it. `approved`: boxes can be had. `over`: its time has passed. */
  state: v.picklist(["waiting", "approved", "over"]),
  requestedBy: v.string(),
  requestedAt: Instant,
  approvedBy: v.nullable(v.string()),
  /** Until when it can be approved, and once it is, used. */
  expiresAt: Instant,
});
export type Grant = v.InferOutput<typeof Grant>;

export const requestGrant = defineRoute({
  method: "POST",
  path: "/v1/reveal/grants",
  summary: "Ask to see what tokens stand for",
  scope: "reveal:request",
  body: v.object({
    tokens: v.pipe(v.array(Token), v.minLength(1), v.maxLength(64)),
    why,
    /** How long it can be used, from its approval on. */
    seconds: v.optional(v.pipe(Count, v.minValue(60), v.maxValue(86_400)), 3600),
  }),
  reply: Grant,
});

export const listGrants = defineRoute({
  method: "GET",
  path: "/v1/reveal/grants",
  summary: "List grants, newest first",
  scope: "reveal:approve",
  reply: v.object({ grants: v.array(Grant) }),
});

export const approveGrant = defineRoute({
  method: "POST",
  path: "/v1/reveal/grants/:id/approve",
  summary: "Approve a grant that somebody else has asked for",
  scope: "reveal:approve",
  body: v.object({ why }),
  reply: Grant,
});

export const takeBoxes = defineRoute({
  method: "POST",
  path: "/v1/reveal/grants/:id/boxes",
  summary: "Hand out the boxes of an approved grant, and record it",
  scope: "reveal:request",
  reply: v.object({
    /** base64; several of one token where several hosts have sealed it. */
    boxes: v.array(v.object({ token: v.string(), box: v.string() })),
  }),
});
