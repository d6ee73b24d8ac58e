import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { columnBatches } from "../testkit/arbitraries.ts";
import { rowOf } from "./cell.ts";
import type { ColumnBatch } from "./column.ts";
import { packBatch } from "./layout.ts";
import { LayoutError, unpackBatch } from "./read_layout.ts";

/** Plugins give no tokens: these forms do not cross. */
const plain = columnBatches.map((batch): ColumnBatch => ({
  ...batch,
  columns: batch.columns.filter(({ form }) => form !== "token" && form !== "address"),
}));
const rowsOf = (batch: ColumnBatch) =>
  Array.from({ length: batch.rows }, (_, row) => rowOf(batch, row));

test("unpackBatch() gives back what packBatch() was given", () => {
  fc.assert(
    fc.property(plain, (batch) => {
      const unpacked = unpackBatch(packBatch(batch));
      assert.deepEqual(rowsOf(unpacked), rowsOf(batch));
      assert.deepEqual(unpacked.columns.map((c) => c.form), batch.columns.map((c) => c.form));
    }),
    { numRuns: 100 },
  );
});

test("unpackBatch() refuses any other bytes with LayoutError and nothing else", () => {
  fc.assert(
    fc.property(plain, fc.nat(), fc.nat({ max: 255 }), (batch, at, byte) => {
      const bytes = packBatch(batch);
      bytes[at % bytes.length] = byte;
      try {
        rowsOf(unpackBatch(bytes));
      } catch (error) {
        if (!(error instanceof LayoutError)) assert.equal((error as Error).name, "MsgpackError");
      }
    }),
    { numRuns: 300 },
  );
});

test("unpackBatch() refuses a token column: only the core makes tokens", () => {
  const indexes = Uint32Array.of(0);
  const none = { bytes: new Uint8Array(0), ends: new Uint32Array(0) };
  const token = {
    form: "token",
    name: "U",
    kind: "user",
    epoch: 1,
    indexes,
    tokens: new Uint8Array(0),
    plain: none,
  } as const;
  assert.throws(
    () => unpackBatch(packBatch({ table: "T", rows: 1, columns: [token] })),
    LayoutError,
  );
});

test("unpackBatch() refuses an index without entry and a column of other length", () => {
  const entries = { bytes: new Uint8Array(1), ends: Uint32Array.of(1) };
  const dict = (indexes: Uint32Array) => ({ form: "dict", name: "D", entries, indexes }) as const;
  const batch = (indexes: Uint32Array) =>
    packBatch({ table: "T", rows: 2, columns: [dict(indexes)] });
  assert.throws(() => unpackBatch(batch(Uint32Array.of(0, 2))), /index without entry/);
  assert.throws(() => unpackBatch(batch(Uint32Array.of(0))), /has not 2 rows/);
  assert.equal(unpackBatch(batch(Uint32Array.of(0, 1))).rows, 2);
});
