/**
 * The tables that the agent itself fills: losses that are known, and its own counters.
 *
 * @module
 */
import { column, type Schema, schemaOf, type Table, table } from "./table.ts";

/** A loss: an interval and a count, or that the count cannot be known. */
export const GAP = table({
  doc: "A loss that is known and signed",
  time: "TimeGenerated",
  priority: "audit",
  columns: {
    TimeGenerated: column.time({ class: "public", doc: "When the loss became known" }),
    Reason: column.string({ class: "public" }),
    Count: column.long({ class: "public", optional: true, doc: "Absent: cannot be known" }),
    From: column.string({ class: "system", optional: true }),
    To: column.string({ class: "system", optional: true }),
    Detail: column.string({ class: "system", optional: true }),
    RefusedSeq: column.long({ class: "public", optional: true }),
    RefusedHash: column.string({ class: "public", optional: true, doc: "SHA-256, hex" }),
  },
});

/** The agent's counters of one source: the terms of the conservation law. */
export const AGENT = table({
  doc: "What an agent has read, sealed, shed and refused, by source, since it started",
  time: "TimeGenerated",
  priority: "bulk",
  columns: {
    TimeGenerated: column.time({ class: "public" }),
    Source: column.string({ class: "system" }),
    Plugin: column.string({ class: "public" }),
    State: column.string({ class: "public", doc: "running, waiting, failed or ended" }),
    Read: column.long({ class: "public", doc: "Events that the plugin has given" }),
    Sealed: column.long({ class: "public", doc: "Events in frames that are durable here" }),
    Acked: column.long({ class: "public", doc: "Events in frames that the hub has" }),
    InFlight: column.long({ class: "public", doc: "Events read and not yet durable here" }),
    Shed: column.long({ class: "public" }),
    Quarantined: column.long({ class: "public" }),
    Filtered: column.long({ class: "public" }),
    FilteredBy: column.string({
      class: "system",
      optional: true,
      doc: "The same by policy, such as owned_channels=12",
    }),
    Rejected: column.long({ class: "public", doc: "Events kept in _Raw with _ParseError" }),
    Tokenised: column.long({ class: "public", doc: "Values replaced by tokens" }),
    Gaps: column.long({ class: "public" }),
    SpoolBytes: column.long({ class: "public", unit: "bytes" }),
    OldestUnackedMs: column.long({ class: "public", unit: "ms" }),
  },
});

/** What tokens stand for, sealed. Hubs keep it out of queries and live views. */
export const REVEAL = table({
  doc: "What a token stands for, sealed to the tenant's reveal key; handed out under a grant",
  time: "TimeGenerated",
  priority: "normal",
  columns: {
    TimeGenerated: column.time({ class: "public" }),
    Token: column.string({ class: "public", doc: "kind:epoch:base32" }),
    Box: column.string({ class: "public", doc: "base64 of a box for the reveal key" }),
  },
});

export const GAP_SCHEMA: Schema = schemaOf("Gap", GAP);
export const AGENT_SCHEMA: Schema = schemaOf("CustosAgent", AGENT);
/** As agents of 0.2.0 and before declare it. */
export const AGENT_SCHEMA_WITHOUT_POLICIES: Schema = schemaOf("CustosAgent", withoutPolicies());
export const REVEAL_SCHEMA: Schema = schemaOf("CustosReveal", REVEAL);

function withoutPolicies(): Table {
  const { FilteredBy: _, ...columns } = AGENT.columns;
  return { ...AGENT, columns };
}
