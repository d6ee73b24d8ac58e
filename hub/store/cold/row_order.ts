/**
 * Which rows of a compaction go into which file, and in which order.
 *
 * @module
 */
import type { WholeColumn } from "./whole_column.ts";

/** What rows are put into files by; `time` is undefined where the table has no such column. */
export interface OrderColumns {
  readonly time: WholeColumn | undefined;
  readonly hubTime: WholeColumn;
  readonly ledgerIndex: WholeColumn;
}

const WORD = 4_294_967_296;
const TICKS_PER_DAY = 864_000_000_000;
/** The day of rows without a time: before every other. */
const NO_DAY = -Infinity;

/**
 * Rows of at most `mostDays` days, those with most rows; what is left is the last list. In each of
 * them rows stand in the order in which they came.
 */
export function rowsByDay(columns: OrderColumns, mostDays: number): readonly Uint32Array[] {
  const days = [...daysOf(columns).values()];
  if (days.length <= mostDays) return days.map((rows) => Uint32Array.from(rows));
  const byCount = days.toSorted((a, b) => b.length - a.length);
  return [
    ...byCount.slice(0, mostDays - 1),
    byCount.slice(mostDays - 1).flat().toSorted((a, b) => a - b),
  ].map((rows) => Uint32Array.from(rows));
}

/**
 * Cuts `rows` into pieces of about the same size, none of them over `most`: no time of a piece is
 * after one of the next. In a piece rows stay in the order in which they came, in which a frame's
 * rows are side by side: what they share takes less so than if they were sorted.
 */
export function cutByTime(
  rows: Uint32Array,
  columns: OrderColumns,
  most: number,
): readonly Uint32Array[] {
  const count = Math.ceil(rows.length / most);
  if (count <= 1) return [rows];
  const keys = keysOf(rows, columns);
  const sorted = keys.toSorted();
  const cuts = Array.from({ length: count }, (_, i) => cutAt(sorted, i, count));
  for (let i = 0; i < rows.length; i++) {
    const key = keys[i]!;
    let cut = cuts[0]!;
    for (let k = 1; key > cut.last || (key === cut.last && cut.ties === 0); k++) cut = cuts[k]!;
    if (key === cut.last) cut.ties--;
    cut.rows[cut.used++] = rows[i]!;
  }
  return cuts.map((cut) => cut.rows);
}

/** A piece of rows: all up to `last` that no piece before has, and `ties` of those at it. */
interface Cut {
  readonly last: number;
  ties: number;
  readonly rows: Uint32Array;
  used: number;
}

function cutAt(sorted: Float64Array, i: number, count: number): Cut {
  const start = Math.floor((sorted.length * i) / count);
  const end = Math.floor((sorted.length * (i + 1)) / count);
  const last = sorted[end - 1]!;
  let first = end - 1;
  while (first > start && sorted[first - 1] === last) first--;
  return { last, ties: end - first, rows: new Uint32Array(end - start), used: 0 };
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

/** Ticks of the time of each of `rows`, of the hub's where it has none. */
function keysOf(rows: Uint32Array, { time, hubTime }: OrderColumns): Float64Array {
  const keys = new Float64Array(rows.length);
  // Distances are exact where all is within 28 years, which ticks since 1970 are not.
  let base: number | undefined;
  for (let i = 0; i < rows.length; i++) {
    const at = rows[i]!;
    const own = time === undefined || isAbsent(time, at) ? hubTime : time;
    base ??= highOf(own, at);
    keys[i] = (highOf(own, at) - base) * WORD + lowOf(own, at);
  }
  return keys;
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
