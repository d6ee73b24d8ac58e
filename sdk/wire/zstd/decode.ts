/**
 * Decompresses zstd (RFC 8878) to a length that is known before: in TypeScript alone, so
 * that a page can do it whose content policy forbids WebAssembly and code made from text. It shares
 * nothing with `compress.ts`, and is stricter where a stream of codes does not end where it should.
 *
 * What is held is the output, one block and its tables, whatever the bytes say.
 *
 * @module
 */
import { refuse } from "./bits.ts";
import {
  BLOCK_HEAD_BYTES,
  MAX_WINDOW_LOG,
  NO_TABLES,
  readBlockHead,
  readHead,
  runBlock,
} from "./blocks.ts";
import type { Output } from "./sequences.ts";
import { XxHash64 } from "./xxhash64.ts";

/** Decompresses to exactly `rawBytes` bytes. @throws {BodyError} If it cannot. */
export function decodeZstd(bytes: Uint8Array, rawBytes: number): Uint8Array {
  const out: Output = { bytes: new Uint8Array(rawBytes), used: 0, start: 0, offsets: [1, 4, 8] };
  // Deno ends what is longer than 64 KiB with an empty zstd frame of its own.
  for (let at = 0; at < bytes.length;) at += decodeOne(bytes.subarray(at), out);
  if (bytes.length === 0 || out.used !== rawBytes) refuse();
  return out.bytes;
}

/** Decodes the zstd frame that `bytes` begins with, and gives its length. */
function decodeOne(bytes: Uint8Array, out: Output): number {
  if (bytes.length < 4) refuse();
  const head = readHead(bytes);
  // A single segment has the window that is there anyway.
  if ((bytes[4]! & 0x20) === 0 && (bytes[5]! >> 3) + 10 > MAX_WINDOW_LOG) refuse();
  out.start = out.used;
  out.offsets = [1, 4, 8];
  const end = head.size + runBlocks(bytes.subarray(head.size), out);
  if (head.rawBytes !== undefined && head.rawBytes !== out.used - out.start) refuse();
  if (!head.hasChecksum) return end;
  const hash = new XxHash64().update(out.bytes.subarray(out.start, out.used)).low();
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < end + 4 || view.getUint32(end, true) !== hash) refuse();
  return end + 4;
}

/** Gives the number of bytes that were read. */
function runBlocks(bytes: Uint8Array, out: Output): number {
  let tables = NO_TABLES;
  for (let at = 0; at + BLOCK_HEAD_BYTES <= bytes.length;) {
    const head = readBlockHead(bytes.subarray(at));
    const start = at + BLOCK_HEAD_BYTES;
    at = start + head.bytes;
    if (at > bytes.length) refuse();
    tables = runBlock(head, bytes.subarray(start, at), { tables, out });
    if (head.isLast) return at;
  }
  return refuse();
}
