/**
 * Decompresses zstd (RFC 8878) without the runtime's own: for browsers, and as the second opinion on
 * `compress.ts`, whose bytes it shares.
 *
 * The decoder makes room for what a zstd frame's header says. So the header is made to say the
 * length that our frame declares before the decoder sees it: hostile bytes cannot make it grow.
 *
 * @module
 */
import { ZstdCodec } from "zstd-codec";
import { BodyError } from "./bytes.ts";

/** Decompresses to exactly `rawBytes` bytes, 1 or more. @throws {BodyError} If it cannot. */
export type Decompress = (bytes: Uint8Array, rawBytes: number) => Uint8Array;

const MAGIC = [0x28, 0xb5, 0x2f, 0xfd];
/** Of the descriptor at offset 4: what follows it, by RFC 8878 §3.1.1.1.1. */
const SINGLE_SEGMENT = 0x20;
const RESERVED = 0x08;
const DICTIONARY = 0x03;

/** Loads the decoder. */
export function openPortableZstd(): Promise<Decompress> {
  return new Promise((resolve) => {
    ZstdCodec.run((zstd: { readonly Simple: new () => Decoder }) => {
      const decoder = new zstd.Simple();
      resolve((bytes, rawBytes) => {
        const raw = run(decoder, withSize(bytes, rawBytes));
        return raw?.length === rawBytes ? raw : refuse();
      });
    });
  });
}

interface Decoder {
  /** null if it cannot. */
  decompress(bytes: Uint8Array): Uint8Array | null;
}

function run(decoder: Decoder, bytes: Uint8Array): Uint8Array | null {
  try {
    return decoder.decompress(bytes);
  } catch {
    return null;
  }
}

/** The same zstd frame, with a header that says that it holds `rawBytes` bytes. */
function withSize(bytes: Uint8Array, rawBytes: number): Uint8Array {
  const descriptor = bytes[4] ?? 0;
  const isFrame = bytes.length > 5 && MAGIC.every((byte, i) => bytes[i] === byte);
  if (!isFrame || (descriptor & (RESERVED | DICTIONARY)) !== 0) return refuse();
  const isSingle = (descriptor & SINGLE_SEGMENT) !== 0;
  const windowBytes = isSingle ? 0 : 1;
  const sizeFlag = descriptor >> 6;
  const sizeBytes = sizeFlag === 0 ? (isSingle ? 1 : 0) : 2 ** sizeFlag;
  const sizeAt = 5 + windowBytes;
  if (sizeBytes > 0) {
    let size = sizeBytes === 2 ? 256 : 0;
    for (let i = sizeBytes - 1; i >= 0; i--) size += (bytes[sizeAt + i] ?? 0) * 256 ** i;
    return size === rawBytes ? bytes : refuse();
  }
  const sized = new Uint8Array(bytes.length + 8);
  sized.set(bytes.subarray(0, sizeAt));
  sized[4] = descriptor | 0xc0;
  new DataView(sized.buffer).setBigUint64(sizeAt, BigInt(rawBytes), true);
  sized.set(bytes.subarray(sizeAt), sizeAt + 8);
  return sized;
}

function refuse(): never {
  throw new BodyError("Cannot read body: it is no zstd of the declared length");
}
