/**
 * `/v1/retention` and `/v1/holds`: how long events are kept, what was deleted, and what must not be.
 *
 * @module
 */
import * as v from "valibot";
import { defineRoute } from "./route.ts";
import { Count, Instant, limitOf } from "./values.ts";

const Days = v.object({ frames: Count, parquet: Count });
const Reason = v.pipe(v.string(), v.trim(), v.minLength(1), v.maxLength(512));

/** What is not deleted, however old it is. */
export const LegalHold = v.object({
  name: v.string(),
  /** `*`: all tables. */
  table: v.string(),
  /** Null: without a beginning. */
  from: v.nullable(Instant),
  /** Null: without an end. */
  to: v.nullable(Instant),
  /** Agent id in hex; null: all agents. */
  agent: v.nullable(v.string()),
  reason: v.string(),
  by: v.string(),
  at: Instant,
  /** Ledger index of its note. */
  entry: Count,
});
export type LegalHold = v.InferOutput<typeof LegalHold>;

export const RetentionStatus = v.object({
  policy: v.object({ ...Days.entries, tables: v.record(v.string(), Days) }),
  /** When all was looked at last; null before the first time. */
  lastRun: v.nullable(Instant),
  holds: Count,
  /** Tombstones that wait for witnesses or for the next run. */
  waiting: v.object({ tombstones: Count, rows: Count, bytes: Count, oldest: v.nullable(Instant) }),
  deleted: v.object({ tombstones: Count, rows: Count, bytes: Count }),
  /** In words, what somebody should look at. */
  problems: v.array(v.string()),
});
export type RetentionStatus = v.InferOutput<typeof RetentionStatus>;

/** What would go of one table. */
const DueOfTable = v.object({
  table: v.string(),
  frames: Count,
  frameRows: Count,
  frameBytes: Count,
  /** Received before it, frames are due. */
  framesBefore: v.nullable(Instant),
  files: Count,
  fileRows: Count,
  fileBytes: Count,
  filesBefore: v.nullable(Instant),
});

export const RetentionPlan = v.object({
  tables: v.array(DueOfTable),
  /** Due and under hold. */
  heldFrames: Count,
  heldFiles: Count,
});
export type RetentionPlan = v.InferOutput<typeof RetentionPlan>;

export const RetentionRun = v.object({
  /** Tombstones that were written, those that were carried out, and those that were withdrawn. */
  written: Count,
  deleted: Count,
  withdrawn: Count,
  /** Of what was deleted. */
  rows: Count,
  bytes: Count,
  /** Tombstones that wait still. */
  waiting: Count,
});
export type RetentionRun = v.InferOutput<typeof RetentionRun>;

/** A tombstone that has ended. */
export const DeletionReceipt = v.object({
  /** Ledger index of the tombstone; `GET /proof/frame?index=` proves it. */
  tombstone: Count,
  /** Ledger index of the receipt, or of the note that withdrew the tombstone. */
  ended: Count,
  state: v.picklist(["deleted", "withdrawn"]),
  what: v.picklist(["frames", "file"]),
  table: v.string(),
  /** Of a file. */
  path: v.nullable(v.string()),
  /** Ledger indexes of the first and last frame, null for a file. */
  first: v.nullable(Count),
  last: v.nullable(Count),
  frames: Count,
  rows: Count,
  bytes: Count,
  at: Instant,
  endedAt: Instant,
});
export type DeletionReceipt = v.InferOutput<typeof DeletionReceipt>;

export const getRetention = defineRoute({
  method: "GET",
  path: "/v1/retention",
  summary: "Show how long events are kept and what waits to be deleted",
  scope: "status:read",
  reply: RetentionStatus,
});

export const planRetention = defineRoute({
  method: "GET",
  path: "/v1/retention/plan",
  summary: "Show what retention would delete now, and delete nothing",
  scope: "status:read",
  reply: RetentionPlan,
});

export const runRetention = defineRoute({
  method: "POST",
  path: "/v1/retention/run",
  summary: "Write tombstones for what is due and carry out those that witnesses have signed",
  scope: "retention:write",
  body: v.object({
    /** A person has looked at the hub's clock: it is right although it has moved on by days. */
    acceptClock: v.optional(v.boolean(), false),
  }),
  reply: RetentionRun,
});

export const listReceipts = defineRoute({
  method: "GET",
  path: "/v1/retention/receipts",
  summary: "List what was deleted, with the ledger entries that say so, newest first",
  scope: "status:read",
  query: v.object({
    limit: limitOf(1000, 100),
    /** Tombstones with a ledger index below it. */
    before: v.optional(
      v.pipe(v.string(), v.regex(/^\d{1,15}$/, "must be a whole number"), v.transform(Number)),
    ),
  }),
  reply: v.object({ receipts: v.array(DeletionReceipt), next: v.nullable(Count) }),
});

export const listHolds = defineRoute({
  method: "GET",
  path: "/v1/holds",
  summary: "List what is under legal hold",
  scope: "status:read",
  reply: v.object({ holds: v.array(LegalHold) }),
});

export const addHold = defineRoute({
  method: "POST",
  path: "/v1/holds",
  summary: "Put events under legal hold: they are not deleted until it is released",
  scope: "retention:write",
  body: v.object({
    name: v.pipe(
      v.string(),
      v.regex(/^[a-z0-9][a-z0-9._-]{0,63}$/, "must be a word in lower case, such as case-42"),
    ),
    table: v.pipe(
      v.string(),
      v.regex(/^(?:\*|[A-Za-z_][A-Za-z0-9_]{0,63})$/, "must be the name of a table, or *"),
    ),
    from: v.optional(Instant),
    to: v.optional(Instant),
    agent: v.optional(v.pipe(v.string(), v.regex(/^[0-9a-f]{32}$/, "must be an agent's id"))),
    /** Kept in the ledger. */
    reason: Reason,
  }),
  reply: LegalHold,
});

export const releaseHold = defineRoute({
  method: "POST",
  path: "/v1/holds/:name/release",
  summary: "Release a legal hold",
  scope: "retention:write",
  body: v.object({ reason: Reason }),
  reply: v.object({ name: v.string(), state: v.literal("released") }),
});
