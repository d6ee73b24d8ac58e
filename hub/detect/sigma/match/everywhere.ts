/**
 * Rows that may hold a keyword: the bytes of a row are walked once, before its values are looked at.
 *
 * @module
 */
import {
  type Column,
  type ColumnBatch,
  type Strings,
  TOKEN_BYTES,
} from "../../../../sdk/columns/column.ts";
import { type TextSearch, textSearch } from "./text_search.ts";

/** Tells of rows that hold none of some texts. */
export interface RowSieve {
  /** False of a row of `batch` in which no value has one of the texts. */
  over(batch: ColumnBatch): (row: number) => boolean;
}

/** All that numbers, times and bools are written with. */
const SCALAR = /^[0-9+\-.:eTZmsInfityaNrul ]+$/i;
/** The only ones beyond ASCII that fold to it: long s and the Kelvin sign, in UTF-8. */
const FOLDED_TO_ASCII = ["\u017f", "\u212a"];

/**
 * A sieve for `texts`, which are folded and no two the same; undefined where one of them is beyond
 * ASCII, or may be part of a number.
 */
export function rowSieve(texts: readonly string[]): RowSieve | undefined {
  if (!texts.every(isFit)) return undefined;
  const search = textSearch(
    [...texts, ...FOLDED_TO_ASCII].map((text) => ({ bytes: Buffer.from(text), at: "once" })),
  );
  return {
    over(batch) {
      const columns = batch.columns.flatMap((column) => mayHold(column, search) ?? []);
      return (row) => {
        for (let k = 0; k < columns.length; k++) if (columns[k]!(row)) return true;
        return false;
      };
    },
  };
}

/** True of a text that a sieve can look for. */
export function isFit(text: string): boolean {
  return /^[\0-\x7f]+$/.test(text) && !SCALAR.test(text);
}

/** Undefined: numbers and tokens have none of the texts. */
function mayHold(column: Column, search: TextSearch): ((row: number) => boolean) | undefined {
  switch (column.form) {
    case "dict": {
      const marks = entriesWith(column.entries, search);
      return marks && ((row) => marks[column.indexes[row]! - 1] === 1);
    }
    case "token": {
      const marks = entriesWith(column.plain, search);
      const tokens = column.tokens.length / TOKEN_BYTES;
      return marks && ((row) => marks[column.indexes[row]! - 1 - tokens] === 1);
    }
    case "text": {
      // Of a dynamic value the packed bytes: texts lie in them as they are.
      const { bytes, ends } = column.rows;
      return (row) => search.hasAny(bytes, row === 0 ? 0 : ends[row - 1]!, ends[row]!);
    }
    case "number":
    case "wide":
    case "time":
    case "bool":
    case "address":
      return undefined;
  }
}

function entriesWith(strings: Strings, search: TextSearch): Uint8Array | undefined {
  const { bytes, ends } = strings;
  let marks: Uint8Array | undefined;
  for (let entry = 0, start = 0; entry < ends.length; start = ends[entry++]!) {
    if (search.hasAny(bytes, start, ends[entry]!)) {
      (marks ??= new Uint8Array(ends.length))[entry] = 1;
    }
  }
  return marks;
}
