/**
 * Takes rows out of a whole column, in the order in which they are written.
 *
 * @module
 */
import type { Strings } from "../../../sdk/columns/column.ts";
import type { WholeColumn } from "./whole_column.ts";

/** Rows of {@link WholeColumn} `column`, as a column of the same form. */
export function gather(column: WholeColumn, rows: Uint32Array): WholeColumn {
  switch (column.form) {
    case "dict":
      return { ...column, indexes: picked(column.indexes, rows, new Uint32Array(rows.length)) };
    case "text":
      return {
        form: "text",
        strings: pickedStrings(column.strings, rows),
        absent: column.absent && picked(column.absent, rows, new Uint8Array(rows.length)),
      };
    case "words":
      return {
        form: "words",
        words: pickedWords(column.words, rows),
        absent: column.absent && picked(column.absent, rows, new Uint8Array(rows.length)),
      };
    case "number":
      return { form: "number", values: picked(column.values, rows, new Float64Array(rows.length)) };
    case "bool":
      return { form: "bool", values: picked(column.values, rows, new Uint8Array(rows.length)) };
  }
}

function picked<Values extends Uint8Array | Uint32Array | Float64Array>(
  values: Values,
  rows: Uint32Array,
  target: Values,
): Values {
  for (let i = 0; i < rows.length; i++) target[i] = values[rows[i]!]!;
  return target;
}

function pickedWords(words: Int32Array, rows: Uint32Array): Int32Array {
  const target = new Int32Array(rows.length * 2);
  for (let i = 0; i < rows.length; i++) {
    target[i * 2] = words[rows[i]! * 2]!;
    target[i * 2 + 1] = words[rows[i]! * 2 + 1]!;
  }
  return target;
}

function pickedStrings({ bytes, ends }: Strings, rows: Uint32Array): Strings {
  const own = new Uint32Array(rows.length);
  let used = 0;
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i]!;
    own[i] = used += ends[row]! - (row === 0 ? 0 : ends[row - 1]!);
  }
  const target = new Uint8Array(used);
  let at = 0;
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i]!;
    const start = row === 0 ? 0 : ends[row - 1]!;
    const end = ends[row]!;
    // A view for each short entry would cost more than the copy.
    if (end - start < 48) { for (let k = start; k < end; k++) target[at++] = bytes[k]!; }
    else {
      target.set(bytes.subarray(start, end), at);
      at += end - start;
    }
  }
  return { bytes: target, ends: own };
}
