/**
 * One column of all the files that a compaction reads, end to end.
 *
 * @module
 */
import type { Strings } from "../../../sdk/columns/column.ts";
import type { Leaf } from "../parquet/leaf.ts";

type Part = Leaf["parts"][number];

/** Values by row. `absent` 1 is absent, as are index 0, NaN and 2 of booleans. */
export type WholeColumn =
  | { readonly form: "dict"; readonly indexes: Uint32Array; readonly entries: Strings }
  | {
    readonly form: "text";
    readonly strings: Strings;
    readonly absent: Uint8Array | undefined;
  }
  | { readonly form: "words"; readonly words: Int32Array; readonly absent: Uint8Array | undefined }
  | { readonly form: "number"; readonly values: Float64Array }
  | { readonly form: "bool"; readonly values: Uint8Array };

/** Puts `parts` of a column of `type` end to end; `none` parts are rows without a value. */
export function wholeColumn(
  type: Leaf["type"],
  parts: readonly Part[],
): WholeColumn {
  const rows = parts.reduce((sum, part) => sum + part.rows, 0);
  switch (type) {
    case "text":
    case "json":
      return parts.some((part) => part.form === "text") ? texts(parts, rows) : dicts(parts, rows);
    case "int64":
      return words(parts, rows);
    case "boolean":
      return { form: "bool", values: bools(parts, rows) };
    case "int32":
    case "count":
    case "double":
      return { form: "number", values: numbers(parts, rows) };
  }
}

function numbers(parts: readonly Part[], rows: number): Float64Array {
  const values = new Float64Array(rows).fill(NaN);
  let row = 0;
  for (const part of parts) {
    if (part.form === "number") values.set(part.values, row);
    row += part.rows;
  }
  return values;
}

function bools(parts: readonly Part[], rows: number): Uint8Array {
  const values = new Uint8Array(rows).fill(2);
  let row = 0;
  for (const part of parts) {
    if (part.form === "bool") values.set(part.values, row);
    row += part.rows;
  }
  return values;
}

/** 64-bit numbers as two words, the low one first; `int` columns of older files are widened. */
function words(parts: readonly Part[], rows: number): WholeColumn {
  const values = new Int32Array(rows * 2);
  const absent = new Uint8Array(rows);
  let row = 0;
  for (const part of parts) {
    if (part.form === "wide") {
      values.set(
        new Int32Array(part.values.buffer, part.values.byteOffset, part.rows * 2),
        row * 2,
      );
      if (part.absent !== undefined) absent.set(part.absent, row);
    } else if (part.form === "number") {
      putNumbers(part.values, { words: values, absent, row });
    } else absent.fill(1, row, row + part.rows);
    row += part.rows;
  }
  return { form: "words", words: values, absent: absent.includes(1) ? absent : undefined };
}

function putNumbers(
  values: Float64Array,
  { words, absent, row }: {
    readonly words: Int32Array;
    readonly absent: Uint8Array;
    readonly row: number;
  },
): void {
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (Number.isNaN(value)) absent[row + i] = 1;
    const high = Math.floor(value / 4_294_967_296);
    words[(row + i) * 2] = value - high * 4_294_967_296;
    words[(row + i) * 2 + 1] = high;
  }
}

/** Dictionaries of the parts merged: each entry once. */
function dicts(parts: readonly Part[], rows: number): WholeColumn {
  const indexes = new Uint32Array(rows);
  const seen = new Map<string, number>();
  const kept: Uint8Array[] = [];
  let row = 0;
  for (const part of parts) {
    if (part.form === "dict") {
      const own = ownIndexes(part.entries, seen, kept);
      const { indexes: from } = part;
      for (let i = 0; i < from.length; i++) {
        const index = from[i]!;
        indexes[row++] = index === 0 ? 0 : own[index - 1]!;
      }
    } else row += part.rows;
  }
  const ends = new Uint32Array(kept.length);
  let end = 0;
  for (let i = 0; i < kept.length; i++) ends[i] = end += kept[i]!.length;
  return { form: "dict", indexes, entries: { bytes: Buffer.concat(kept), ends } };
}

function ownIndexes(
  { bytes, ends }: Strings,
  seen: Map<string, number>,
  kept: Uint8Array[],
): Uint32Array {
  const own = new Uint32Array(ends.length);
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  let start = 0;
  for (let i = 0; i < ends.length; i++) {
    const end = ends[i]!;
    const key = buffer.toString("latin1", start, end);
    let index = seen.get(key);
    if (index === undefined) {
      index = kept.push(bytes.subarray(start, end));
      seen.set(key, index);
    }
    own[i] = index;
    start = end;
  }
  return own;
}

function texts(parts: readonly Part[], rows: number): WholeColumn {
  const ends = new Uint32Array(rows);
  const absent = new Uint8Array(rows);
  const bytes: Uint8Array[] = [];
  let row = 0;
  let base = 0;
  for (const part of parts) {
    if (part.form === "text") {
      const from = part.strings.ends;
      for (let i = 0; i < from.length; i++) ends[row + i] = base + from[i]!;
      if (part.absent !== undefined) absent.set(part.absent, row);
      bytes.push(part.strings.bytes);
      base += part.strings.bytes.length;
    } else if (part.form === "dict") {
      base = spell(part, { ends, absent, bytes, row, base });
    } else {
      absent.fill(1, row, row + part.rows);
      ends.fill(base, row, row + part.rows);
    }
    row += part.rows;
  }
  return {
    form: "text",
    strings: { bytes: Buffer.concat(bytes), ends },
    absent: absent.includes(1) ? absent : undefined,
  };
}

/** Writes a dictionary's entries out row by row; gives where the bytes end. */
function spell(
  { indexes, entries }: Extract<Part, { form: "dict" }>,
  { ends, absent, bytes, row, base }: {
    readonly ends: Uint32Array;
    readonly absent: Uint8Array;
    readonly bytes: Uint8Array[];
    readonly row: number;
    readonly base: number;
  },
): number {
  let end = base;
  for (let i = 0; i < indexes.length; i++) {
    const index = indexes[i]!;
    if (index === 0) absent[row + i] = 1;
    else {
      const entry = entries.bytes.subarray(
        index === 1 ? 0 : entries.ends[index - 2],
        entries.ends[index - 1],
      );
      bytes.push(entry);
      end += entry.length;
    }
    ends[row + i] = end;
  }
  return end;
}
