import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import type { ColumnBatch } from "../columns/column.ts";
import { rowBytesOf } from "../columns/row_bytes.ts";
import { sha256 } from "../runtime/hash.ts";
import { columnBatches as batches, stringsOf } from "../testkit/arbitraries.ts";
import { batchOf } from "../testkit/bundle_room.ts";
import { BodyEncoder, decodeRawBody } from "../wire/body.ts";
import { nativeProvider } from "./native_provider.ts";
import { portableProvider } from "./portable_provider.ts";
import { readRow } from "./read_row.ts";
import { rowTreeOf, SALT_BYTES } from "./row_tree.ts";
import { holdsLeaf } from "./verify_leaf.ts";
import { areRowsOf } from "./verify_rows.ts";

const seed = new Uint8Array(32).fill(7);

/** The frame's tree holds the row that the proof shows. */
function holds(proof: ReturnType<ReturnType<typeof rowTreeOf>["prove"]>, index: number, tree: {
  readonly size: number;
  readonly root: Uint8Array;
}): boolean {
  const entry = new Uint8Array(Buffer.concat([proof.salt, proof.bytes]));
  return holdsLeaf({ index, proof: proof.hashes, entry }, tree, nativeProvider.sha256);
}

test("the tree over the rows of any batch is the one that the verifier makes of the body", () => {
  fc.assert(
    fc.property(batches, (batch) => {
      const raw = new BodyEncoder().encode({ batch, cursor: undefined, seed });
      const read = decodeRawBody(raw, batch.rows);
      assert.deepEqual(new Uint8Array(read.seed!), seed);
      if (batch.rows === 0) return;
      const { root } = rowTreeOf(batch, seed);
      const rows = { batch: read.batch, seed: read.seed! };
      assert.ok(areRowsOf(root, rows, nativeProvider.sha256));
      assert.ok(areRowsOf(root, rows, portableProvider.sha256));
    }),
    { numRuns: 60 },
  );
});

test("each row is proved in its place, and in no other", () => {
  for (const rows of [1, 2, 3, 5, 8, 13]) {
    const tree = rowTreeOf(batchOf(rows), seed);
    const head = { size: rows, root: tree.root };
    for (let row = 0; row < rows; row++) {
      const proof = tree.prove(row);
      assert.equal(proof.salt.length, SALT_BYTES);
      for (let index = 0; index < rows; index++) {
        assert.equal(holds(proof, index, head), index === row);
      }
    }
  }
});

test("each flipped bit of a row's proof is found", () => {
  const tree = rowTreeOf(batchOf(5), seed);
  const head = { size: 5, root: tree.root };
  const proof = tree.prove(3);
  const parts = [proof.salt, proof.bytes, ...proof.hashes];
  for (const [which, part] of parts.entries()) {
    for (let bit = 0; bit < 8 * part.length; bit++) {
      const [salt, bytes, ...hashes] = parts.map((own, i) => {
        const copy = new Uint8Array(own);
        if (i === which) copy[bit >> 3]! ^= 1 << (bit & 7);
        return copy;
      });
      assert.ok(!holds({ salt: salt!, bytes: bytes!, hashes }, 3, head), `part ${which}, ${bit}`);
    }
  }
});

test("rows that are the same have other leaves, which another seed changes", () => {
  const same: ColumnBatch = batchOf(2);
  const text = same.columns[0]!;
  assert.ok(text.form === "text");
  const one = text.rows.bytes.subarray(0, text.rows.ends[0]);
  const bytes = new Uint8Array(Buffer.concat([one, one]));
  const twice: ColumnBatch = {
    ...same,
    columns: [{ ...text, rows: { bytes, ends: Uint32Array.of(one.length, 2 * one.length) } }],
  };
  const { prove, root } = rowTreeOf(twice, seed);
  const [first, second] = [prove(0), prove(1)];
  assert.deepEqual(first.bytes, second.bytes);
  assert.notDeepEqual(first.salt, second.salt);
  // The other's hash cannot be made of the row alone.
  assert.notDeepEqual(first.hashes[0], sha256("\0", first.salt, first.bytes));
  assert.notDeepEqual(rowTreeOf(twice, new Uint8Array(32).fill(8)).root, root);
});

test("rows longer than the room that they are given at first are proved all the same", () => {
  const rows = ["a".repeat(9_000), "b", "c".repeat(100_000)];
  const text = { form: "text", name: "T", type: "string", absent: undefined } as const;
  const batch: ColumnBatch = {
    table: "Long",
    rows: 3,
    columns: [{ ...text, rows: stringsOf(rows) }],
  };
  const tree = rowTreeOf(batch, seed);
  assert.ok(areRowsOf(tree.root, { batch, seed }, nativeProvider.sha256));
  for (const [row, value] of rows.entries()) {
    const proof = tree.prove(row);
    assert.ok(holds(proof, row, { size: 3, root: tree.root }));
    assert.deepEqual(readRow(proof.bytes), { table: "Long", fields: [{ name: "T", value }] });
  }
});

test("prove() refuses a row that is not there", () => {
  const tree = rowTreeOf(batchOf(3), seed);
  for (const row of [-1, 3, 0.5, Number.NaN]) {
    assert.throws(() => tree.prove(row), /there are 3/);
  }
});

test("a time is its ticks, whatever its size", () => {
  const time = fc.oneof(
    fc.maxSafeInteger(),
    fc.integer({ min: -8_640_000_000_000_000, max: 8_640_000_000_000_000 }),
    fc.integer({ min: 0, max: 4_102_444_800_000 }),
    fc.integer({ min: -3, max: 3 }),
  );
  fc.assert(
    fc.property(time, fc.nat(9_999), (ms, ticks) => {
      const at = { form: "time", name: "A", ms: Float64Array.of(ms), ticks: Uint16Array.of(ticks) };
      const batch = { table: "T", rows: 1, columns: [at as ColumnBatch["columns"][number]] };
      const bytes = Buffer.from(rowBytesOf(batch)(0));
      const expected = BigInt.asIntN(64, BigInt(ms) * 10_000n + BigInt(ticks));
      assert.equal(bytes.readBigInt64BE(bytes.length - 8), expected);
    }),
    { numRuns: 500 },
  );
});

test("a time that no agent of ours makes is absent, and stops nobody", () => {
  for (const ms of [Number.NaN, Infinity, 0.5]) {
    const time = { form: "time", name: "At", ms: Float64Array.of(ms), ticks: undefined } as const;
    const bytes = rowBytesOf({ table: "T", rows: 1, columns: [time] })(0);
    assert.equal(Buffer.from(bytes).toString("hex"), "01000154");
  }
});

test("a row has the bytes that its specification says", () => {
  const batch: ColumnBatch = {
    table: "T",
    rows: 1,
    columns: [
      { form: "number", name: "N", type: "int", values: Float64Array.of(-2) },
      { form: "time", name: "At", ms: Float64Array.of(1), ticks: Uint16Array.of(3) },
      { form: "bool", name: "B", values: Uint8Array.of(2) },
    ],
  };
  assert.equal(
    Buffer.from(rowBytesOf(batch)(0)).toString("hex"),
    "01" + "000154" + "00014e" + "03" + "00000008" + "fffffffffffffffe" +
      "00024174" + "06" + "00000008" + "0000000000002713",
  );
});
