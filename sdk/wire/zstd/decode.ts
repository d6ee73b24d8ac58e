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
import type { HuffmanTable } from "./huffman.ts";
import { MAX_BLOCK_BYTES, readLiterals } from "./literals.ts";
import { type Output, runSequences, type SequenceTables } from "./sequences.ts";
import { xxHash64 } from "./xxhash64.ts";

const MAGIC = 0xfd2fb528;
const SINGLE_SEGMENT = 0x20;
const RESERVED = 0x08;
const CHECKSUM = 0x04;
const DICTIONARY = 0x03;
/** Largest window that a body may ask for, as a power of 2; `compress.ts` tells why. */
const MAX_WINDOW_LOG = 23;

/** Decompresses to exactly `rawBytes` bytes. @throws {BodyError} If it cannot. */
export function decodeZstd(bytes: Uint8Array, rawBytes: number): Uint8Array {
  const out: Output = { bytes: new Uint8Array(rawBytes), used: 0, start: 0, offsets: [1, 4, 8] };
  // Deno ends what is longer than 64 KiB with an empty zstd frame of its own.
  for (let at = 0; at < bytes.length;) at += decodeOne(bytes.subarray(at), out);
  if (bytes.length === 0 || out.used !== rawBytes) refuse();
  return out.bytes;
}

const LOW = 0xffff_ffffn;

/** Decodes the zstd frame that `bytes` begins with, and gives its length. */
function decodeOne(bytes: Uint8Array, out: Output): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const descriptor = bytes[4] ?? refuse();
  if (view.getUint32(0, true) !== MAGIC || (descriptor & (RESERVED | DICTIONARY)) !== 0) refuse();
  const head = headOf(bytes, descriptor);
  out.start = out.used;
  out.offsets = [1, 4, 8];
  const end = head.size + runBlocks(bytes.subarray(head.size), out);
  if (head.rawBytes !== undefined && head.rawBytes !== out.used - out.start) refuse();
  if ((descriptor & CHECKSUM) === 0) return end;
  const hash = xxHash64(out.bytes.subarray(out.start, out.used)) & LOW;
  if (bytes.length < end + 4 || view.getUint32(end, true) !== Number(hash)) refuse();
  return end + 4;
}

interface Head {
  readonly size: number;
  /** Where it says. */
  readonly rawBytes: number | undefined;
}

function headOf(bytes: Uint8Array, descriptor: number): Head {
  const isSingle = (descriptor & SINGLE_SEGMENT) !== 0;
  const sizeFlag = descriptor >> 6;
  const sizeBytes = sizeFlag === 0 ? (isSingle ? 1 : 0) : 2 ** sizeFlag;
  const sizeAt = 5 + (isSingle ? 0 : 1);
  const size = sizeAt + sizeBytes;
  if (bytes.length < size) refuse();
  if (!isSingle && (bytes[5]! >> 3) + 10 > MAX_WINDOW_LOG) refuse();
  if (sizeBytes === 0) return { size, rawBytes: undefined };
  let rawBytes = sizeBytes === 2 ? 256 : 0;
  for (let i = 0; i < sizeBytes; i++) rawBytes += bytes[sizeAt + i]! * 256 ** i;
  return { size, rawBytes };
}

const RAW = 0;
const RLE = 1;
const COMPRESSED = 2;

/** What a block leaves to the next. */
interface Tables extends SequenceTables {
  readonly huffman: HuffmanTable | undefined;
}

/** Gives the number of bytes that were read. */
function runBlocks(bytes: Uint8Array, out: Output): number {
  let tables: Tables = {
    huffman: undefined,
    literals: undefined,
    offsets: undefined,
    matches: undefined,
  };
  for (let at = 0; at + 3 <= bytes.length;) {
    const head = bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16);
    const type = (head >> 1) & 3;
    const size = head >> 3;
    const start = at + 3;
    at = start + (type === RLE ? 1 : size);
    if (at > bytes.length || size > MAX_BLOCK_BYTES) refuse();
    const block = bytes.subarray(start, at);
    if (type === COMPRESSED) tables = runCompressed(block, tables, out);
    else if (type === RAW) append(block, out);
    else if (type === RLE) append(new Uint8Array(size).fill(block[0]!), out);
    else refuse();
    if ((head & 1) === 1) return at;
  }
  return refuse();
}

function runCompressed(block: Uint8Array, tables: Tables, out: Output): Tables {
  if (block.length < 2) refuse();
  const from = out.used;
  const literals = readLiterals(block, tables.huffman);
  const section = block.subarray(literals.size);
  const after = runSequences(section, { literals: literals.bytes, before: tables }, out);
  if (out.used - from > MAX_BLOCK_BYTES) refuse();
  return { ...after, huffman: literals.table };
}

function append(block: Uint8Array, out: Output): void {
  if (out.used + block.length > out.bytes.length) refuse();
  out.bytes.set(block, out.used);
  out.used += block.length;
}
