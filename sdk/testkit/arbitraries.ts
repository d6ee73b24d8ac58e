/**
 * Random column batches for property tests.
 *
 * @module
 */
import * as fc from "fast-check";
import type { Column, ColumnBatch, Strings } from "../columns/column.ts";
import { Arena } from "../columns/strings.ts";
import { pack } from "../wire/msgpack.ts";

const word = fc.oneof(
  fc.string({ unit: "grapheme", maxLength: 12 }),
  fc.constantFrom("", "-", "error", "10.0.0.1", "08:05:12", "deadbeef00", "a1b2-c3d4-e5f6-0a0b"),
  fc.nat({ max: 1e9 }).map(String),
  fc.nat({ max: 1e9 }).map((n) => `0${n}`),
  // A token of an epoch, and what is one digit off.
  fc.tuple(fc.nat({ max: 99_999 }), fc.constantFrom("a", "y", "4", "b", "z", "aa", "")).map((
    [epoch, last],
  ) => `${epoch}:${"abcdefghijklmnopqrstuvwxy"}${last}`),
);

/** Text as logs have it: words, numbers, addresses, hex, now and then a control character. */
export const logText: fc.Arbitrary<string> = fc.array(
  fc.tuple(word, fc.constantFrom(" ", ":", "=", ", ", "\t", "\u0012", "/")),
  { maxLength: 12 },
).map((words) => words.flat().join(""));

/** `texts` as entries end to end. */
export function stringsOf(texts: readonly string[]): Strings {
  const arena = new Arena();
  for (const text of texts) arena.addString(text);
  const { bytes, ends } = arena.view();
  return { bytes: new Uint8Array(bytes), ends: new Uint32Array(ends) };
}

const rowsOf = <T>(value: fc.Arbitrary<T>, rows: number): fc.Arbitrary<T[]> =>
  fc.array(value, { minLength: rows, maxLength: rows });

function absentOf(rows: number): fc.Arbitrary<Uint8Array | undefined> {
  const some = rowsOf(fc.constantFrom(0, 1), rows).map((bits) => Uint8Array.from(bits));
  return fc.option(some, { nil: undefined });
}

function dict(name: string, rows: number): fc.Arbitrary<Column> {
  return fc.uniqueArray(logText, { minLength: 1, maxLength: 8 }).chain((texts) =>
    rowsOf(fc.nat({ max: texts.length }), rows).map((indexes): Column => ({
      form: "dict",
      name,
      entries: stringsOf(texts),
      indexes: Uint32Array.from(indexes),
    }))
  );
}

function text(name: string, rows: number): fc.Arbitrary<Column> {
  return fc.tuple(rowsOf(logText, rows), absentOf(rows)).map(([texts, absent]): Column => ({
    form: "text",
    name,
    type: "string",
    absent,
    rows: stringsOf(texts.map((t, i) => (absent?.[i] === 1 ? "" : t))),
  }));
}

/** Without the key that `unpack` refuses. */
const json = fc.jsonValue({ maxDepth: 3 })
  .filter((value) => !JSON.stringify(value).includes("__proto__"));

function dynamic(name: string, rows: number): fc.Arbitrary<Column> {
  return rowsOf(json, rows).map((values): Column => {
    const arena = new Arena();
    for (const value of values) {
      const bytes = pack(value);
      arena.add(bytes, 0, bytes.length);
    }
    return { form: "text", name, type: "dynamic", absent: undefined, rows: arena.view() };
  });
}

const whole = fc.oneof(
  fc.maxSafeInteger(),
  fc.nat({ max: 300 }),
  fc.integer({ min: -70_000, max: 70_000 }),
  fc.constant(NaN),
);

function numbers(name: string, rows: number): fc.Arbitrary<Column> {
  const real = fc.oneof(fc.double(), fc.nat({ max: 10_000 }).map((n) => n / 100));
  const kinds = [
    ["int", fc.oneof(fc.integer(), fc.constant(NaN))],
    ["long", fc.oneof(whole, fc.integer())],
    ["real", real],
  ] as const;
  return fc.constantFrom(...kinds).chain(([type, value]) =>
    rowsOf<number>(value, rows).map((values): Column => ({
      form: "number",
      name,
      type,
      values: Float64Array.from(values),
    }))
  );
}

function wide(name: string, rows: number): fc.Arbitrary<Column> {
  const value = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
  return fc.tuple(rowsOf(value, rows), absentOf(rows)).map(([values, absent]): Column => ({
    form: "wide",
    name,
    values: BigInt64Array.from(values, (v, i) => (absent?.[i] === 1 ? 0n : v)),
    absent,
  }));
}

function times(name: string, rows: number): fc.Arbitrary<Column> {
  const ms = fc.oneof(
    fc.integer({ min: 1_700_000_000, max: 1_900_000_000 }).map((s) => s * 1000),
    fc.integer({ min: -1e12, max: 4e12 }),
    fc.constant(NaN),
  );
  const ticks = fc.option(rowsOf(fc.nat({ max: 9_999 }), rows), { nil: undefined });
  return fc.tuple(rowsOf<number>(ms, rows), ticks).map(([values, rest]): Column => ({
    form: "time",
    name,
    ms: Float64Array.from(values),
    ticks: rest?.some((tick) => tick !== 0) ? Uint16Array.from(rest) : undefined,
  }));
}

function bools(name: string, rows: number): fc.Arbitrary<Column> {
  return rowsOf(fc.nat({ max: 2 }), rows).map((values): Column => ({
    form: "bool",
    name,
    values: Uint8Array.from(values),
  }));
}

function tokens(name: string, rows: number): fc.Arbitrary<Column> {
  const some = fc.array(fc.uint8Array({ minLength: 16, maxLength: 16 }), { maxLength: 5 });
  const plain = fc.constantFrom<string[]>([], ["root"], ["root", "SYSTEM"]);
  return fc.tuple(some, plain).chain(([made, known]) =>
    rowsOf(fc.nat({ max: made.length + known.length }), rows).map((indexes): Column => ({
      form: "token",
      name,
      kind: "user",
      epoch: 3,
      tokens: Uint8Array.from(made.flatMap((token) => [...token])),
      plain: stringsOf(known),
      indexes: Uint32Array.from(indexes),
    }))
  );
}

function addresses(name: string, rows: number): fc.Arbitrary<Column> {
  const token = fc.uint8Array({ minLength: 16, maxLength: 16 });
  return fc.array(token, { minLength: 1, maxLength: 4 }).chain((made) =>
    rowsOf(fc.nat({ max: made.length }), rows).map((indexes): Column => {
      return {
        form: "address",
        name,
        kind: "ip",
        epoch: 1,
        tokens: Uint8Array.from(made.flatMap((t) => [...t])),
        categories: Uint8Array.from(made, (_, i) => i % 10),
        families: Uint8Array.from(made, (_, i) => [0, 4, 6][i % 3] ?? 0),
        indexes: Uint32Array.from(indexes),
      };
    })
  );
}

const MAKERS = [dict, text, dynamic, numbers, wide, times, bools, tokens, addresses];

/** Batches of up to 40 rows with some columns of every form. */
export const columnBatches: fc.Arbitrary<ColumnBatch> = fc.nat({ max: 40 }).chain((rows) =>
  fc.array(fc.nat({ max: MAKERS.length - 1 }), { maxLength: 6 }).chain((kinds) =>
    fc.tuple(...kinds.map((kind, i) => MAKERS[kind]!(`C${i}`, rows))).map((columns) => ({
      table: "T",
      rows,
      columns,
    }))
  )
);
