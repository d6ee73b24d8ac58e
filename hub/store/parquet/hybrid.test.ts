import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { ByteReader, ByteWriter } from "../../../sdk/wire/bytes.ts";
import { readDeltas32, readDeltas64, readHybrid } from "../../../sdk/parquet/hybrid_reader.ts";
import { writeDeltas32, writeDeltas64, writeHybrid } from "./hybrid_writer.ts";

test("readHybrid() gives what writeHybrid() wrote, runs and all", () => {
  const run = fc.tuple(fc.nat(), fc.integer({ min: 1, max: 60 }));
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 32 }),
      fc.array(run, { maxLength: 30 }),
      (width, runs) => {
        const values = Uint32Array.from(
          runs.flatMap(([value, length]) =>
            Array.from({ length }, () => (width === 32 ? value : value % 2 ** width))
          ),
        );
        const out = new ByteWriter();
        writeHybrid(out, values, width);
        const reader = new ByteReader(out.view());
        assert.deepEqual(readHybrid(reader, width, values.length), values);
        assert.equal(reader.left, 0);
      },
    ),
  );
});

test("differences of 32 and of 64 bits come back, or are refused before a byte is written", () => {
  const near = fc.bigInt({ min: -(2n ** 50n), max: 2n ** 50n });
  const wide = fc.oneof(near, near, near, fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }));
  const step = fc.constantFrom(1, 8);
  fc.assert(fc.property(fc.array(wide, { maxLength: 300 }), step, (values, bits) => {
    const words = new Int32Array(BigInt64Array.from(values).buffer);
    const out = new ByteWriter();
    if (writeDeltas64(out, words, bits)) {
      assert.deepEqual(readDeltas64(new ByteReader(out.view())), words);
    } else {
      assert.equal(out.used, 0);
      const apart = values.slice(1).map((value, i) => value - values[i]!);
      assert.ok(apart.some((delta) => delta > 2n ** 50n || delta < -(2n ** 50n)));
    }
  }));
  fc.assert(fc.property(fc.array(fc.integer(), { maxLength: 300 }), step, (list, bits) => {
    const values = Int32Array.from(list);
    const out = new ByteWriter();
    writeDeltas32(out, values, bits);
    assert.deepEqual(readDeltas32(new ByteReader(out.view())), values);
  }));
});
