import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { copyWords, equalWords, hashLong, SLACK_BYTES, viewOf } from "./words.ts";

const ranges = fc.uint8Array({ minLength: 4, maxLength: 100 });

/** The bytes with others around them. */
function padded(bytes: Uint8Array, before: number, fill: number): DataView {
  const whole = new Uint8Array(before + bytes.length + SLACK_BYTES).fill(fill);
  whole.set(bytes, before);
  return new DataView(whole.buffer);
}

test("equalWords() and hashLong() look at every byte of a range and at no other", () => {
  fc.assert(
    fc.property(ranges, fc.nat(), (bytes, n) => {
      const { length } = bytes;
      const a = padded(bytes, 5, 1);
      assert.ok(equalWords(a, 5, padded(bytes, 2, 255), 2, length));
      const other = bytes.slice();
      other[n % length]! ^= 1 + (n % 255);
      const b = padded(other, 2, 1);
      assert.ok(!equalWords(a, 5, b, 2, length));
      if (length < 16) return;
      assert.equal(hashLong(a, 5, length), hashLong(padded(bytes, 2, 255), 2, length));
      assert.notEqual(hashLong(a, 5, length), hashLong(b, 2, length));
    }),
    { numRuns: 500 },
  );
});

test("copyWords() copies a range, and no more than the slack behind it", () => {
  fc.assert(
    fc.property(ranges, (bytes) => {
      const to = padded(new Uint8Array(bytes.length), 3, 7);
      copyWords(padded(bytes, 1, 0), 1, to, 3, bytes.length);
      const whole = new Uint8Array(to.buffer);
      assert.deepEqual(whole.subarray(3, 3 + bytes.length), bytes);
      assert.deepEqual([...whole.subarray(0, 3)], [7, 7, 7]);
    }),
    { numRuns: 200 },
  );
});

test("viewOf() sees what an array holds now, not what it held when it was first seen", () => {
  const source = new Uint8Array(4096);
  for (const byte of [1, 2]) {
    source.fill(byte);
    assert.equal(viewOf(source, 100, 120).getUint8(100), byte);
  }
});
