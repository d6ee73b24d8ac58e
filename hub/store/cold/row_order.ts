/**
 * Which rows of a compaction go into which file, and in which order.
 *
 * @module
 */
import { sortRows } from "./sort_rows.ts";
import type { WholeColumn } from "./whole_column.ts";

/** What rows are put in order by; `time` is undefined where the table has no such column. */
export interface OrderColumns {
  readonly time: WholeColumn | undefined;
  readonly hubTime: WholeColumn;
  readonly ledgerIndex: WholeColumn;
  readonly row: WholeColumn;
}

const WORD = 4_294_967_296;
const TICKS_PER_DAY = 864_000_000_000;
/** The day of rows without a time: before every other. */
const NO_DAY = -Infinity;

/** Rows of at most `mostDays` days, those with most rows; what is left is the last list. */
export function rowsByDay(columns: OrderColumns, mostDays: number): readonly Uint32Array[] {
  const days = daysOf(columns);
  const byCount = [...days].toSorted(([, a], [, b]) => b.length - a.length);
  const lists = byCount.length <= mostDays ? byCount.map(([, rows]) => Uint32Array.from(rows)) : [
    ...byCount.slice(0, mostDays - 1).map(([, rows]) => Uint32Array.from(rows)),
    Uint32Array.from(byCount.slice(mostDays - 1).flatMap(([, rows]) => rows)),
  ];
  for (const rows of lists) sortDay(rows, columns);
  return lists;
}

/** Least and greatest of the 64-bit numbers at `rows`, and how many have none. */
export function spanOf(
  column: WholeColumn | undefined,
  rows: Uint32Array,
): {
  readonly least: bigint | undefined;
  readonly most: bigint | undefined;
  readonly none: number;
} {
  if (column?.form !== "words") return { least: undefined, most: undefined, none: rows.length };
  let [least, most, none] = [-1, -1, 0];
  const { words, absent } = column;
  const isBelow = (a: number, b: number): boolean =>
    words[a * 2 + 1]! < words[b * 2 + 1]! ||
    (words[a * 2 + 1] === words[b * 2 + 1] && words[a * 2]! >>> 0 < words[b * 2]! >>> 0);
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i]!;
    if (absent?.[row] === 1) none++;
    else {
      if (least < 0 || isBelow(row, least)) least = row;
      if (most < 0 || isBelow(most, row)) most = row;
    }
  }
  const at = (row: number): bigint | undefined =>
    row < 0 ? undefined : (BigInt(words[row * 2 + 1]!) << 32n) | BigInt(words[row * 2]! >>> 0);
  return { least: at(least), most: at(most), none };
}

function daysOf({ time, hubTime }: OrderColumns): Map<number, number[]> {
  const rows = rowCount(hubTime);
  const days = new Map<number, number[]>();
  let last: number[] = [];
  let lastDay = NaN;
  for (let row = 0; row < rows; row++) {
    const ticks = time === undefined ? NaN : ticksAt(time, row);
    const day = Number.isNaN(ticks) ? NO_DAY : Math.floor(ticks / TICKS_PER_DAY);
    if (day !== lastDay) {
      last = days.get(day) ?? [];
      days.set(day, last);
      lastDay = day;
    }
    last.push(row);
  }
  return days;
}

function sortDay(rows: Uint32Array, { time, hubTime, ledgerIndex, row }: OrderColumns): void {
  const count = rowCount(hubTime);
  const keys = new Float64Array(count);
  // Distances are exact where all is within 28 years, which ticks since 1970 are not.
  let base: number | undefined;
  for (let i = 0; i < rows.length; i++) {
    const at = rows[i]!;
    const own = time === undefined || isAbsent(time, at) ? hubTime : time;
    base ??= highOf(own, at);
    keys[at] = (highOf(own, at) - base) * WORD + lowOf(own, at);
  }
  sortRows(rows, { time: keys, ledgerIndex: doubles(ledgerIndex), row: doubles(row) });
}

function doubles(column: WholeColumn): Float64Array {
  if (column.form === "number") return column.values;
  const values = new Float64Array(rowCount(column));
  for (let row = 0; row < values.length; row++) values[row] = ticksAt(column, row);
  return values;
}

function rowCount(column: WholeColumn): number {
  if (column.form === "words") return column.words.length / 2;
  return column.form === "number" ? column.values.length : 0;
}

function ticksAt(column: WholeColumn, row: number): number {
  if (isAbsent(column, row)) return NaN;
  return highOf(column, row) * WORD + lowOf(column, row);
}

function isAbsent(column: WholeColumn, row: number): boolean {
  return column.form !== "words" || column.absent?.[row] === 1;
}

function highOf(column: WholeColumn, row: number): number {
  return column.form === "words" ? column.words[row * 2 + 1]! : 0;
}

function lowOf(column: WholeColumn, row: number): number {
  return column.form === "words" ? column.words[row * 2]! >>> 0 : 0;
}
