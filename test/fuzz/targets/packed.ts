/**
 * Fuzz targets: compressed files, as a rotation leaves them.
 *
 * @module
 */
import { constants, gzipSync, zstdCompressSync } from "node:zlib";
import { Gunzip } from "../../../sdk/read/unpack/gunzip.ts";
import { PackedBytes, UnpackError } from "../../../sdk/read/unpack/packed_bytes.ts";
import { Unzstd } from "../../../sdk/read/unpack/unzstd.ts";
import { type Target, verdictOf } from "../target.ts";

const LINES = Array.from({ length: 900 }, (_, n) => `Failed for u${n * 7 % 31} port ${n}\n`).join(
  "",
);
/** A few bytes can stand for a thousand times as many: more are not asked for. */
const MOST_BYTES = 16 * 1024 * 1024;

function target(
  name: string,
  unpacker: typeof Gunzip | typeof Unzstd,
  corpus: readonly Uint8Array[],
): Target {
  return {
    name,
    corpus,
    take(bytes) {
      const source = new PackedBytes((into, at) => {
        const some = bytes.subarray(at, at + into.length);
        into.set(some);
        return some.length;
      });
      const unpack = new unpacker(source);
      return verdictOf(() => {
        for (let size = 0; size < MOST_BYTES;) {
          const piece = unpack.next();
          if (piece === undefined) return;
          size += piece.length;
        }
      }, [UnpackError]);
    },
  };
}

const { Z_FIXED, Z_HUFFMAN_ONLY, ZSTD_c_checksumFlag, ZSTD_c_compressionLevel } = constants;

export const PACKED_TARGETS: readonly Target[] = [
  target("gzip", Gunzip, [
    gzipSync(LINES),
    gzipSync(LINES, { level: 0 }),
    gzipSync(LINES, { strategy: Z_FIXED }),
    gzipSync(LINES, { strategy: Z_HUFFMAN_ONLY }),
    Buffer.concat([gzipSync("a"), gzipSync("b")]),
  ]),
  target("zstd-file", Unzstd, [
    zstdCompressSync(LINES),
    zstdCompressSync(LINES, {
      params: { [ZSTD_c_checksumFlag]: 1, [ZSTD_c_compressionLevel]: 19 },
    }),
    Buffer.concat([zstdCompressSync("a"), zstdCompressSync("b")]),
  ]),
];
