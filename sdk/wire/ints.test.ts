import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { BodyError, ByteReader, ByteWriter } from "./bytes.ts";
import { readIndexes, writeIndexes, writeInts } from "./ints.ts";

/** The bytes that `write` writes. */
function written(write: (out: ByteWriter) => void): Uint8Array {
  const out = new ByteWriter();
  write(out);
  return out.view().slice();
}

/** Of `entries`, each for the first time after all before it, and again now and then. */
function inOrder(rows: number, entries: number): Uint32Array {
  let most = 0;
  return Uint32Array.from({ length: rows }, (_, i) => {
    const isNew = most < entries && i % 3 !== 2;
    return isNew ? ++most : (i * 7) % (most + 1);
  });
}

test("readIndexes() gives back what writeIndexes() was given, in whatever order", () => {
  const any = fc.array(fc.nat({ max: 1_000 }), { maxLength: 900 });
  const ordered = fc.tuple(fc.nat({ max: 900 }), fc.nat({ max: 900 }))
    .map(([rows, entries]) => [...inOrder(rows, entries)]);
  fc.assert(
    fc.property(fc.oneof(any, ordered), (values) => {
      const indexes = Uint32Array.from(values);
      const bytes = written((out) => writeIndexes(out, indexes));
      const input = new ByteReader(bytes);
      assert.deepEqual(readIndexes(input, indexes.length, 1_000), indexes);
      input.end();
    }),
    { numRuns: 200 },
  );
});

test("readIndexes() gives back indexes of whatever size, and refuses those over the most", () => {
  const scales = fc.constantFrom(0, 0xff, 0xffff, 0xff_ffff, 0xffff_ffff);
  const values = fc.tuple(scales, fc.nat({ max: 2 ** 31 - 1 })).chain(([scale, least]) =>
    fc.array(fc.nat({ max: Math.min(scale, 2 ** 31 - 1) }).map((n) => n + least), {
      minLength: 1,
      maxLength: 40,
    })
  );
  fc.assert(
    fc.property(values, (values) => {
      const indexes = Uint32Array.from(values);
      const bytes = written((out) => writeIndexes(out, indexes));
      const most = Math.max(...values);
      assert.deepEqual(readIndexes(new ByteReader(bytes), values.length, most), indexes);
      assert.throws(() => readIndexes(new ByteReader(bytes), values.length, most - 1), BodyError);
    }),
    { numRuns: 300 },
  );
});

test("readIndexes() refuses numbers that are no indexes", () => {
  for (const values of [[-1, 3], [2 ** 32, 2 ** 32], [-70_000, 5]]) {
    const bytes = written((out) => writeInts(out, Float64Array.from(values)));
    assert.throws(() => readIndexes(new ByteReader(bytes), 2, 2 ** 33), BodyError);
  }
});

test("indexes of many entries are stored with 0 for each next one", () => {
  const bytes = written((out) => writeIndexes(out, inOrder(2_000, 600)));
  assert.equal(bytes[0], 17);
});

test("readIndexes() refuses an index that has no entry", () => {
  const indexes = inOrder(900, 300);
  const bytes = written((out) => writeIndexes(out, indexes));
  assert.equal(bytes[0], 17);
  assert.throws(() => readIndexes(new ByteReader(bytes), 900, 299), BodyError);
  const beyond = written((out) => {
    out.byte(17);
    out.byte(1);
    out.zigzag(0);
    out.raw(Uint8Array.of(0, 0, 5));
  });
  assert.throws(() => readIndexes(new ByteReader(beyond), 3, 1_000), BodyError);
});
