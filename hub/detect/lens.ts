/**
 * Looks at one named column of a batch by row: as a small number to group by, and as text.
 *
 * The only place where detectors make strings of columns, and only of rows they report.
 *
 * @module
 */
import { prefixesOf } from "../../sdk/columns/prefixes.ts";
import type {
  AddressColumn,
  Column,
  ColumnBatch,
  DictColumn,
  Strings,
} from "../../sdk/columns/column.ts";
import { entryBytes, TOKEN_BYTES } from "../../sdk/columns/column.ts";
import { sha256 } from "../../sdk/runtime/hash.ts";
import { ADDRESS_CATEGORIES } from "../../sdk/scrub/address.ts";
import { tokenText } from "../../sdk/scrub/token.ts";
import type { Facts } from "./detector.ts";

/** A column, or a fact of the whole batch, seen by row. */
export interface Lens {
  /** By row, 0 is absent, equal values have equal codes; undefined: group by `text`. Call once. */
  codes(): Uint32Array | undefined;
  /** Codes are below it. */
  readonly size: number;
  /** True for a fact that all rows share. */
  readonly isConstant?: true;
  /** At most {@link MOST_TEXT} characters; undefined is absent. */
  text(row: number): string | undefined;
}

/** Longest text of a value, in UTF-16 units; a longer one is cut and its hash appended. */
export const MOST_TEXT = 256;
/** What a longer one keeps; then come `…#` and 32 hexadecimal digits. */
export const KEPT_TEXT = MOST_TEXT - 34;

/** The lens on `name`; undefined where no row of the batch has it. */
export function lensOf(batch: ColumnBatch, facts: Facts, name: string): Lens | undefined {
  const fact = factOf(batch, facts, name);
  if (fact !== undefined) {
    return {
      codes: () => undefined,
      size: 0,
      isConstant: true,
      text: () => fact,
    };
  }
  const column = batch.columns.find((c) => c.name === name);
  if (column !== undefined) return columnLens(column);
  for (const [which, suffix] of PREFIXES.entries()) {
    const address = addressOf(batch, name, suffix);
    if (address !== undefined) return prefixLens(address, which);
  }
  const address = addressOf(batch, name, CATEGORY);
  return address === undefined ? undefined : categoryLens(address);
}

const PREFIXES = ["_Net1", "_Net2", "_Net3"];

/** The value of a name that is no column but a fact of the batch. */
export function factOf(batch: ColumnBatch, facts: Facts, name: string): string | undefined {
  switch (name) {
    case "_Agent":
      return facts.agent;
    case "_Source":
      return facts.source;
    case "_Table":
      return batch.table;
    default:
      return undefined;
  }
}

/** The bytes of a column's texts by row. */
export interface RowStrings {
  readonly strings: Strings;
  /** Which of `strings` a row has; -1 is absent. */
  readonly entry: (row: number) => number;
}

/** The strings of `name`; undefined where it is no column of strings. */
export function rowStringsOf(batch: ColumnBatch, name: string): RowStrings | undefined {
  const column = batch.columns.find((c) => c.name === name);
  if (column?.form === "dict") {
    return { strings: column.entries, entry: (row) => column.indexes[row]! - 1 };
  }
  if (column?.form !== "text") return undefined;
  const { rows, absent } = column;
  return { strings: rows, entry: (row) => absent?.[row] === 1 ? -1 : row };
}

/** Event times by row in ms; NaN is absent. Undefined where the batch has none. */
export function timesOf(batch: ColumnBatch): Float64Array | undefined {
  const column = batch.columns.find((c) => c.name === "TimeGenerated");
  return column?.form === "time" ? column.ms : undefined;
}

function columnLens(column: Column): Lens {
  switch (column.form) {
    case "dict":
      return dictLens(column.indexes, column.entries);
    case "token":
      return {
        codes: () => column.indexes,
        size: column.tokens.length / TOKEN_BYTES + column.plain.ends.length + 1,
        text: (row) => {
          const index = column.indexes[row]!;
          const count = column.tokens.length / TOKEN_BYTES;
          if (index === 0) return undefined;
          if (index > count) return bounded(entryBytes(column.plain, index - count - 1));
          return tokenAt(column, column.tokens, index - 1);
        },
      };
    case "address":
      return {
        codes: () => column.indexes,
        size: column.tokens.length / TOKEN_BYTES + 1,
        text: (row) => {
          const index = column.indexes[row]!;
          return index === 0 ? undefined : tokenAt(column, column.tokens, index - 1);
        },
      };
    default:
      return { codes: () => undefined, size: 0, text: (row) => scalarText(column, row) };
  }
}

function dictLens(indexes: Uint32Array, entries: Strings): Lens {
  return {
    codes: () => indexes,
    size: entries.ends.length + 1,
    text: (row) => {
      const index = indexes[row]!;
      return index === 0 ? undefined : bounded(entryBytes(entries, index - 1));
    },
  };
}

/** Codes are only made where rows are grouped by them. */
function prefixLens(column: AddressColumn, which: number): Lens {
  const { indexes } = column;
  const { of, tokens } = prefixesOf(column)[which]!;
  const code = (row: number) => indexes[row] === 0 ? 0 : of[indexes[row]! - 1]!;
  return {
    codes: () => indexes.map((_, row) => code(row)),
    size: tokens.length / TOKEN_BYTES + 1,
    text: (row) => code(row) === 0 ? undefined : tokenAt(column, tokens, code(row) - 1),
  };
}

function categoryLens(column: AddressColumn): Lens {
  const { indexes, categories } = column;
  const code = (row: number) => indexes[row] === 0 ? 0 : categories[indexes[row]! - 1]! + 1;
  return {
    codes: () => indexes.map((_, row) => code(row)),
    size: ADDRESS_CATEGORIES.length + 1,
    text: (row) => code(row) === 0 ? undefined : ADDRESS_CATEGORIES[code(row) - 1],
  };
}

/** The categories of an address column as strings, where `name` asks for them: `cIP_Category`. */
export function categoryColumn(batch: ColumnBatch, name: string): DictColumn | undefined {
  const column = addressOf(batch, name, CATEGORY);
  if (column === undefined) return undefined;
  const { categories } = column;
  const indexes = column.indexes.map((at) => at === 0 ? 0 : categories[at - 1]! + 1);
  let end = 0;
  const ends = Uint32Array.from(ADDRESS_CATEGORIES, (category) => end += category.length);
  const bytes = Buffer.from(ADDRESS_CATEGORIES.join(""));
  return { form: "dict", name, indexes, entries: { bytes, ends } };
}

function addressOf(batch: ColumnBatch, name: string, suffix: string): AddressColumn | undefined {
  if (!name.endsWith(suffix)) return undefined;
  const column = batch.columns.find((c) => c.name === name.slice(0, -suffix.length));
  return column?.form === "address" ? column : undefined;
}

const CATEGORY = "_Category";

function tokenAt(
  of: { readonly kind: string; readonly epoch: number },
  tokens: Uint8Array,
  i: number,
): string {
  return tokenText(of.kind, of.epoch, tokens.subarray(i * TOKEN_BYTES, (i + 1) * TOKEN_BYTES));
}

function scalarText(
  column: Exclude<Column, { form: "dict" | "token" | "address" }>,
  row: number,
): string | undefined {
  switch (column.form) {
    case "text":
      if (column.absent?.[row] === 1) return undefined;
      return bounded(entryBytes(column.rows, row));
    case "number": {
      const value = column.values[row]!;
      return Number.isNaN(value) ? undefined : String(value);
    }
    case "wide":
      return column.absent?.[row] === 1 ? undefined : String(column.values[row]);
    case "time":
      return instantText(column.ms[row]!, column.ticks?.[row] ?? 0);
    case "bool":
      return ["false", "true"][column.values[row]!];
  }
}

/** `2026-08-01T10:00:00.1234567Z`; undefined where the time is absent or out of range. */
export function instantText(ms: number, ticks = 0): string | undefined {
  if (!(Math.abs(ms) <= 8.64e15)) return undefined;
  const text = new Date(ms).toISOString();
  return ticks === 0 ? text : `${text.slice(0, -1)}${String(ticks).padStart(4, "0")}Z`;
}

/** Two values that differ give different texts, long ones too. */
function bounded(bytes: Uint8Array): string {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("utf8");
  if (text.length <= MOST_TEXT) return text;
  const hash = Buffer.from(sha256("custos/detect/value/v1", bytes)).toString("hex").slice(0, 32);
  return `${text.slice(0, KEPT_TEXT)}…#${hash}`;
}
