/**
 * A column of one batch as the tests of a field see it, row by row.
 *
 * A column with a dictionary is judged once per distinct entry, and only those that are asked for.
 *
 * @module
 */
import { cellOf } from "../../../../sdk/columns/cell.ts";
import type {
  AddressColumn,
  Column,
  Strings,
  TokenColumn,
} from "../../../../sdk/columns/column.ts";
import { TOKEN_BYTES } from "../../../../sdk/columns/column.ts";
import { ADDRESS_CATEGORIES } from "../../../../sdk/scrub/address.ts";
import type { FieldTests } from "./field_tests.ts";
import { categoryInNetworks, type Network } from "./networks.ts";
import type { Outcome } from "./outcome.ts";

/** True ends the look at a value's texts. */
export type SeeText = (bytes: Uint8Array, start: number, end: number) => boolean;

/** Rows by the few values that they have. */
export interface Codes {
  /** By row; undefined: it is 0 in all. */
  readonly of: Uint32Array | undefined;
  /** Codes are below it. */
  readonly size: number;
  outcome(code: number): Outcome;
}

/** The values of a field in one batch, one a row at most. */
export interface ColumnValues {
  /** undefined: each row has a value of its own. */
  readonly codes?: () => Codes;
  /** Where each row has a text of its own: by row; an absent one is empty. */
  readonly texts?: Strings;
  /** The tests that hold for the row's value. */
  outcome(row: number): Outcome;
  /** Calls `see` with the row's text, if it has one; gives what it gave. */
  seeText(row: number, see: SeeText): boolean;
  /** Of addresses without text: whether the row's is in one of `networks`, by its category. */
  isInNetworks?(row: number, networks: readonly Network[]): boolean;
}

/** The values of `column` under `tests`. */
export function columnValues(column: Column, tests: FieldTests): ColumnValues {
  switch (column.form) {
    case "dict":
      return entries(column.indexes, column.entries, tests);
    case "text":
      return rowTexts(column.rows, column.absent, tests);
    case "number":
      return scalars({
        rows: column.values.length,
        keyOf: (row) => column.values[row]!,
        textOf: (row) => cellText(column, row),
      }, tests);
    case "wide":
    case "bool":
    case "time": {
      const textOf = (row: number) => cellText(column, row);
      const rows = column.form === "time" ? column.ms.length : column.values.length;
      return scalars({ rows, keyOf: textOf, textOf }, tests);
    }
    case "token":
      return tokens(column, tests);
    case "address":
      return addresses(column, tests);
  }
}

/** The values of a field that the batch does not have. */
export function noValues({ absent }: FieldTests): ColumnValues {
  return { ...constant(absent), seeText: () => false };
}

/** One text in all rows. */
export function sameText(text: string, tests: FieldTests): ColumnValues {
  const bytes = Buffer.from(text);
  const outcome = tests.of(bytes, 0, bytes.length);
  return { ...constant(outcome), seeText: (_, see) => see(bytes, 0, bytes.length) };
}

function constant(outcome: Outcome) {
  return {
    outcome: () => outcome,
    codes: () => ({ of: undefined, size: 1, outcome: () => outcome }),
  };
}

function entries(indexes: Uint32Array, strings: Strings, tests: FieldTests): ColumnValues {
  const { bytes, ends } = strings;
  const outcome = entryOutcomes(strings, tests);
  return {
    codes: () => ({ of: indexes, size: ends.length + 1, outcome }),
    outcome: (row) => outcome(indexes[row]!),
    seeText(row, see) {
      const index = indexes[row]!;
      return index > 0 && see(bytes, startOf(ends, index - 1), ends[index - 1]!);
    },
  };
}

/** By code, which is 0 of what is absent and 1 of the first entry; each is judged once. */
function entryOutcomes({ bytes, ends }: Strings, tests: FieldTests): (code: number) => Outcome {
  const known: (Outcome | undefined)[] = [];
  return (code) => {
    if (code === 0) return tests.absent;
    return known[code] ??= tests.of(bytes, startOf(ends, code - 1), ends[code - 1]!);
  };
}

function startOf(ends: Uint32Array, entry: number): number {
  return entry === 0 ? 0 : ends[entry - 1]!;
}

function rowTexts(
  texts: Strings,
  absent: Uint8Array | undefined,
  tests: FieldTests,
): ColumnValues {
  const { bytes, ends } = texts;
  return {
    texts,
    outcome: (row) =>
      absent?.[row] === 1 ? tests.absent : tests.of(bytes, startOf(ends, row), ends[row]!),
    seeText: (row, see) => absent?.[row] !== 1 && see(bytes, startOf(ends, row), ends[row]!),
  };
}

/** Of values whose text is made here, "" of an absent one; those of one key have one text. */
function scalars(
  { rows, keyOf, textOf }: {
    readonly rows: number;
    readonly keyOf: (row: number) => number | string;
    readonly textOf: (row: number) => string;
  },
  tests: FieldTests,
): ColumnValues {
  const numbers = new Map<number | string, number>();
  const known: Outcome[] = [];
  const codeOf = (row: number): number => {
    const key = keyOf(row);
    let code = numbers.get(key);
    if (code === undefined) {
      code = known.length;
      numbers.set(key, code);
      const bytes = Buffer.from(textOf(row));
      known.push(bytes.length === 0 ? tests.absent : tests.of(bytes, 0, bytes.length));
    }
    return code;
  };
  const outcome = (code: number) => known[code]!;
  return {
    codes() {
      const of = new Uint32Array(rows);
      for (let row = 0; row < rows; row++) of[row] = codeOf(row);
      return { of, size: known.length, outcome };
    },
    outcome: (row) => known[codeOf(row)]!,
    seeText(row, see) {
      const bytes = Buffer.from(textOf(row));
      return bytes.length > 0 && see(bytes, 0, bytes.length);
    },
  };
}

function cellText(column: Column, row: number): string {
  const cell = cellOf(column, row) ?? "";
  return typeof cell === "object" ? "" : String(cell);
}

/** A token has no text: no test of one holds. What stays readable is text as any other. */
function tokens({ indexes, tokens, plain }: TokenColumn, tests: FieldTests): ColumnValues {
  const count = tokens.length / TOKEN_BYTES;
  const outcomeOf = entryOutcomes(plain, tests);
  const outcome = (code: number) =>
    code > 0 && code <= count ? tests.opaque : outcomeOf(code === 0 ? 0 : code - count);
  return {
    codes: () => ({ of: indexes, size: count + plain.ends.length + 1, outcome }),
    outcome: (row) => outcome(indexes[row]!),
    seeText(row, see) {
      const code = indexes[row]! - count;
      return code > 0 && see(plain.bytes, startOf(plain.ends, code - 1), plain.ends[code - 1]!);
    },
  };
}

function addresses(
  { indexes, categories, families }: AddressColumn,
  tests: FieldTests,
): ColumnValues {
  const known = new Map<readonly Network[], Map<number, boolean>>();
  const outcome = (code: number) => code === 0 ? tests.absent : tests.opaque;
  return {
    codes: () => ({ of: indexes, size: categories.length + 1, outcome }),
    outcome: (row) => outcome(indexes[row]!),
    seeText: () => false,
    isInNetworks(row, networks) {
      const entry = indexes[row]! - 1;
      const family = families[entry] ?? 0;
      if (family === 0) return false;
      let by = known.get(networks);
      if (by === undefined) known.set(networks, by = new Map<number, boolean>());
      const key = categories[entry]! * 8 + family;
      let isIn = by.get(key);
      if (isIn === undefined) {
        const category = ADDRESS_CATEGORIES[categories[entry]!] ?? "other";
        isIn = categoryInNetworks(category, family, networks) === "all";
        by.set(key, isIn);
      }
      return isIn;
    },
  };
}
