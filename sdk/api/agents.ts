/**
 * `/v1/agents/tokens`: letting an agent in.
 *
 * @module
 */
import * as v from "valibot";
import { defineRoute } from "./route.ts";
import { Count, Instant } from "./values.ts";

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
