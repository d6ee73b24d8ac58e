/**
 * Takes rows out of a whole column, in the order in which they are written.
 *
 * Rows that are written mostly stand side by side: they are taken as runs.
 *
 * @module
 */
import type { Strings } from "../../../sdk/columns/column.ts";
import type { WholeColumn } from "./whole_column.ts";

/** Shorter runs are copied value by value: a view costs more. */
const SHORT_RUN = 16;
const SHORT_BYTES = 48;

/** Rows that follow each other in ascending `rows`, as the first and the end of each run. */
export function runsOf(rows: Uint32Array): Uint32Array {
  const runs: number[] = [];
  for (let i = 0; i < rows.length; i++) {
    if (i > 0 && rows[i] === rows[i - 1]! + 1) continue;
    if (i > 0) runs.push(rows[i - 1]! + 1);
    runs.push(rows[i]!);
  }
  if (rows.length > 0) runs.push(rows.at(-1)! + 1);
  return Uint32Array.from(runs);
}

/** The `count` rows of `runs` of {@link WholeColumn} `column`, as a column of the same form. */
export function gather(column: WholeColumn, count: number, runs: Uint32Array): WholeColumn {
  switch (column.form) {
    case "dict":
      return { ...column, indexes: picked(column.indexes, runs, new Uint32Array(count)) };
    case "text":
      return {
        form: "text",
        strings: pickedStrings(column.strings, count, runs),
        absent: column.absent && picked(column.absent, runs, new Uint8Array(count)),
      };
    case "words":
      return {
        form: "words",
        words: picked(column.words, runs.map((row) => row * 2), new Int32Array(count * 2)),
        absent: column.absent && picked(column.absent, runs, new Uint8Array(count)),
      };
    case "number":
      return { form: "number", values: picked(column.values, runs, new Float64Array(count)) };
    case "bool":
      return { form: "bool", values: picked(column.values, runs, new Uint8Array(count)) };
  }
}

function picked<Values extends Uint8Array | Uint32Array | Int32Array | Float64Array>(
  values: Values,
  runs: Uint32Array,
  target: Values,
): Values {
  let at = 0;
  for (let i = 0; i < runs.length; i += 2) {
    const start = runs[i]!;
    const end = runs[i + 1]!;
    if (end - start < SHORT_RUN) {
      for (let row = start; row < end; row++) target[at++] = values[row]!;
    } else {
      target.set(values.subarray(start, end), at);
      at += end - start;
    }
  }
  return target;
}

function pickedStrings({ bytes, ends }: Strings, count: number, runs: Uint32Array): Strings {
  const own = new Uint32Array(count);
  let at = 0;
  let used = 0;
  for (let i = 0; i < runs.length; i += 2) {
    const first = startOf(ends, runs[i]!);
    for (let row = runs[i]!; row < runs[i + 1]!; row++) own[at++] = ends[row]! - first + used;
    used += ends[runs[i + 1]! - 1]! - first;
  }
  const target = new Uint8Array(used);
  let to = 0;
  for (let i = 0; i < runs.length; i += 2) {
    const start = startOf(ends, runs[i]!);
    const end = ends[runs[i + 1]! - 1]!;
    if (end - start < SHORT_BYTES) { for (let k = start; k < end; k++) target[to++] = bytes[k]!; }
    else {
      target.set(bytes.subarray(start, end), to);
      to += end - start;
    }
  }
  return { bytes: target, ends: own };
}

function startOf(ends: Uint32Array, row: number): number {
  return row === 0 ? 0 : ends[row - 1]!;
}
