import assert from "node:assert/strict";
import test from "node:test";
import { constants, zstdCompressSync } from "node:zlib";
import fc from "fast-check";
import { ZstdCodec } from "zstd-codec";
import { BodyError } from "../bytes.ts";
import { compress, decompress } from "../compress.ts";
import { decodeZstd } from "./decode.ts";
import { readHuffman } from "./huffman.ts";

/** Another reading of the format, by zstd's own code. */
const codec = await new Promise<{ decompress(bytes: Uint8Array): Uint8Array | null }>((resolve) => {
  ZstdCodec.run(({ Simple }) => resolve(new Simple()));
});
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

test("decodeZstd() gives the bytes that decompress() gives", () => {
  fc.assert(
    fc.property(raw, level, (bytes, at) => {
      for (const packed of [compress(bytes, at), ...forms(bytes, at)]) {
        assert.deepEqual(new Uint8Array(decompress(packed, bytes.length)), bytes);
        assert.deepEqual(new Uint8Array(decodeZstd(packed, bytes.length)), bytes);
      }
    }),
    { numRuns: 40 },
  );
});

test("decodeZstd() refuses another length than the declared one", () => {
  fc.assert(
    fc.property(raw, level, fc.integer({ min: -3, max: 3 }), (bytes, at, more) => {
      for (const packed of forms(bytes, at)) {
        if (more === 0 || bytes.length + more < 1) continue;
        assert.throws(() => decodeZstd(packed, bytes.length + more), BodyError);
        assert.throws(() => decompress(packed, bytes.length + more), BodyError);
      }
    }),
    { numRuns: 40 },
  );
});

test("decodeZstd() refuses what is cut, and any bytes that are no zstd", () => {
  fc.assert(
    fc.property(raw, fc.nat(), (bytes, n) => {
      const packed = compress(bytes, 3);
      assert.throws(
        () => decodeZstd(packed.subarray(0, n % packed.length), bytes.length),
        BodyError,
      );
      assert.throws(() => decodeZstd(bytes, 100), BodyError);
    }),
    { numRuns: 40 },
  );
});

test("decodeZstd() makes no room for more than is declared", () => {
  const bomb = compress(new Uint8Array(64 * 1024 * 1024), 19);
  assert.throws(() => decodeZstd(bomb, 1_000), BodyError);
  const claims = new Uint8Array(Buffer.from("28b52ffde0" + "7f".repeat(8) + "010000", "hex"));
  assert.throws(() => decodeZstd(claims, 1_000), BodyError);
});

/** Bytes of which zstd makes every kind of block: copies near and far, few and many symbols, runs. */
const kinds: readonly (readonly [string, fc.Arbitrary<Uint8Array>])[] = [
  ["noise", fc.uint8Array({ minLength: 1, maxLength: 4_000, size: "max" })],
  [
    "symbols that are not equally frequent",
    fc.tuple(fc.nat(), fc.integer({ min: 1, max: 200_000 })).map(([seed, length]) => {
      const next = randomOf(seed);
      return Uint8Array.from({ length }, () => 97 + Math.floor(next() ** 3 * 40));
    }),
  ],
  [
    "copies of what was long before",
    fc.tuple(fc.nat(), fc.integer({ min: 1, max: 3_000 })).map(([seed, period]) => {
      const next = randomOf(seed);
      const bytes = new Uint8Array(150_000);
      for (let i = 0; i < bytes.length; i++) {
        bytes[i] = i >= period && next() < 0.98 ? bytes[i - period]! : next() * 256;
      }
      return bytes;
    }),
  ],
  [
    "lines of a log",
    fc.tuple(fc.nat(), fc.integer({ min: 1, max: 4_000 })).map(([seed, lines]) => {
      const next = randomOf(seed);
      const n = (most: number) => Math.floor(next() * most);
      return new TextEncoder().encode(
        Array.from({ length: lines }, () => `Failed for u${n(900)} from 10.0.${n(256)}.${n(256)}\n`)
          .join(""),
      );
    }),
  ],
];

/** Numbers in [0, 1) that are the same for the same seed (Park and Miller's generator). */
function randomOf(seed: number): () => number {
  let state = seed % 2_147_483_646 + 1;
  return () => (state = state * 48_271 % 2_147_483_647) / 2_147_483_647;
}

for (const [what, bytes] of kinds) {
  test(`decodeZstd() and zstd's own decoder give the same of ${what}`, () => {
    fc.assert(
      fc.property(bytes, fc.constantFrom(-5, 1, 3, 6, 9, 19), (given, at) => {
        const packed = compress(given, given.length > 50_000 ? Math.min(at, 9) : at);
        const plain = decodeZstd(packed, given.length);
        assert.equal(Buffer.compare(plain, given), 0);
        // It wants the length in the header, which not every runtime writes.
        if ((packed[4]! & 0xe0) === 0) return;
        assert.equal(Buffer.compare(codec.decompress(packed)!, given), 0);
      }),
      { numRuns: 12 },
    );
  });
}

test("decodeZstd() gives of damaged bytes what decompress() gives, or refuses them", () => {
  const lines = new TextEncoder().encode(
    "Failed password for u1 from 10.0.0.1 port 22\n".repeat(90),
  );
  fc.assert(
    fc.property(fc.nat(), fc.nat(), fc.nat({ max: 255 }), (seed, at, byte) => {
      const next = randomOf(seed);
      const given = lines.map((own) => next() < 0.1 ? next() * 256 : own);
      const packed = new Uint8Array(compress(given, 3));
      packed[at % packed.length] = byte;
      const ours = attempt(() => decodeZstd(packed, given.length));
      const theirs = attempt(() => decompress(packed, given.length));
      // Deno's refuses some of what Bun's and ours accept.
      if (theirs === undefined && "Deno" in globalThis) return;
      if (ours !== undefined) assert.deepEqual(new Uint8Array(theirs!), ours);
    }),
    // The example codes 256 weights of Huffman's codes, one too many.
    { numRuns: 300, examples: [[917_129_743, 18, 109]] },
  );
});

test("decodeZstd() refuses a code of which none is the longest", () => {
  // Weights 2 and 2, of which a third one, 3, follows.
  assert.throws(() => readHuffman(Uint8Array.of(127 + 2, 0x22)), BodyError);
  const { table } = readHuffman(Uint8Array.of(127 + 2, 0x12));
  assert.equal(table.log, 2);
});

test("decodeZstd() refuses a checksum that is not that of the bytes", () => {
  const bytes = new TextEncoder().encode("a checksum of four bytes ends what this is packed to");
  const packed = new Uint8Array(
    zstdCompressSync(bytes, { params: { [constants.ZSTD_c_checksumFlag]: 1 } }),
  );
  packed[packed.length - 1]! ^= 1;
  assert.throws(() => decodeZstd(packed, bytes.length), BodyError);
});

test("decodeZstd() reads zstd frames end to end, of which copies do not reach over the start", () => {
  const text = new TextEncoder().encode("one line of a log, and one line of a log\n".repeat(9));
  const [one] = forms(text, 3);
  const empty = Uint8Array.from(Buffer.from("28b52ffd2000010000", "hex"));
  const parts = [empty, one!, empty, one!, empty];
  const joined = new Uint8Array(Buffer.concat(parts));
  const twice = new Uint8Array(Buffer.concat([text, text]));
  assert.deepEqual(decodeZstd(joined, twice.length), twice);
  assert.throws(() => decodeZstd(joined, text.length), BodyError);
  assert.throws(() => decodeZstd(joined.subarray(0, -1), twice.length), BodyError);
  // No literals, and one match of 3 bytes at offset 4: of what the zstd frame before has given.
  const reaching = Buffer.from("28b52ffd2003" + "3d0000" + "00" + "01" + "54000000" + "01", "hex");
  const after = new Uint8Array(Buffer.concat([one!, reaching]));
  assert.throws(() => decodeZstd(after, text.length + 3), BodyError);
});

test("decodeZstd() refuses a window that is larger than any of ours", () => {
  const framed = (log: number) =>
    Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd, 0, (log - 10) << 3, 25, 0, 0, 97, 98, 99);
  assert.equal(Buffer.from(decodeZstd(framed(23), 3)).toString(), "abc");
  assert.throws(() => decodeZstd(framed(24), 3), BodyError);
});

test("decodeZstd() refuses a block with a byte that is not read, wherever it stands", () => {
  const lines = "Failed password for u1 from 10.0.0.1 port 22; session 7 opened by u2 at 4711\n";
  const given = new TextEncoder().encode(lines + lines.slice(9) + lines.slice(3, 40));
  const packed = new Uint8Array(compress(given, 3));
  const isSingle = (packed[4]! & 0x20) !== 0;
  const start = 5 + (isSingle ? 0 : 1) + [isSingle ? 1 : 0, 2, 4, 8][packed[4]! >> 6]!;
  for (let at = start + 3; at <= packed.length; at++) {
    const longer = Uint8Array.from([...packed.subarray(0, at), 0, ...packed.subarray(at)]);
    new DataView(longer.buffer).setUint16(
      start,
      (packed[start]! | packed[start + 1]! << 8) + 8,
      true,
    );
    const ours = attempt(() => decodeZstd(longer, given.length));
    assert.equal(ours, undefined, `a byte at ${at}`);
  }
});

function attempt(work: () => Uint8Array): Uint8Array | undefined {
  try {
    return work();
  } catch (error) {
    assert.ok(error instanceof BodyError);
    return undefined;
  }
}
