/**
 * zstd of a frame's body, with bounds that hostile bytes cannot pass.
 *
 * `node:zlib` in both runtimes: it obeys `maxOutputLength`, which `Bun.zstdDecompressSync` does
 * not (measured). Truncated zstd decodes without an error: the length must equal the declared one.
 *
 * @module
 */
import { constants, zstdCompressSync, zstdDecompressSync } from "node:zlib";
import { BodyError } from "./bytes.ts";

/**
 * Largest window that a body may ask for, as a power of 2: level 19 asks for 8 MiB. A frame of a few
 * bytes that asks for more would have that much memory put aside (128 MiB by default).
 */
const MOST_WINDOW_LOG = 23;
/** Most that is put aside before anything has come out; what is longer comes in several pieces. */
const MOST_PIECE_BYTES = 2 << 20;
const LEAST_PIECE_BYTES = 64;

/** Compresses `raw` at `level` (1 to 19). */
export function compress(raw: Uint8Array, level: number): Uint8Array {
  return zstdCompressSync(raw, { params: { [constants.ZSTD_c_compressionLevel]: level } });
}

/**
 * Decompresses to exactly `rawBytes` bytes.
 *
 * @throws {BodyError} If that is not what comes out.
 */
export function decompress(bytes: Uint8Array, rawBytes: number): Uint8Array {
  let raw: Uint8Array;
  try {
    raw = zstdDecompressSync(bytes, {
      maxOutputLength: Math.max(rawBytes, 1),
      // One piece: of several a copy is made. With nothing left at its end, a call more is made.
      chunkSize: Math.max(LEAST_PIECE_BYTES, Math.min(rawBytes + 1, MOST_PIECE_BYTES)),
      params: { [constants.ZSTD_d_windowLogMax]: MOST_WINDOW_LOG },
    });
  } catch (cause) {
    throw new BodyError("Cannot read body: it is no zstd of the declared length", { cause });
  }
  if (raw.length !== rawBytes) {
    throw new BodyError(`Cannot read body: ${raw.length} bytes, its header declares ${rawBytes}`);
  }
  return raw;
}
