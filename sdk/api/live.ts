/**
 * `/v1/live`: what arrives, as it arrives, by Server-Sent Events.
 *
 * A live view is a sample with bounds, never the record: it says what it left out.
 *
 * @module
 */
import * as v from "valibot";
import { Alert } from "./alerts.ts";
import { Row } from "./events.ts";
import { defineRoute } from "./route.ts";
import { Count, Instant, Word } from "./values.ts";

/** One message of the stream; `kind` is the SSE event's name too. */
export const LiveMessage = v.variant("kind", [
  v.object({
    kind: v.literal("rate"),
    at: Instant,
    /** Of the last second. */
    eventsPerSecond: v.number(),
    /** Rows that this reader was shown of it. */
    shown: Count,
    /** Means of the last ten seconds. */
    sources: v.array(
      v.object({ agent: v.string(), source: v.string(), eventsPerSecond: v.number() }),
    ),
  }),
  v.object({
    kind: v.literal("rows"),
    agent: v.string(),
    source: v.string(),
    table: v.string(),
    rows: v.array(Row),
  }),
  v.object({ kind: v.literal("alert"), alert: Alert }),
  /** Messages this reader was too slow for. */
  v.object({ kind: v.literal("dropped"), messages: Count }),
]);
export type LiveMessage = v.InferOutput<typeof LiveMessage>;

export const live = defineRoute({
  method: "GET",
  path: "/v1/live",
  summary: "Follow rates, sampled rows and alerts",
  scope: "events:read",
  query: v.object({
    /** Rows of this table alone. */
    table: v.optional(Word),
    /** `no`: rates and alerts alone. */
    rows: v.optional(v.picklist(["yes", "no"]), "yes"),
  }),
  reply: LiveMessage,
  media: ["text/event-stream"],
});
