/**
 * Rows that may hold a keyword: the bytes of a row are looked at once, before its values are.
 *
 * @module
 */
import {
  type Column,
  type ColumnBatch,
  type Strings,
  TOKEN_BYTES,
} from "../../../../sdk/columns/column.ts";
import { type TextSieve, textSieve } from "./text_sieve.ts";

/** Tells of rows that hold none of some texts. */
export interface RowSieve {
  /** Gives of rows of `batch` those in which a value may have one of the texts. */
  over(batch: ColumnBatch): (rows: Uint32Array) => Uint32Array;
}

/** All that numbers, times and bools are written with. */
const SCALAR = /^[0-9+\-.:eTZmsInfityaNrul ]+$/i;

/**
 * A sieve for `texts`, which are folded and no two the same; undefined where one of them is beyond
 * ASCII, or may be part of a number.
 */
export function rowSieve(texts: readonly string[]): RowSieve | undefined {
  if (!texts.every(isFit)) return undefined;
  const sieve = textSieve(texts);
  return {
    over(batch) {
      const columns = batch.columns.flatMap((column) => marker(column, sieve) ?? []);
      return (rows) => {
        const marks = new Uint8Array(batch.rows);
        for (const mark of columns) mark(rows, marks);
        return marked(rows, marks);
      };
    },
  };
}

function marked(rows: Uint32Array, marks: Uint8Array): Uint32Array {
  const passing = new Uint32Array(rows.length);
  let count = 0;
  for (let k = 0; k < rows.length; k++) {
    const row = rows[k]!;
    if (marks[row] === 1) passing[count++] = row;
  }
  return passing.subarray(0, count);
}

/** True of a text that a sieve can look for in rows. */
function isFit(text: string): boolean {
  return isAscii(text) && !SCALAR.test(text);
}

/** True of a text that a sieve can look for in texts: of ASCII, and not empty. */
export function isAscii(text: string): boolean {
  return /^[\0-\x7f]+$/.test(text);
}

/** Marks those of `rows` that may hold a text. */
type Marker = (rows: Uint32Array, marks: Uint8Array) => void;

/** Undefined: numbers and tokens have none of the texts. */
function marker(column: Column, sieve: TextSieve): Marker | undefined {
  switch (column.form) {
    case "dict":
      return entryMarker(column.entries, column.indexes, { sieve, first: 1 });
    case "token": {
      const first = 1 + column.tokens.length / TOKEN_BYTES;
      return entryMarker(column.plain, column.indexes, { sieve, first });
    }
    case "text": {
      // Of a dynamic value the packed bytes: texts lie in them as they are.
      const passing = sieve.over(column.rows);
      return (rows, marks) => {
        for (const row of passing(rows)) marks[row] = 1;
      };
    }
    case "number":
    case "wide":
    case "time":
    case "bool":
    case "address":
      return undefined;
  }
}

/** Entry 0 has the index `first`. */
function entryMarker(
  entries: Strings,
  indexes: Uint32Array,
  { sieve, first }: { readonly sieve: TextSieve; readonly first: number },
): Marker | undefined {
  const count = entries.ends.length;
  const passing = sieve.over(entries)(numbersBelow(count));
  if (passing.length === 0) return undefined;
  const isPassing = new Uint8Array(first + count);
  for (const entry of passing) isPassing[first + entry] = 1;
  return (rows, marks) => {
    for (let k = 0; k < rows.length; k++) {
      const row = rows[k]!;
      if (isPassing[indexes[row]!] === 1) marks[row] = 1;
    }
  };
}

function numbersBelow(count: number): Uint32Array {
  const numbers = new Uint32Array(count);
  for (let k = 0; k < count; k++) numbers[k] = k;
  return numbers;
}
