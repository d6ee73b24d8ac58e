import { prefixesOf } from "../../sdk/columns/prefixes.ts";
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { after as afterAll, test } from "node:test";
import * as fc from "fast-check";
import { type Column, type ColumnBatch, entryBytes } from "../../sdk/columns/column.ts";
import { ADDRESS_CATEGORIES } from "../../sdk/scrub/address.ts";
import { tokenText } from "../../sdk/scrub/token.ts";
import { columnBatches, stringsOf } from "../../sdk/testkit/arbitraries.ts";
import { unpack } from "../../sdk/wire/msgpack.ts";
import { column, type ColumnType } from "../../sdk/table.ts";
import type { Cell } from "./engine_messages.ts";
import { type Layout, layOut, type Piece } from "./layout.ts";
import { writeParquet } from "./parquet/write_file.ts";
import { sqlFiles } from "./sql_text.ts";
import { batchOf, openRoom, selectAll } from "./test_room.ts";

const room = openRoom();
afterAll(() => room[Symbol.asyncDispose]());
const decoder = new TextDecoder();
let files = 0;

/** What the engine reads back of `pieces`, by column name. */
async function stored(
  pieces: readonly Piece[],
): Promise<{ layout: Layout; rows: Record<string, Cell>[] }> {
  const layout = layOut(pieces, [], ADDRESS_CATEGORIES);
  const path = join(room.folder, `${files++}.parquet`);
  writeFileSync(path, await writeParquet(layout.leaves, layout.rows, () => Promise.resolve()));
  const cells = await selectAll(room.engine, `select * from ${sqlFiles([path])}`, [path]);
  const names = layout.columns.map(({ name }) => name);
  const rows = cells.map((row) => Object.fromEntries(names.map((name, i) => [name, row[i]!])));
  return { layout, rows };
}

function pieceOf(batch: ColumnBatch, ledgerIndex = 7): Piece {
  return {
    batch,
    agent: "0a",
    source: "s\u00fc",
    ledgerIndex,
    hubTime: 123n + BigInt(ledgerIndex),
  };
}

/** What a column must become, as [name, type, value]. */
function expected(column: Column, row: number): readonly [string, ColumnType, Cell][] {
  const { name } = column;
  switch (column.form) {
    case "dict": {
      const index = column.indexes[row]!;
      const value = index === 0 ? null : decoder.decode(entryBytes(column.entries, index - 1));
      return [[name, "string", value]];
    }
    case "text": {
      const bytes = entryBytes(column.rows, row);
      const value = column.type === "string"
        ? decoder.decode(bytes)
        : JSON.stringify(unpack(bytes));
      return [[name, column.type, column.absent?.[row] === 1 ? null : value]];
    }
    case "number": {
      const value = column.values[row]!;
      return [[name, column.type, Number.isNaN(value) ? null : value]];
    }
    case "wide":
      return [[name, "long", column.absent?.[row] === 1 ? null : String(column.values[row])]];
    case "time": {
      const ms = column.ms[row]!;
      const ticks = Number.isNaN(ms)
        ? null
        : String(BigInt(ms) * 10_000n + BigInt(column.ticks?.[row] ?? 0));
      return [[name, "datetime", ticks]];
    }
    case "bool":
      return [[name, "bool", [false, true, null][column.values[row]!] ?? null]];
    case "token": {
      const index = column.indexes[row]!;
      const count = column.tokens.length / 16;
      const value = index === 0
        ? null
        : index <= count
        ? tokenText(column.kind, column.epoch, column.tokens.subarray(index * 16 - 16, index * 16))
        : decoder.decode(entryBytes(column.plain, index - count - 1));
      return [[name, "string", value]];
    }
    case "address": {
      const index = column.indexes[row]!;
      const at = (tokens: Uint8Array, n: number, kind: string) =>
        n === 0 ? null : tokenText(kind, column.epoch, tokens.subarray(n * 16 - 16, n * 16));
      const category = ADDRESS_CATEGORIES[column.categories[index - 1] ?? -1] ?? null;
      return [
        [name, "string", at(column.tokens, index, column.kind)],
        [`${name}_Category`, "string", category],
        ...prefixesOf(column).map(({ tokens, of }, k): [string, ColumnType, Cell] => [
          `${name}_Net${k + 1}`,
          "string",
          index === 0 ? null : at(tokens, of[index - 1]!, `${column.kind}net`),
        ]),
      ];
    }
  }
}

function sameValue(actual: Cell | undefined, wanted: Cell, type: ColumnType): void {
  if (wanted === null || actual === null) assert.equal(actual, wanted);
  else if (type === "real") assert.ok(actual === wanted, `${actual} is not ${wanted}`);
  else if (type === "dynamic") {
    assert.deepEqual(JSON.parse(String(actual)), JSON.parse(String(wanted)));
  } else assert.equal(String(actual), String(wanted));
}

/** Compares one stored row with row `row` of `batch`, and that it holds nothing else. */
function sameRow(
  stored: Readonly<Record<string, Cell>>,
  { batch, row }: { readonly batch: ColumnBatch; readonly row: number },
  types: ReadonlyMap<string, ColumnType>,
): void {
  const found = { ...stored };
  for (const [name, type, value] of batch.columns.flatMap((column) => expected(column, row))) {
    const own = isSame(types.get(name), type) ? name : `${name}_${type}`;
    if (value !== null || types.has(own)) sameValue(found[own], value, type);
    delete found[own];
  }
  const rest = Object.entries(found).filter(([name]) => !name.startsWith("_"));
  assert.deepEqual(rest.filter(([, value]) => value !== null), []);
}

test("a column batch of any form comes back from Parquet as it was", async () => {
  const some = columnBatches.filter(({ rows }) => rows > 0);
  await fc.assert(
    fc.asyncProperty(fc.array(some, { minLength: 1, maxLength: 3 }), async (batches) => {
      const { layout, rows } = await stored(batches.map((batch, i) => pieceOf(batch, i)));
      const types = new Map(layout.columns.map(({ name, type }) => [name, type]));
      const places = batches.flatMap((batch, index) =>
        Array.from({ length: batch.rows }, (_, row) => ({ batch, index, row }))
      );
      assert.equal(rows.length, places.length);
      for (const [at, { batch, index, row }] of places.entries()) {
        const found = rows[at]!;
        const { _Agent, _Source, _LedgerIndex, _Row, _HubTime } = found;
        assert.deepEqual([_Agent, _Source, _LedgerIndex], ["0a", "s\u00fc", String(index)]);
        assert.deepEqual([_Row, _HubTime], [row, String(123 + index)]);
        sameRow(found, { batch, row }, types);
      }
    }),
    { numRuns: 60 },
  );
});

function isSame(stored: ColumnType | undefined, type: ColumnType): boolean {
  return stored === type || (stored === "long" && type === "int") ||
    (stored === "int" && type === "long");
}

test("sizes about the limits of pages, widths and blocks come back", async () => {
  const text = column.string({ class: "content", optional: true });
  const word = column.string({ class: "public", optional: true });
  for (const rows of [1, 7, 8, 9, 127, 128, 129, 255, 256, 257, 300, 70_000]) {
    const values = Array.from({ length: rows }, (_, i) => ({
      TimeGenerated: i,
      Text: i % 5 === 0 ? undefined : "x".repeat(i % 300),
      Word: i % 7 === 0 ? undefined : `w${i}`,
    }));
    const columns = { TimeGenerated: column.time({ class: "public" }), Text: text, Word: word };
    const { rows: found } = await stored([pieceOf(batchOf("T", columns, values))]);
    assert.equal(found.length, rows);
    for (const [i, row] of found.entries()) {
      if ((row["Text"] ?? undefined) !== values[i]!.Text) assert.fail(`text ${i} of ${rows}`);
      if ((row["Word"] ?? undefined) !== values[i]!.Word) assert.fail(`word ${i} of ${rows}`);
      if (row["_Row"] !== i) assert.fail(`row ${i} of ${rows}`);
    }
  }
});

test("extremes of 64 bits and of time come back", async () => {
  const wide: Column = {
    form: "wide",
    name: "Wide",
    values: BigInt64Array.of(2n ** 63n - 1n, -(2n ** 63n), 0n, -1n, 5n),
    absent: Uint8Array.of(0, 0, 0, 0, 1),
  };
  const time: Column = {
    form: "time",
    name: "Time",
    ms: Float64Array.of(-62_135_596_800_000, 253_402_300_799_999, -1, NaN, 9e15),
    ticks: Uint16Array.of(0, 9_999, 9_999, 0, 0),
  };
  const { rows } = await stored([pieceOf({ table: "T", rows: 5, columns: [wide, time] })]);
  assert.deepEqual(rows.map((row) => row["Wide"]), [
    "9223372036854775807",
    "-9223372036854775808",
    "0",
    "-1",
    null,
  ]);
  assert.deepEqual(rows.map((row) => row["Time"]), [
    "-621355968000000000",
    "2534023007999999999",
    "-1",
    null,
    null,
  ]);
});

test("bytes that are no UTF-8 become U+FFFD, also at the edge of an entry", async () => {
  const entries = { bytes: Uint8Array.of(0xc3, 0xa9, 0x41), ends: Uint32Array.of(1, 3) };
  const dict: Column = { form: "dict", name: "D", indexes: Uint32Array.of(1, 2), entries };
  const text: Column = {
    form: "text",
    name: "X",
    type: "string",
    rows: entries,
    absent: undefined,
  };
  const { rows } = await stored([pieceOf({ table: "T", rows: 2, columns: [dict, text] })]);
  assert.deepEqual(rows.map((row) => [row["D"], row["X"]]), [["\ufffd", "\ufffd"], [
    "\ufffdA",
    "\ufffdA",
  ]]);
});

test("a dynamic value that is no JSON is absent, its neighbours are not", async () => {
  const rows = {
    bytes: Uint8Array.of(0x01, 0xc7, 0x01, 0x72, 0x00, 0x92, 0x01, 0xa1, 0x78),
    ends: Uint32Array.of(1, 5, 6, 9),
  };
  const broken: Column = { form: "text", name: "J", type: "dynamic", rows, absent: undefined };
  const found = await stored([pieceOf({ table: "T", rows: 4, columns: [broken] })]);
  assert.deepEqual(found.rows.map((row) => row["J"]), ["1", null, null, null]);
});

test("bytes of an absent entry are not taken for the next row's", async () => {
  const text: Column = {
    form: "text",
    name: "X",
    type: "string",
    rows: stringsOf(["a", "hidden", "b"]),
    absent: Uint8Array.of(0, 1, 0),
  };
  const { rows } = await stored([pieceOf({ table: "T", rows: 3, columns: [text] })]);
  assert.deepEqual(rows.map((row) => row["X"]), ["a", null, "b"]);
});

test("a whole number that does not fit its type is kept whole", async () => {
  const int: Column = {
    form: "number",
    name: "N",
    type: "int",
    values: Float64Array.of(2 ** 40, -1),
  };
  const { rows } = await stored([pieceOf({ table: "T", rows: 2, columns: [int] })]);
  assert.deepEqual(rows.map((row) => row["N"]), ["1099511627776", "-1"]);
});

test("hostile column names are kept apart and never take the place of provenance", async () => {
  const names = ["a", "A", '"; drop table x; --', "_agent", "_Agent", "a_string", "é'\\", "x y"];
  const columns = names.map((name, i): Column => ({
    form: "dict",
    name,
    indexes: Uint32Array.of(1),
    entries: stringsOf([`v${i}`]),
  }));
  const { layout, rows } = await stored([pieceOf({ table: "T", rows: 1, columns })]);
  assert.equal(new Set(layout.columns.map(({ name }) => name.toLowerCase())).size, 8 + 5);
  assert.deepEqual(Object.values(rows[0]!).slice(0, 8), names.map((_, i) => `v${i}`));
  assert.equal(rows[0]!["_Agent"], "0a");
});
