/**
 * The order in which a compaction writes rows: by day, and within it by time and provenance.
 *
 * @module
 */

/** What rows are put in order by; numbers that are equal leave it to the next. */
export interface SortKeys {
  /** Ticks since a day that the caller chose. */
  readonly time: Float64Array;
  readonly ledgerIndex: Float64Array;
  readonly row: Float64Array;
}

/** Sorts `rows` in place: runs that are in order already are found and merged. */
export function sortRows(rows: Uint32Array, keys: SortKeys): void {
  let runs = runsOf(rows, keys);
  let from: Uint32Array = rows;
  let to: Uint32Array = new Uint32Array(rows.length);
  while (runs.length > 2) {
    const merged = [0];
    for (let i = 0; i + 1 < runs.length; i += 2) {
      const end = runs[i + 2] ?? runs[i + 1]!;
      merge(from, to, { start: runs[i]!, middle: runs[i + 1]!, end, keys });
      merged.push(end);
    }
    [from, to] = [to, from];
    runs = merged;
  }
  if (from !== rows) rows.set(from);
}

/** Where runs begin, and the end. */
function runsOf(rows: Uint32Array, keys: SortKeys): readonly number[] {
  const runs = [0];
  for (let i = 1; i < rows.length; i++) {
    if (isBefore(rows[i]!, rows[i - 1]!, keys)) runs.push(i);
  }
  runs.push(rows.length);
  return runs;
}

interface Merge {
  readonly start: number;
  readonly middle: number;
  readonly end: number;
  readonly keys: SortKeys;
}

function merge(from: Uint32Array, to: Uint32Array, { start, middle, end, keys }: Merge): void {
  let left = start;
  let right = middle;
  for (let at = start; at < end; at++) {
    const isRight = left >= middle ||
      (right < end && isBefore(from[right]!, from[left]!, keys));
    to[at] = isRight ? from[right++]! : from[left++]!;
  }
}

function isBefore(a: number, b: number, { time, ledgerIndex, row }: SortKeys): boolean {
  const difference = time[a]! - time[b]! || ledgerIndex[a]! - ledgerIndex[b]! || row[a]! - row[b]!;
  return difference < 0;
}
