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
import { categoryInNetworks } from "./networks.ts";
import type { Outcome } from "./outcome.ts";

/** True ends the look at a value's texts. */
export type SeeText = (bytes: Uint8Array, start: number, end: number) => boolean;

/** The values of a field in one batch, one a row at most. */
export interface ColumnValues {
  /** The tests that hold for the row's value. */
  outcome(row: number): Outcome;
  /** Calls `see` with the row's text, if it has one; gives what it gave. */
  seeText(row: number, see: SeeText): boolean;
  /** Of addresses without text: whether the row's is in one of `networks`, by its category. */
  isInNetworks?(row: number, networks: readonly string[]): boolean;
}

/** The values of `column` under `tests`. */
export function columnValues(column: Column, tests: FieldTests): ColumnValues {
  switch (column.form) {
    case "dict":
      return entries(column.indexes, column.entries, tests);
    case "text":
      return rowTexts(column.rows, column.absent, tests);
    case "number":
      return scalars((row) => column.values[row]!, (row) => cellText(column, row), tests);
    case "wide":
    case "bool":
    case "time":
      return scalars((row) => cellText(column, row), (row) => cellText(column, row), tests);
    case "token":
      return tokens(column, tests);
    case "address":
      return addresses(column, tests);
  }
}

/** The values of a field that the batch does not have. */
export function noValues({ absent }: FieldTests): ColumnValues {
  return { outcome: () => absent, seeText: () => false };
}

/** One text in all rows. */
export function sameText(text: string, tests: FieldTests): ColumnValues {
  const bytes = Buffer.from(text);
  const outcome = tests.of(bytes, 0, bytes.length);
  return { outcome: () => outcome, seeText: (_, see) => see(bytes, 0, bytes.length) };
}

function entries(indexes: Uint32Array, { bytes, ends }: Strings, tests: FieldTests): ColumnValues {
  const known: (Outcome | undefined)[] = [tests.absent];
  return {
    outcome(row) {
      const index = indexes[row]!;
      return known[index] ??= tests.of(bytes, startOf(ends, index - 1), ends[index - 1]!);
    },
    seeText(row, see) {
      const index = indexes[row]!;
      return index > 0 && see(bytes, startOf(ends, index - 1), ends[index - 1]!);
    },
  };
}

function startOf(ends: Uint32Array, entry: number): number {
  return entry === 0 ? 0 : ends[entry - 1]!;
}

function rowTexts(
  { bytes, ends }: Strings,
  absent: Uint8Array | undefined,
  tests: FieldTests,
): ColumnValues {
  return {
    outcome: (row) =>
      absent?.[row] === 1 ? tests.absent : tests.of(bytes, startOf(ends, row), ends[row]!),
    seeText: (row, see) => absent?.[row] !== 1 && see(bytes, startOf(ends, row), ends[row]!),
  };
}

/** Of values whose text is made here, "" of an absent one; those of one key have one text. */
function scalars(
  keyOf: (row: number) => number | string,
  textOf: (row: number) => string,
  tests: FieldTests,
): ColumnValues {
  const known = new Map<number | string, Outcome>();
  return {
    outcome(row) {
      const key = keyOf(row);
      let outcome = known.get(key);
      if (outcome === undefined) {
        const bytes = Buffer.from(textOf(row));
        outcome = bytes.length === 0 ? tests.absent : tests.of(bytes, 0, bytes.length);
        if (known.size < MOST_SCALARS) known.set(key, outcome);
      }
      return outcome;
    },
    seeText(row, see) {
      const bytes = Buffer.from(textOf(row));
      return bytes.length > 0 && see(bytes, 0, bytes.length);
    },
  };
}

const MOST_SCALARS = 4096;

function cellText(column: Column, row: number): string {
  const cell = cellOf(column, row) ?? "";
  return typeof cell === "object" ? "" : String(cell);
}

/** A token has no text: no test of one holds. What stays readable is text as any other. */
function tokens(column: TokenColumn, tests: FieldTests): ColumnValues {
  const { indexes, plain } = column;
  const count = column.tokens.length / TOKEN_BYTES;
  const readable = entries(
    indexes.map((index) => index > count ? index - count : 0),
    plain,
    tests,
  );
  return {
    outcome(row) {
      const index = indexes[row]!;
      return index > 0 && index <= count ? tests.opaque : readable.outcome(row);
    },
    seeText: readable.seeText,
  };
}

function addresses(
  { indexes, categories, families }: AddressColumn,
  tests: FieldTests,
): ColumnValues {
  return {
    outcome: (row) => indexes[row] === 0 ? tests.absent : tests.opaque,
    seeText: () => false,
    isInNetworks(row, networks) {
      const entry = indexes[row]! - 1;
      if (entry < 0 || families[entry] === 0) return false;
      const category = ADDRESS_CATEGORIES[categories[entry]!] ?? "other";
      return categoryInNetworks(category, families[entry]!, networks) === "all";
    },
  };
}
