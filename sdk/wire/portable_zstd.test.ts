import assert from "node:assert/strict";
import test from "node:test";
import { constants, zstdCompressSync } from "node:zlib";
import fc from "fast-check";
import { BodyError } from "./bytes.ts";
import { compress, decompress } from "./compress.ts";
import { openPortableZstd } from "./portable_zstd.ts";

const portable = await openPortableZstd();
const raw = fc.oneof(
  fc.uint8Array({ minLength: 1, maxLength: 400 }),
  fc.tuple(fc.string({ minLength: 1, maxLength: 30 }), fc.integer({ min: 1, max: 9_000 }))
    .map(([text, times]) => new TextEncoder().encode(text.repeat(times))),
);
const level = fc.integer({ min: 1, max: 12 });

/** With and without the size in the header, and with a checksum: both runtimes write other headers. */
function forms(bytes: Uint8Array, at: number): readonly Uint8Array[] {
  return [[1, 0], [0, 0], [1, 1], [0, 1]].map(([size, checksum]) =>
    zstdCompressSync(bytes, {
      params: {
        [constants.ZSTD_c_compressionLevel]: at,
        [constants.ZSTD_c_contentSizeFlag]: size!,
        [constants.ZSTD_c_checksumFlag]: checksum!,
      },
    })
  );
}

test("the portable decoder gives the bytes that decompress() gives", () => {
  fc.assert(
    fc.property(raw, level, (bytes, at) => {
      for (const packed of [compress(bytes, at), ...forms(bytes, at)]) {
        assert.deepEqual(new Uint8Array(decompress(packed, bytes.length)), bytes);
        assert.deepEqual(new Uint8Array(portable(packed, bytes.length)), bytes);
      }
    }),
    { numRuns: 40 },
  );
});

test("the portable decoder refuses another length than the declared one", () => {
  fc.assert(
    fc.property(raw, level, fc.integer({ min: -3, max: 3 }), (bytes, at, more) => {
      for (const packed of forms(bytes, at)) {
        if (more === 0 || bytes.length + more < 1) continue;
        assert.throws(() => portable(packed, bytes.length + more), BodyError);
        assert.throws(() => decompress(packed, bytes.length + more), BodyError);
      }
    }),
    { numRuns: 40 },
  );
});

test("the portable decoder refuses what is cut, and any bytes that are no zstd", () => {
  fc.assert(
    fc.property(raw, fc.nat(), (bytes, n) => {
      const packed = compress(bytes, 3);
      assert.throws(() => portable(packed.subarray(0, n % packed.length), bytes.length), BodyError);
      assert.throws(() => portable(bytes, 100), BodyError);
    }),
    { numRuns: 40 },
  );
});

test("the portable decoder makes no room for more than is declared", () => {
  const bomb = compress(new Uint8Array(64 * 1024 * 1024), 19);
  assert.throws(() => portable(bomb, 1_000), BodyError);
  const claims = new Uint8Array(Buffer.from("28b52ffde0" + "7f".repeat(8) + "010000", "hex"));
  assert.throws(() => portable(claims, 1_000), BodyError);
});
