/**
 * A ledger whose entries follow from a seed: what each row holds can be said without reading it.
 *
 * Frames are of two tables and of different sizes; rows are of four days, late ones among them, or
 * without a time; a column comes later than the others.
 *
 * @module
 */
import type { Item } from "../../hub/fanout/follower.ts";
import { batchOf, itemOf } from "../../hub/store/test_room.ts";
import { column, type Schema, schemaOf, table } from "../../sdk/table.ts";

export const DAY_MS = 86_400_000;
export const DAYS = 4;
export const TABLES = ["A", "B"] as const;
export const WORDS = ["ash", "birch", "cedar", "oak", "pine"] as const;

const COLUMNS = {
  TimeGenerated: column.time({ class: "public", optional: true }),
  N: column.long({ class: "public" }),
  Word: column.string({ class: "public", optional: true }),
};
const MORE_COLUMNS = { ...COLUMNS, Late: column.string({ class: "public", optional: true }) };
/** Entries from here on have the further column. */
const LATE_FROM = 12;

export interface MadeRow {
  readonly index: number;
  readonly row: number;
  /** Which no other row has. */
  readonly n: number;
  /** ms since the epoch. */
  readonly time: number | undefined;
  readonly word: string;
}

export interface MadeEntry {
  /** Undefined where the entry is no frame. */
  readonly table: string | undefined;
  readonly rows: readonly MadeRow[];
}

/** What an agent has said of the tables: a query may name one before its first row. */
export const SCHEMAS: readonly Schema[] = TABLES.map((name) =>
  schemaOf(name, table({ doc: "", time: "TimeGenerated", columns: MORE_COLUMNS }))
);

export function madeEntry(seed: number, index: number): MadeEntry {
  const draw = draws(seed, index);
  if (draw(6) === 0) return { table: undefined, rows: [] };
  const name = TABLES[draw(TABLES.length)]!;
  const rows = Array.from({ length: 1 + draw(draw(4) === 0 ? 60 : 6) }, (_, row): MadeRow => ({
    index,
    row,
    n: index * 1000 + row,
    time: draw(12) === 0 ? undefined : draw(DAYS) * DAY_MS + draw(DAY_MS),
    word: WORDS[draw(WORDS.length)]!,
  }));
  return { table: name, rows };
}

/** As the fan-out gives it to the store. */
export function madeItem(seed: number, index: number): Item {
  const { table: name, rows } = madeEntry(seed, index);
  if (name === undefined) return itemOf(index, undefined);
  const values = rows.map(({ n, time, word }) => ({ TimeGenerated: time, N: n, Word: word }));
  if (index < LATE_FROM) return itemOf(index, batchOf(name, COLUMNS, values));
  return itemOf(
    index,
    batchOf(name, MORE_COLUMNS, values.map((row) => ({ ...row, Late: `late ${row.N}` }))),
  );
}

/** Numbers below what is asked for, the same for the same seed and entry. */
function draws(seed: number, index: number): (below: number) => number {
  let state = Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) ^ Math.imul(index + 1, 0xc2b2ae35);
  return (below) => {
    state = Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x6d2b79f5;
    const mixed = Math.imul(state ^ (state >>> 12), 0x297a2d39);
    return ((mixed ^ (mixed >>> 15)) >>> 0) % below;
  };
}
