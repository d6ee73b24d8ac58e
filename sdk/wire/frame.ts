/**
 * A frame: what an agent seals and the hub keeps, byte for byte. A header (`header.ts`) and a body
 * (`body.ts`), compressed by zstd where that is smaller.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { sha256 } from "../runtime/hash.ts";
import { decodeRawBody, type FrameBody } from "./body.ts";
import { BodyError } from "./bytes.ts";
import { compress, decompress } from "./compress.ts";
import {
  FRAME_VERSION,
  FrameError,
  type FrameHeader,
  HEADER_BYTES,
  MAX_BODY_BYTES,
  MAX_RAW_BYTES,
  SIGNED_BYTES,
  writeHeader,
} from "./header.ts";

export { FrameError, type FrameHeader, HEADER_BYTES, parseHeader } from "./header.ts";
export type { FrameBody } from "./body.ts";

/** zstd gains nothing on less, measured. */
const LEAST_COMPRESSED_BYTES = 200;
const ZSTD_LEVEL = 3;

/** A body ready to be sealed: compressed, and hashed. */
export interface PackedBody {
  readonly bytes: Uint8Array;
  readonly rawBytes: number;
  readonly stored: boolean;
  /** SHA-256 of `bytes`. */
  readonly hash: Uint8Array;
}

/** What a frame's header says besides what follows from its body. */
export type FrameFields = Omit<
  FrameHeader,
  "version" | "stored" | "bodyBytes" | "rawBytes" | "bodyHash"
>;

/**
 * Compresses a raw body.
 *
 * @throws {RangeError} If it is over 64 MiB, or over 8 MiB when compressed.
 */
export function packBody(raw: Uint8Array, level: number = ZSTD_LEVEL): PackedBody {
  if (raw.length > MAX_RAW_BYTES) throw new RangeError(`Cannot seal body of ${raw.length} bytes`);
  const packed = raw.length < LEAST_COMPRESSED_BYTES ? raw : compress(raw, level);
  const stored = packed.length >= raw.length;
  const bytes = stored ? new Uint8Array(raw) : packed;
  if (bytes.length > MAX_BODY_BYTES) {
    throw new RangeError(`Cannot seal body: ${bytes.length} bytes`);
  }
  return { bytes, rawBytes: raw.length, stored, hash: digest(bytes) };
}

/** Seals one frame: header, signature, body. */
export function sealFrame(
  fields: FrameFields,
  body: PackedBody,
  sign: (message: Uint8Array) => Uint8Array,
): Uint8Array {
  const bytes = new Uint8Array(HEADER_BYTES + body.bytes.length);
  writeHeader(bytes, {
    ...fields,
    version: FRAME_VERSION,
    stored: body.stored,
    bodyBytes: body.bytes.length,
    rawBytes: body.rawBytes,
    bodyHash: body.hash,
  });
  bytes.set(sign(bytes.subarray(0, SIGNED_BYTES)), SIGNED_BYTES);
  bytes.set(body.bytes, HEADER_BYTES);
  return bytes;
}

/** SHA-256 of "custos/frame/v1" and the header with its signature: what `previous` and acks use. */
export function frameHash(bytes: Uint8Array): Uint8Array {
  return sha256("custos/frame/v1", bytes.subarray(0, HEADER_BYTES));
}

/**
 * Checks the signature and the body's hash. Call it before {@link decodeBody}.
 *
 * @throws {FrameError} With code `signature` or `hash`.
 */
export function verifyFrame(
  bytes: Uint8Array,
  header: FrameHeader,
  verify: (message: Uint8Array, signature: Uint8Array) => boolean,
): void {
  if (!verify(bytes.subarray(0, SIGNED_BYTES), bytes.subarray(SIGNED_BYTES, HEADER_BYTES))) {
    throw new FrameError("signature", "Cannot read frame: its signature does not match");
  }
  const hash = digest(bytes.subarray(HEADER_BYTES));
  if (Buffer.compare(hash, header.bodyHash) !== 0) {
    throw new FrameError("hash", "Cannot read frame: its body is not the one that was signed");
  }
}

/**
 * Decodes the body of a frame that {@link verifyFrame} has accepted.
 *
 * @throws {FrameError} With code `body` if the agent has signed what is no body.
 */
export function decodeBody(bytes: Uint8Array, header: FrameHeader): FrameBody {
  const packed = bytes.subarray(HEADER_BYTES);
  try {
    const raw = header.stored ? packed : decompress(packed, header.rawBytes);
    return decodeRawBody(raw, header.rows);
  } catch (cause) {
    if (!(cause instanceof BodyError)) throw cause;
    throw new FrameError("body", cause.message, { cause });
  }
}

function digest(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(createHash("sha256").update(bytes).digest());
}
