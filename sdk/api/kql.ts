/**
 * `/v1/query`: events by a query in KQL.
 *
 * As JSON the whole reply comes at once. As NDJSON, CSV or Arrow rows come while the query runs; an
 * NDJSON reply that could not be finished ends with a line `{"error": {"code": …, "message": …}}`,
 * one of the others is cut off. Who asks for progress gets lines `{"progress": {"percent": 40}}`
 * among those of NDJSON.
 *
 * @module
 */
import * as v from "valibot";
import { defineRoute } from "./route.ts";
import { Count } from "./values.ts";

/** Largest body, in bytes: the text of a query may have a million characters, escaped. */
const MAX_BODY_BYTES = 6 * 1024 * 1024;

export const KqlBody = v.object({
  /** In KQL, or a dot command such as `.show tables`. */
  query: v.string(),
  /** Literals for the names of `declare query_parameters`. */
  parameters: v.optional(v.record(v.string(), v.string()), {}),
  /** Most rows. Without it a result over 500,000 rows or 64 MiB is an error. */
  limit: v.optional(v.pipe(Count, v.minValue(1), v.maxValue(2_000_000))),
  timeoutMs: v.optional(v.pipe(Count, v.minValue(1))),
  /** Whether lines of NDJSON tell how far the query is. */
  progress: v.optional(v.boolean(), false),
  /** Why somebody looks; kept with the record of the query. */
  why: v.optional(v.pipe(v.string(), v.maxLength(512)), ""),
});
export type KqlBody = v.InferOutput<typeof KqlBody>;

export const KqlTable = v.object({
  name: v.string(),
  /** Types are KQL's. */
  columns: v.array(v.object({ name: v.string(), type: v.string() })),
  /** Times and time spans are text, whole numbers beyond 2^53 - 1 digits. */
  rows: v.array(v.array(v.unknown())),
  /** What `render` says. */
  render: v.record(v.string(), v.unknown()),
});

export const queryKql = defineRoute({
  method: "POST",
  path: "/v1/query",
  summary: "Query in KQL",
  scope: "events:read",
  query: v.object({
    /** Adds the column `_Proof`: the route that proves the row. */
    proof: v.optional(v.literal("1")),
  }),
  body: KqlBody,
  maxBodyBytes: MAX_BODY_BYTES,
  reply: v.object({
    tables: v.array(KqlTable),
    /** Whether there are more rows than `limit`. */
    more: v.boolean(),
  }),
  media: [
    "application/json",
    "application/x-ndjson",
    "text/csv",
    "application/vnd.apache.arrow.stream",
  ],
});
