import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { column, schemaOf, table } from "../table.ts";
import { rowOf } from "./cell.ts";
import { TableWriter } from "./writer.ts";

const declared = table({
  doc: "One column of each type",
  time: "T",
  columns: {
    T: column.time({ class: "public" }),
    S: column.string({ class: "public", optional: true }),
    Text: column.string({ class: "content", optional: true }),
    I: column.int({ class: "public", optional: true }),
    L: column.long({ class: "public", optional: true }),
    R: column.real({ class: "public", optional: true }),
    B: column.bool({ class: "public", optional: true }),
    D: column.dynamic({ class: "public", optional: true }),
  },
});
const schema = schemaOf("Each", declared);
const open = () => new TableWriter<typeof declared.columns>(schema);
const rowsOf = (writer: ReturnType<typeof open>) => {
  const batch = writer.view();
  return Array.from({ length: batch.rows }, (_, row) => rowOf(batch, row));
};

test("what a row leaves out is absent, and is neither empty nor 0", () => {
  const writer = open();
  writer.add({ T: 0, S: "", I: 0, B: false });
  writer.add({ T: 1 });
  writer.add({ T: 2, S: "x", Text: "", D: null });
  assert.deepEqual(rowsOf(writer), [
    { T: "1970-01-01T00:00:00Z", S: "", I: 0, B: false },
    { T: "1970-01-01T00:00:00.001Z" },
    { T: "1970-01-01T00:00:00.002Z", S: "x", Text: "", D: null },
  ]);
});

test("times keep 100 ns, before 1970 too", () => {
  const writer = open();
  writer.add({ T: 17_000_000_000_000_001n });
  writer.add({ T: -1n });
  writer.add({ T: new Date(5) });
  assert.deepEqual(rowsOf(writer).map((row) => row["T"]), [
    "2023-11-14T22:13:20.0000001Z",
    "1969-12-31T23:59:59.9999999Z",
    "1970-01-01T00:00:00.005Z",
  ]);
});

test("64-bit numbers beyond 2^53 are exact", () => {
  const writer = open();
  const most = 2n ** 63n - 1n;
  for (const L of [1n, most, -(2n ** 63n), 5]) writer.add({ T: 0, L });
  assert.deepEqual(rowsOf(writer).map((row) => row["L"]), ["1", `${most}`, `${-(2n ** 63n)}`, "5"]);
});

const wrong: readonly (readonly [string, object])[] = [
  ["a string in an int column", { I: "5" }],
  ["a fraction in an int column", { I: 1.5 }],
  ["an int over 32 bits", { I: 2 ** 31 }],
  ["a long over 64 bits", { L: 2n ** 63n }],
  ["a number in a string column", { S: 5 }],
  ["a string in a bool column", { B: "true" }],
  ["an invalid date", { T: new Date(NaN) }],
  ["a column that is not declared", { Nope: 1 }],
];
for (const [what, row] of wrong) {
  test(`add() refuses ${what}, and the row is not there`, () => {
    const writer = open();
    writer.add({ T: 0, S: "before" });
    assert.throws(() => writer.add({ T: 1, ...row }), TypeError);
    writer.add({ T: 2, S: "after" });
    assert.deepEqual(rowsOf(writer).map((r) => r["S"]), ["before", "after"]);
  });
}

test("a second value for the same column of a row is refused", () => {
  const writer = open();
  writer.columns.S.set("one");
  assert.throws(() => writer.columns.S.set("two"), TypeError);
});

test("dropRow() forgets what the open row has set", () => {
  const writer = open();
  writer.add({ T: 0, S: "kept", Text: "kept" });
  writer.columns.S.set("gone");
  writer.columns.Text.set("gone");
  writer.columns.I.set(7);
  writer.dropRow();
  writer.add({ T: 1, I: 8 });
  assert.deepEqual(rowsOf(writer), [
    { T: "1970-01-01T00:00:00Z", S: "kept", Text: "kept" },
    { T: "1970-01-01T00:00:00.001Z", I: 8 },
  ]);
});

const values = fc.record({
  T: fc.integer({ min: 0, max: 4e12 }),
  S: fc.option(fc.string({ maxLength: 40 }), { nil: undefined }),
  Text: fc.option(fc.string({ maxLength: 80 }), { nil: undefined }),
  I: fc.option(fc.integer(), { nil: undefined }),
  B: fc.option(fc.boolean(), { nil: undefined }),
});

test("a dictionary has nothing of a row that was taken back", () => {
  const writer = open();
  writer.add({ T: 0, S: "first" });
  writer.columns.S.set("taken back");
  writer.dropRow();
  writer.add({ T: 1, S: "second" });
  writer.add({ T: 2 });
  writer.add({ T: 3, S: "first" });
  const [, column] = writer.view().columns;
  assert.ok(column?.form === "dict");
  assert.equal(Buffer.from(column.entries.bytes).toString(), "firstsecond");
  assert.deepEqual(rowsOf(writer).map(({ S }) => S), ["first", "second", undefined, "first"]);
  const empty = open();
  empty.columns.S.set("taken back");
  empty.dropRow();
  assert.ok(!empty.view().columns.some(({ name }) => name === "S"));
});

test("emitting objects and writing byte ranges give the same columns", () => {
  fc.assert(
    fc.property(fc.array(values, { maxLength: 60 }), (rows) => {
      const objects = open();
      const ranges = open();
      for (const row of rows) {
        objects.add(row);
        const { T, S, Text, I, B } = row;
        if (Text !== undefined) {
          ranges.columns.Text.range(Buffer.from(Text), 0, Buffer.byteLength(Text));
        }
        ranges.columns.T.set(T);
        if (B !== undefined) ranges.columns.B.set(B);
        if (I !== undefined) ranges.columns.I.set(I);
        if (S !== undefined) {
          const padded = Buffer.from(`<${S}>`);
          ranges.columns.S.range(padded, 1, padded.length - 1);
        }
        ranges.endRow();
      }
      assert.deepEqual(rowsOf(ranges), rowsOf(objects));
    }),
    { numRuns: 60 },
  );
});

test("a dynamic value that is no JSON is shown as absent, and the row's others are shown", () => {
  const writer = open();
  writer.add({ T: 0, S: "shown" });
  writer.columns.T.set(1);
  writer.columns.D.range(Buffer.from("81a95f5f70726f746f5f5f80", "hex"), 0, 12);
  writer.columns.S.set("shown too");
  writer.endRow();
  assert.deepEqual(rowsOf(writer).map(({ S, D }) => [S, D]), [
    ["shown", undefined],
    ["shown too", undefined],
  ]);
});

test("a writer that is reset is as good as new", () => {
  const writer = open();
  for (let i = 0; i < 3000; i++) writer.add({ T: i, S: `v${i % 7}`, L: 2n ** 60n, D: { i } });
  writer.reset();
  writer.add({ T: 1, S: "v1" });
  assert.deepEqual(rowsOf(writer), [{ T: "1970-01-01T00:00:00.001Z", S: "v1" }]);
});

test("a writer over its limit is emptied by onFull, between two rows", () => {
  const taken: number[] = [];
  const writer = new TableWriter<typeof declared.columns>(schema, {
    rows: 256,
    bytes: 1 << 20,
    onFull: () => {
      taken.push(writer.view().rows);
      writer.reset();
    },
  });
  for (let i = 0; i < 600; i++) writer.add({ T: i });
  assert.deepEqual(taken, [256, 256]);
  assert.equal(writer.rows, 88);
});
