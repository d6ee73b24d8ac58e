import assert from "node:assert/strict";
import { mkdtempSync, openSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "node:test";
import { constants, crc32, createGzip, gzipSync, zstdCompressSync } from "node:zlib";
import fc from "fast-check";
import { Gunzip } from "./gunzip.ts";
import { PackedBytes, type UnpackError } from "./packed_bytes.ts";
import { PackedFile } from "./packed_file.ts";
import { Unzstd } from "./unzstd.ts";

const FORMATS = { gzip: Gunzip, zstd: Unzstd } as const;
type Format = keyof typeof FORMATS;

/** What comes out of `packed`, read in pieces of at most `step` bytes, and what was wrong. */
function unpack(format: Format, packed: Uint8Array, step = 1 << 20) {
  const source = new PackedBytes((into, at) => {
    const some = packed.subarray(at, at + Math.min(step, into.length));
    into.set(some);
    return some.length;
  });
  const unpacker = new FORMATS[format](source);
  const pieces: Uint8Array[] = [];
  try {
    for (let piece = unpacker.next(); piece !== undefined; piece = unpacker.next()) {
      assert.ok(piece.length > 0 && piece.length <= 256 * 1024, `${piece.length}`);
      pieces.push(new Uint8Array(piece));
    }
    return { bytes: Buffer.concat(pieces), code: undefined };
  } catch (error) {
    return { bytes: Buffer.concat(pieces), code: (error as UnpackError).code }; // -- the one class
  }
}

/** Runs, copies near and far, and noise. */
const content = fc.array(
  fc.oneof(
    fc.tuple(fc.string({ minLength: 1, maxLength: 30 }), fc.integer({ min: 1, max: 9_000 }))
      .map(([text, times]) => new TextEncoder().encode(text.repeat(times))),
    fc.uint8Array({ maxLength: 3_000 }),
    fc.tuple(fc.nat(), fc.integer({ min: 1, max: 60_000 })).map(([seed, length]) =>
      Uint8Array.from({ length }, (_, n) => 97 + (((n * n + seed) >> 5) % 23))
    ),
  ),
  { maxLength: 4 },
).map((parts) => new Uint8Array(Buffer.concat(parts)));

const { Z_FIXED, Z_HUFFMAN_ONLY, Z_RLE, Z_FILTERED, Z_DEFAULT_STRATEGY } = constants;

function forms(format: Format, bytes: Uint8Array, level: number): readonly Uint8Array[] {
  if (format === "gzip") {
    return [Z_DEFAULT_STRATEGY, Z_FIXED, Z_HUFFMAN_ONLY, Z_RLE, Z_FILTERED].map((strategy) =>
      gzipSync(bytes, { level: level % 10, strategy })
    );
  }
  return [0, 1].map((checksum) =>
    zstdCompressSync(bytes, {
      params: {
        [constants.ZSTD_c_compressionLevel]: 1 + level,
        [constants.ZSTD_c_checksumFlag]: checksum,
      },
    })
  );
}

for (const format of ["gzip", "zstd"] as const) {
  test(`${format}: what was compressed comes out, however it is read`, () => {
    fc.assert(
      fc.property(content, fc.nat({ max: 11 }), fc.integer({ min: 1, max: 70_000 }), (...given) => {
        const [bytes, level, step] = given;
        for (const packed of forms(format, bytes, level)) {
          assert.deepEqual(unpack(format, packed, step), {
            bytes: Buffer.from(bytes),
            code: undefined,
          });
        }
      }),
      { numRuns: 40 },
    );
  });

  test(`${format}: parts one behind the other are one content`, () => {
    fc.assert(
      fc.property(fc.array(content, { minLength: 1, maxLength: 3 }), fc.nat(), (parts, n) => {
        const packed = parts.flatMap((part) => forms(format, part, n % 9).slice(0, 1));
        const { bytes, code } = unpack(format, Buffer.concat(packed), 1 + (n % 999));
        assert.deepEqual([bytes, code], [Buffer.concat(parts), undefined]);
      }),
      { numRuns: 30 },
    );
  });

  test(`${format}: of what is cut off all comes out that is known, and that it is cut off`, () => {
    fc.assert(
      fc.property(content, fc.nat(), (bytes, n) => {
        for (const packed of forms(format, bytes, n % 9)) {
          const { bytes: got, code } = unpack(format, packed.subarray(0, n % packed.length));
          assert.deepEqual(got, Buffer.from(bytes.subarray(0, got.length)));
          // One runtime ends its zstd with a frame that holds nothing.
          if (code === undefined) assert.equal(got.length, bytes.length);
          else assert.equal(code, "truncated");
        }
      }),
      { numRuns: 40 },
    );
  });

  test(`${format}: any bytes end with content or an UnpackError`, () => {
    const damaged = fc.tuple(content, fc.nat(), fc.nat({ max: 255 })).map(([bytes, at, byte]) => {
      const packed = new Uint8Array(forms(format, bytes, at % 9).at(-1)!);
      packed[at % packed.length]! ^= byte;
      return { packed, bytes, isSame: byte === 0 };
    });
    const noise = fc.uint8Array({ maxLength: 200 }).map((rest) => {
      const head = format === "gzip"
        ? [31, 139, 8, 0, 0, 0, 0, 0, 0, 3]
        : [40, 181, 47, 253, 0, 72];
      return { packed: Uint8Array.from([...head, ...rest]), bytes: undefined, isSame: false };
    });
    fc.assert(
      fc.property(fc.oneof(damaged, noise), ({ packed, bytes, isSame }) => {
        const { bytes: got, code } = unpack(format, packed);
        assert.ok(code === undefined || ["truncated", "corrupt", "window"].includes(code));
        // Both forms have a checksum: what is said to be whole is what went in.
        if (bytes !== undefined && code === undefined) assert.deepEqual(got, Buffer.from(bytes));
        if (isSame) assert.equal(code, undefined);
      }),
      { numRuns: 400 },
    );
  });
}

test("gzip: a member's head may have an extra field, a name, a comment and a checksum", () => {
  const body = gzipSync("text").subarray(10);
  const head = [31, 139, 8, 2 | 4 | 8 | 16, 0, 0, 0, 0, 0, 3];
  const more = [3, 0, 7, 7, 7, ...Buffer.from("app.log\0a comment\0"), 1, 2];
  const { bytes, code } = unpack("gzip", Buffer.from([...head, ...more, ...body]), 1);
  assert.deepEqual([bytes.toString(), code], ["text", undefined]);
});

test("gzip: zeros behind the last member are none, other bytes are damage", () => {
  const packed = gzipSync("text");
  const padded = unpack("gzip", Buffer.concat([packed, Buffer.alloc(512)]));
  assert.deepEqual([padded.bytes.toString(), padded.code], ["text", undefined]);
  const other = unpack("gzip", Buffer.concat([packed, Buffer.from("rest")]));
  assert.deepEqual([other.bytes.toString(), other.code], ["text", "corrupt"]);
});

test("gzip: a checksum and a length that are not those of the content are damage", () => {
  for (const at of [-8, -4]) {
    const packed = new Uint8Array(gzipSync("text"));
    packed[packed.length + at]! ^= 1;
    const { bytes, code } = unpack("gzip", packed);
    assert.deepEqual([bytes.toString(), code], ["text", "corrupt"]);
  }
});

test("gzip: a copy of what stands before the beginning is damage, whatever the checksum says", () => {
  // The last block, by the fixed code; a copy of 3 bytes at distance 1; the end.
  const bits = "1" + "10" + "0000001" + "00000" + "0000000";
  const block = Array.from(
    { length: 3 },
    (_, n) => Number.parseInt(bits.slice(8 * n, 8 * n + 8).split("").toReversed().join(""), 2),
  );
  const tail = Buffer.alloc(8);
  tail.writeUInt32LE(crc32(new Uint8Array(3)));
  tail.writeUInt32LE(3, 4);
  const { bytes, code } = unpack(
    "gzip",
    Buffer.from([31, 139, 8, 0, 0, 0, 0, 0, 0, 3, ...block, ...tail]),
  );
  assert.deepEqual([bytes.length, code], [0, "corrupt"]);
});

test("zstd: a frame that asks for more than 8 MiB of window is refused, one that says nothing skipped", () => {
  const framed = (log: number): Uint8Array =>
    Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd, 0, (log - 10) << 3, 25, 0, 0, 97, 98, 99);
  const skipped = Uint8Array.of(0x5f, 0x2a, 0x4d, 0x18, 2, 0, 0, 0, 1, 1);
  assert.equal(unpack("zstd", Buffer.concat([skipped, framed(23)])).bytes.toString(), "abc");
  assert.equal(unpack("zstd", framed(24)).code, "window");
});

/** `mebibytes` of zeros. */
async function bomb(mebibytes: number): Promise<Uint8Array> {
  const gzip = createGzip();
  const parts: Uint8Array[] = [];
  const { promise: done, resolve } = Promise.withResolvers<void>();
  gzip.on("data", (part: Uint8Array) => parts.push(part)).on("end", resolve);
  for (let n = 0; n < mebibytes; n++) gzip.write(new Uint8Array(1 << 20));
  gzip.end();
  await done;
  return Buffer.concat(parts);
}

test("PackedFile reads a thousand times what it is long without holding it", async (t) => {
  const at = mkdtempSync(join(tmpdir(), "custos-unpack-"));
  t.after(() => rmSync(at, { recursive: true }));
  const path = join(at, "bomb.gz");
  writeFileSync(path, await bomb(64));
  const file = new PackedFile(openSync(path, "r"), 4096);
  const some = new Uint8Array(4096);
  const before = process.memoryUsage().arrayBuffers;
  let size = 0;
  for (let read = file.read(some, 0); read > 0; read = file.read(some, size)) size += read;
  assert.equal(size, 64 << 20);
  assert.ok(process.memoryUsage().arrayBuffers - before < 8 << 20);
  file.close();
});

test("PackedFile gives content from any offset, also behind what it has given", (t) => {
  const at = mkdtempSync(join(tmpdir(), "custos-unpack-"));
  t.after(() => rmSync(at, { recursive: true }));
  const path = join(at, "a.gz");
  const bytes = Uint8Array.from({ length: 900_000 }, (_, n) => crc32(`${n >> 2}`) >> (n & 3));
  writeFileSync(path, gzipSync(bytes));
  const file = new PackedFile(openSync(path, "r"), 8192);
  fc.assert(
    fc.property(fc.nat({ max: 901_000 }), fc.integer({ min: 1, max: 8192 }), (offset, size) => {
      const into = new Uint8Array(size);
      const read = file.read(into, offset);
      assert.deepEqual(into.subarray(0, read), bytes.subarray(offset, offset + size));
    }),
    { numRuns: 60 },
  );
  file.close();
});
