/**
 * The values of a column without its absent rows, with a dictionary where one is worth it.
 *
 * @module
 */
import type { Strings } from "../../../sdk/columns/column.ts";
import { ByteWriter } from "../../../sdk/wire/bytes.ts";
import type { FileColumn } from "../../../sdk/parquet/read_footer.ts";
import type { WholeColumn } from "./whole_column.ts";

export type PresentValues =
  | { readonly form: "indexes"; readonly indexes: Uint32Array; readonly count: number }
  | { readonly form: "strings"; readonly strings: Strings }
  | { readonly form: "words"; readonly words: Int32Array }
  | { readonly form: "ints"; readonly ints: Int32Array }
  | { readonly form: "reals"; readonly reals: Float64Array }
  | { readonly form: "bits"; readonly bits: Uint8Array };

export interface Presented {
  readonly type: FileColumn["type"];
  /** One byte a row, 1 is absent; undefined where none is. */
  readonly absent: Uint8Array | undefined;
  readonly nulls: number;
  readonly values: PresentValues;
  /** Entries as PLAIN values. */
  readonly dictionary?: { readonly bytes: Uint8Array; readonly entries: number };
  /** All different strings, where there is a dictionary of them. */
  readonly entries?: Strings;
}

/** A dictionary of strings may have one entry for so many rows. */
const ROWS_PER_ENTRY = 2;
/** One of numbers, which are short, fewer. */
const ROWS_PER_NUMBER = 16;
const MAX_NUMBERS = 4_096;

export function present(
  column: WholeColumn,
  type: FileColumn["type"],
  rows: number,
): Presented {
  switch (column.form) {
    case "dict":
      return presentDict(column, type, rows);
    case "text": {
      const { absent } = column;
      return { type, absent, nulls: ones(absent), values: withoutAbsent(column) };
    }
    case "words": {
      const { absent } = column;
      const nulls = ones(absent);
      return { type, absent, nulls, values: { form: "words", words: presentWords(column, nulls) } };
    }
    case "number":
      return presentNumbers(column.values, type);
    case "bool": {
      const absent = flagsOf(rows, (row) => column.values[row] === 2);
      const bits = absent === undefined ? column.values : column.values.filter((bit) => bit !== 2);
      return { type, absent, nulls: rows - bits.length, values: { form: "bits", bits } };
    }
  }
}

function presentDict(
  { indexes, entries }: Extract<WholeColumn, { form: "dict" }>,
  type: FileColumn["type"],
  rows: number,
): Presented {
  const counts = new Uint32Array(entries.ends.length + 1);
  for (let row = 0; row < indexes.length; row++) counts[indexes[row]!]!++;
  const nulls = counts[0]!;
  const used: number[] = [];
  for (let index = 1; index < counts.length; index++) if (counts[index] !== 0) used.push(index);
  const absent = nulls === 0 ? undefined : flagsOf(rows, (row) => indexes[row] === 0);
  if (used.length * ROWS_PER_ENTRY > rows - nulls && used.length > 1) {
    return { type, absent, nulls, values: { form: "strings", strings: spelled(indexes, entries) } };
  }
  // The most frequent first: small numbers, which zstd makes small.
  used.sort((a, b) => counts[b]! - counts[a]!);
  const places = new Uint32Array(counts.length);
  for (let place = 0; place < used.length; place++) places[used[place]!] = place;
  const own = new Uint32Array(rows - nulls);
  let at = 0;
  for (let row = 0; row < indexes.length; row++) {
    const index = indexes[row]!;
    if (index !== 0) own[at++] = places[index]!;
  }
  const kept = stringsAt(entries, used);
  return {
    type,
    absent,
    nulls,
    values: { form: "indexes", indexes: own, count: used.length },
    dictionary: { bytes: plainStrings(kept), entries: used.length },
    entries: kept,
  };
}

function presentNumbers(values: Float64Array, type: FileColumn["type"]): Presented {
  const absent = flagsOf(values.length, (row) => Number.isNaN(values[row]));
  const own = absent === undefined ? values : values.filter((value) => !Number.isNaN(value));
  const nulls = values.length - own.length;
  const isWhole = type === "int32";
  const counts = countsOf(own);
  if (counts === undefined) {
    return {
      type,
      absent,
      nulls,
      values: isWhole ? { form: "ints", ints: new Int32Array(own) } : { form: "reals", reals: own },
    };
  }
  const order = [...counts].toSorted(([, a], [, b]) => b - a).map(([value]) => value);
  const places = new Map(order.map((value, place) => [value, place]));
  const entries = isWhole ? Int32Array.from(order) : Float64Array.from(order);
  return {
    type,
    absent,
    nulls,
    values: {
      form: "indexes",
      indexes: placesOf(own, places),
      count: order.length,
    },
    dictionary: { bytes: new Uint8Array(entries.buffer), entries: order.length },
  };
}

function placesOf(values: Float64Array, places: ReadonlyMap<number, number>): Uint32Array {
  const indexes = new Uint32Array(values.length);
  for (let row = 0; row < values.length; row++) indexes[row] = places.get(values[row]!)!;
  return indexes;
}

/** How often each number occurs; undefined where a dictionary would not be worth it. */
function countsOf(values: Float64Array): Map<number, number> | undefined {
  const most = Math.min(MAX_NUMBERS, values.length / ROWS_PER_NUMBER);
  const counts = new Map<number, number>();
  for (let row = 0; row < values.length; row++) {
    const value = values[row]!;
    // A map takes -0 for 0, and it must come back as it was.
    if (Object.is(value, -0)) return undefined;
    const count = counts.get(value) ?? 0;
    if (count === 0 && counts.size >= most) return undefined;
    counts.set(value, count + 1);
  }
  return counts;
}

function withoutAbsent(
  { strings, absent }: Extract<WholeColumn, { form: "text" }>,
): PresentValues {
  if (absent === undefined) return { form: "strings", strings };
  // An absent entry has no bytes: only its end goes.
  const ends = strings.ends.filter((_, row) => absent[row] === 0);
  return { form: "strings", strings: { bytes: strings.bytes, ends } };
}

function presentWords(
  { words, absent }: Extract<WholeColumn, { form: "words" }>,
  nulls: number,
): Int32Array {
  if (absent === undefined) return words;
  const own = new Int32Array(words.length - nulls * 2);
  let at = 0;
  for (let row = 0; row < absent.length; row++) {
    if (absent[row] === 1) continue;
    own[at++] = words[row * 2]!;
    own[at++] = words[row * 2 + 1]!;
  }
  return own;
}

function spelled(indexes: Uint32Array, entries: Strings): Strings {
  return stringsAt(entries, indexes.filter((index) => index !== 0));
}

/** Entries by their index, which begins with 1. */
function stringsAt({ bytes, ends }: Strings, indexes: readonly number[] | Uint32Array): Strings {
  const own = new Uint32Array(indexes.length);
  let used = 0;
  for (let i = 0; i < indexes.length; i++) {
    const index = indexes[i]!;
    own[i] = used += ends[index - 1]! - (index === 1 ? 0 : ends[index - 2]!);
  }
  const target = new Uint8Array(used);
  for (let i = 0; i < indexes.length; i++) {
    const index = indexes[i]!;
    const start = index === 1 ? 0 : ends[index - 2]!;
    target.set(bytes.subarray(start, ends[index - 1]), i === 0 ? 0 : own[i - 1]!);
  }
  return { bytes: target, ends: own };
}

function plainStrings({ bytes, ends }: Strings): Uint8Array {
  const out = new ByteWriter();
  let start = 0;
  for (let i = 0; i < ends.length; i++) {
    const end = ends[i]!;
    out.ensure(4);
    out.used = out.bytes.writeUInt32LE(end - start, out.used);
    out.raw(bytes.subarray(start, end));
    start = end;
  }
  return out.view();
}

function flagsOf(rows: number, isAbsent: (row: number) => boolean): Uint8Array | undefined {
  let flags: Uint8Array | undefined;
  for (let row = 0; row < rows; row++) {
    if (!isAbsent(row)) continue;
    flags ??= new Uint8Array(rows);
    flags[row] = 1;
  }
  return flags;
}

function ones(flags: Uint8Array | undefined): number {
  let count = 0;
  if (flags !== undefined) { for (let row = 0; row < flags.length; row++) count += flags[row]!; }
  return count;
}
