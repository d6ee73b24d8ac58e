import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { crc32c } from "./crc32c.ts";

const VECTORS: readonly (readonly [string, Uint8Array, number])[] = [
  ["32 zeros", new Uint8Array(32), 0x8a9136aa],
  ["32 ones", new Uint8Array(32).fill(0xff), 0x62a8ab43],
  ["32 rising", Uint8Array.from({ length: 32 }, (_, i) => i), 0x46dd794e],
  ["32 falling", Uint8Array.from({ length: 32 }, (_, i) => 31 - i), 0x113fdb5c],
  ["the check string", new TextEncoder().encode("123456789"), 0xe3069283],
  ["nothing", new Uint8Array(0), 0],
];

for (const [name, bytes, crc] of VECTORS) {
  test(`crc32c() of ${name} is that of RFC 3720`, () => assert.equal(crc32c(bytes), crc));
}

test("crc32c() equals its bit by bit definition, whole or in two parts", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 100 }), fc.nat(100), (bytes, at) => {
      let crc = 0xffffffff;
      for (const byte of bytes) {
        crc ^= byte;
        for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0x82f63b78 : 0);
      }
      const expected = ~crc >>> 0;
      assert.equal(crc32c(bytes), expected);
      assert.equal(crc32c(bytes.subarray(at), crc32c(bytes.subarray(0, at))), expected);
    }),
    { numRuns: 100 },
  );
});
