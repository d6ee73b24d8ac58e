/**
 * `/v1/tables` and `/v1/events/query`: events by table, time range and column filters.
 *
 * @module
 */
import * as v from "valibot";
import { defineRoute } from "./route.ts";
import { Count, Instant, Word } from "./values.ts";

/** Most rows that one query gives. */
export const MAX_ROWS = 10_000;

export const TableColumn = v.object({
  name: v.string(),
  type: v.string(),
  class: v.string(),
  kind: v.string(),
  unit: v.nullable(v.string()),
});

export const TableEntry = v.object({
  name: v.string(),
  /** The column that holds when the event happened. */
  time: v.string(),
  columns: v.array(TableColumn),
});
export type TableEntry = v.InferOutput<typeof TableEntry>;

/**
 * How a filter compares; `has` is a whole word; all text comparisons but `==` and `in` ignore case.
 * The value of `in` is a list with commas, such as one value's tokens of several key epochs.
 */
export const Operator = v.picklist([
  "==",
  "!=",
  "<",
  "<=",
  ">",
  ">=",
  "contains",
  "startswith",
  "has",
  "in",
  "isnull",
  "isnotnull",
]);
export type Operator = v.InferOutput<typeof Operator>;

export const Filter = v.object({
  column: Word,
  op: Operator,
  /** Absent with `isnull` and `isnotnull`. */
  value: v.optional(v.union([v.pipe(v.string(), v.maxLength(4096)), v.number(), v.boolean()])),
});
export type Filter = v.InferOutput<typeof Filter>;

export const EventQuery = v.object({
  table: Word,
  /** Inclusive. */
  from: v.optional(Instant),
  /** Exclusive. */
  to: v.optional(Instant),
  where: v.optional(v.pipe(v.array(Filter), v.maxLength(32)), []),
  /** Default: all. */
  columns: v.optional(v.pipe(v.array(Word), v.minLength(1), v.maxLength(256))),
  limit: v.optional(v.pipe(Count, v.minValue(1), v.maxValue(MAX_ROWS)), 100),
  /** By the table's time column. */
  order: v.optional(v.picklist(["newest", "oldest"]), "newest"),
  /** Why somebody looks; kept with the record of the look. */
  why: v.optional(v.pipe(v.string(), v.maxLength(512)), ""),
});
export type EventQuery = v.InferOutput<typeof EventQuery>;

/** One event as JSON: times as text with 100 ns, tokens as `kind:epoch:base32`, null is absent. */
export const Row = v.record(v.string(), v.unknown());
export type Row = v.InferOutput<typeof Row>;

export const QueryReply = v.object({
  columns: v.array(v.object({ name: v.string(), type: v.string() })),
  rows: v.array(Row),
  /** Whether more rows match than `limit`. */
  more: v.boolean(),
});
export type QueryReply = v.InferOutput<typeof QueryReply>;

export const listTables = defineRoute({
  method: "GET",
  path: "/v1/tables",
  summary: "List tables with their columns",
  scope: "status:read",
  reply: v.object({ tables: v.array(TableEntry) }),
});

export const queryEvents = defineRoute({
  method: "POST",
  path: "/v1/events/query",
  summary: "Query events of one table",
  scope: "events:read",
  body: EventQuery,
  reply: QueryReply,
  media: ["application/json", "application/x-ndjson"],
});
