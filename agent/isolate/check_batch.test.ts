import assert from "node:assert/strict";
import { test } from "node:test";
import type { Column, ColumnBatch } from "../../sdk/columns/column.ts";
import { column, schemaOf, table } from "../../sdk/table.ts";
import { MOST_ROWS, wrongIn } from "./check_batch.ts";

const schema = schemaOf(
  "T",
  table({
    doc: "Test",
    time: "At",
    columns: {
      At: column.time({ class: "public" }),
      N: column.int({ class: "public" }),
      L: column.long({ class: "public" }),
      R: column.real({ class: "public" }),
      S: column.string({ class: "personal" }),
      B: column.bool({ class: "public" }),
      D: column.dynamic({ class: "public" }),
    },
  }),
);

const strings = (...texts: readonly string[]) => {
  const ends: number[] = [];
  for (const text of texts) ends.push((ends.at(-1) ?? 0) + text.length);
  return { bytes: new Uint8Array(Buffer.from(texts.join(""))), ends: Uint32Array.from(ends) };
};
const numbers = (name: string, type: "int" | "long" | "real", ...values: readonly number[]) =>
  ({ form: "number", name, type, values: Float64Array.from(values) }) as const;
const times = (ms: number, ticks?: number) =>
  ({
    form: "time",
    name: "At",
    ms: Float64Array.of(ms),
    ticks: ticks === undefined ? undefined : Uint16Array.of(ticks),
  }) as const;
const dict = (name: string, indexes: readonly number[], ...texts: readonly string[]) =>
  ({ form: "dict", name, indexes: Uint32Array.from(indexes), entries: strings(...texts) }) as const;
const batchOf = (...columns: readonly Column[]): ColumnBatch => ({ table: "T", rows: 1, columns });

const RIGHT: readonly (readonly [string, ColumnBatch])[] = [
  ["values of every type", batchOf(times(5, 9_999), numbers("N", "int", 1), dict("S", [1], "a"))],
  ["absent values", batchOf(times(NaN), numbers("N", "int", NaN), dict("S", [0]))],
  ["a real that is no whole number", batchOf(numbers("R", "real", 0.5))],
  [
    "a long of 64 bits",
    batchOf({ form: "wide", name: "L", values: new BigInt64Array(1), absent: undefined }),
  ],
  ["the system columns", batchOf(dict("_ParseError", [1], "no line"))],
];
for (const [what, batch] of RIGHT) {
  test(`wrongIn() takes ${what}`, () => assert.equal(wrongIn(batch, schema), undefined));
}

const text = { form: "text", type: "string", rows: strings("x"), absent: undefined } as const;
const LIES: readonly (readonly [string, ColumnBatch])[] = [
  ["a column that is not declared", batchOf(dict("Password", [1], "hunter2"))],
  ["a column named as one of Object's own", batchOf(dict("constructor", [1], "x"))],
  ["a column that is there twice", batchOf(numbers("N", "int", 1), numbers("N", "int", 2))],
  ["a string in a column of numbers", batchOf(dict("N", [1], "1"))],
  ["a number in a column of strings", batchOf(numbers("S", "int", 1))],
  ["a long where an int is declared", batchOf(numbers("N", "long", 1))],
  ["a fraction in a column of int", batchOf(numbers("N", "int", 1.5))],
  ["an infinity in a column of long", batchOf(numbers("L", "long", Infinity))],
  ["text in a dynamic column", batchOf({ ...text, name: "D" })],
  ["a time that is no clock's", batchOf(times(1e17))],
  ["a time with a fraction of a millisecond", batchOf(times(0.5))],
  ["over 9,999 ticks", batchOf(times(0, 10_000))],
  ["a bool of 3", batchOf({ form: "bool", name: "B", values: Uint8Array.of(3) })],
  ["a dictionary with more entries than rows", batchOf(dict("S", [1], "a", "b"))],
  ["more rows than a batch may have", { table: "T", rows: MOST_ROWS + 1, columns: [] }],
];
for (const [what, batch] of LIES) {
  test(`wrongIn() refuses ${what}, and names no value`, () => {
    const wrong = wrongIn(batch, schema);
    assert.ok(wrong !== undefined);
    assert.doesNotMatch(wrong, /hunter2|Password/);
  });
}
