/**
 * The table `CustosAgentClock`: what the hub has measured of its agents' clocks (AU-8), from the
 * ledger's notes, so that a query or a file's reader can put it beside an agent's events.
 *
 * A row each time that the hub notes one: at the first measurement, when a clock crosses its limit
 * or moves by half of it, and each hour. `_Agent` says whose clock it is.
 *
 * @module
 */
import type { ColumnBatch } from "../../sdk/columns/column.ts";
import { column, type Schema, schemaOf, table } from "../../sdk/table.ts";
import type { Item } from "../fanout/follower.ts";
import { isOff } from "../ingest/clock.ts";
import { type ClockNote, readIngestNote } from "../ingest/entries.ts";
import type { Piece } from "./layout.ts";

export const CLOCK_SCHEMA: Schema = schemaOf(
  "CustosAgentClock",
  table({
    doc: "How far an agent's clock was from the hub's",
    time: "TimeGenerated",
    columns: {
      TimeGenerated: column.time({ class: "public", doc: "When it was measured, hub's clock" }),
      ClockOffsetMs: column.long({
        class: "public",
        unit: "ms",
        doc: "The agent's clock less the hub's; the truth is within ClockBoundMs of it",
      }),
      ClockBoundMs: column.long({ class: "public", unit: "ms", doc: "Half of the round trip" }),
      ClockLimitMs: column.long({
        class: "public",
        unit: "ms",
        doc: "What the hub's config allows",
      }),
      IsOff: column.bool({ class: "public", doc: "Beyond the limit, whatever the round trip" }),
    },
  }),
);

/** The row of an entry that is a measurement; undefined for all others. */
export function clockPiece({ index, hubTime, kind, payload }: Item): Piece | undefined {
  const note = kind === "note" ? readIngestNote(payload) : undefined;
  if (note?.note !== "clock") return undefined;
  return { batch: rowOf(note), agent: note.agent, source: "", ledgerIndex: index, hubTime };
}

function rowOf(note: ClockNote): ColumnBatch {
  const number = (name: string, value: number) =>
    ({ form: "number", type: "long", name, values: Float64Array.of(value) }) as const;
  return {
    table: CLOCK_SCHEMA.name,
    rows: 1,
    columns: [
      { form: "time", name: "TimeGenerated", ms: Float64Array.of(note.at), ticks: undefined },
      number("ClockOffsetMs", note.offsetMs),
      number("ClockBoundMs", note.boundMs),
      number("ClockLimitMs", note.limitMs),
      { form: "bool", name: "IsOff", values: Uint8Array.of(isOff(note) ? 1 : 0) },
    ],
  };
}
