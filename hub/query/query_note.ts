/**
 * A query as the ledger's note `query` has it: who asked what, of which tables, and what came of it.
 *
 * @module
 */
import * as v from "valibot";
import type { QueryRecord } from "./kusto/query_job.ts";
import { withholdText } from "./withhold_text.ts";

const Whole = v.pipe(v.number(), v.safeInteger());

const QueryNote = v.object({
  note: v.literal("query"),
  /** `start` where rows left the hub before the end was known; then an `end` follows. */
  phase: v.picklist(["start", "end"]),
  who: v.string(),
  name: v.string(),
  request: v.string(),
  activity: v.string(),
  application: v.string(),
  why: v.string(),
  /** Without plain values that may name somebody. */
  text: v.string(),
  tables: v.array(v.string()),
  /** As HTTP has it. */
  status: Whole,
  /** Kind of failure; empty if it was none. */
  failure: v.string(),
  rows: Whole,
  bytes: Whole,
  ms: v.number(),
  /** When it began, in ms since the Unix epoch. */
  at: v.number(),
});

/** One query, as it is recorded. */
export type QueryNote = Readonly<v.InferOutput<typeof QueryNote>>;

/** Makes the note of `record`; `isPlain` as in {@link withholdText}. */
export function queryNote(record: QueryRecord, isPlain: (name: string) => boolean): QueryNote {
  return {
    note: "query",
    phase: record.phase,
    who: record.caller.id,
    name: record.caller.name,
    request: record.clientRequestId,
    activity: record.activityId,
    application: record.application,
    why: record.why,
    text: withholdText(record.text, isPlain),
    tables: [...record.sources],
    status: record.status,
    failure: record.failure,
    rows: record.rows,
    bytes: record.bytes,
    ms: record.durationMs,
    at: record.startedAt,
  };
}

/** Reads the payload of a `note` entry; undefined if it is no query. */
export function readQueryNote(payload: Uint8Array): QueryNote | undefined {
  try {
    const result = v.safeParse(QueryNote, JSON.parse(new TextDecoder().decode(payload)));
    return result.success ? result.output : undefined;
  } catch {
    return undefined;
  }
}
