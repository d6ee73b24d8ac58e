import assert from "node:assert/strict";
import test from "node:test";
import { BodyError } from "./bytes.ts";
import { compress, decompress } from "./compress.ts";

/** RFC 8878 §3.1.1: a frame with a window of 2^`log` bytes and one raw block. */
function frameWithWindow(log: number): Uint8Array {
  return Uint8Array.from([0x28, 0xb5, 0x2f, 0xfd, 0, (log - 10) << 3, 1 | (2 << 3), 0, 0, 65, 66]);
}

test("decompress() refuses a frame that asks for a window of more than 8 MiB", () => {
  assert.equal(Buffer.from(decompress(frameWithWindow(23), 2)).toString(), "AB");
  for (const log of [24, 27, 30, 41]) {
    assert.throws(() => decompress(frameWithWindow(log), 2), BodyError);
  }
});

test("decompress() gives back what compress() was given at its highest level", () => {
  const raw = new Uint8Array(16 * 1024 * 1024).map((_, i) => (i * 31) >> 7);
  assert.ok(Buffer.from(decompress(compress(raw, 19), raw.length)).equals(raw));
});

test("decompress() refuses zstd that is cut, or that gives another length than declared", () => {
  const packed = compress(new Uint8Array(5000), 3);
  for (const bytes of [packed.subarray(0, -1), packed.subarray(0, 4)]) {
    assert.throws(() => decompress(bytes, 5000), BodyError);
  }
  assert.throws(() => decompress(packed, 4999), BodyError);
  assert.throws(() => decompress(packed, 5001), BodyError);
});
