/**
 * The head of a zstd frame and its blocks (RFC 8878 §3.1.1).
 *
 * @module
 */
import { refuse } from "./bits.ts";
import type { HuffmanTable } from "./huffman.ts";
import { MAX_BLOCK_BYTES, readLiterals } from "./literals.ts";
import { type Output, runSequences, type SequenceTables } from "./sequences.ts";

export const MAGIC = 0xfd2fb528;
/** Largest window that is put aside, as a power of 2; `compress.ts` tells why. */
export const MAX_WINDOW_LOG = 23;
/** Of a head up to its descriptor, which says how long it is. */
export const START_BYTES = 5;
export const BLOCK_HEAD_BYTES = 3;

const SINGLE_SEGMENT = 0x20;
const RESERVED = 0x08;
const CHECKSUM = 0x04;
const DICTIONARY = 0x03;

/** What a zstd frame says of itself. */
export interface FrameHead {
  /** Of the head, in bytes. */
  readonly size: number;
  readonly hasChecksum: boolean;
  /** So far back copies may reach, in bytes. */
  readonly windowBytes: number;
  /** Of the content; where it says. */
  readonly rawBytes: number | undefined;
}

/** How long the head is that begins with `start`, of {@link START_BYTES}. @throws {BodyError} */
export function headBytes(start: Uint8Array): number {
  const view = new DataView(start.buffer, start.byteOffset, start.byteLength);
  const descriptor = start[4] ?? refuse();
  if (view.getUint32(0, true) !== MAGIC || (descriptor & (RESERVED | DICTIONARY)) !== 0) refuse();
  return START_BYTES + (isSingle(descriptor) ? 0 : 1) + sizeBytes(descriptor);
}

/** The head that `bytes` begin with. @throws {BodyError} If they do not. */
export function readHead(bytes: Uint8Array): FrameHead {
  const size = headBytes(bytes);
  const descriptor = bytes[4]!;
  if (bytes.length < size) refuse();
  const count = sizeBytes(descriptor);
  const from = size - count;
  let rawBytes = count === 2 ? 256 : 0;
  for (let i = 0; i < count; i++) rawBytes += bytes[from + i]! * 256 ** i;
  const window = bytes[START_BYTES]!;
  const windowBytes = isSingle(descriptor)
    ? rawBytes
    : 2 ** ((window >> 3) + 10) / 8 * (8 + (window & 7));
  const hasChecksum = (descriptor & CHECKSUM) !== 0;
  return { size, hasChecksum, windowBytes, rawBytes: count === 0 ? undefined : rawBytes };
}

function isSingle(descriptor: number): boolean {
  return (descriptor & SINGLE_SEGMENT) !== 0;
}

function sizeBytes(descriptor: number): number {
  const flag = descriptor >> 6;
  return flag === 0 ? (isSingle(descriptor) ? 1 : 0) : 2 ** flag;
}

const RAW = 0;
const RLE = 1;
const COMPRESSED = 2;

export interface BlockHead {
  readonly type: number;
  /** Of what it gives, if that is its only byte again and again; else of what it is. */
  readonly size: number;
  /** Bytes that follow the head. */
  readonly bytes: number;
  readonly isLast: boolean;
}

/** Reads a head of {@link BLOCK_HEAD_BYTES}. @throws {BodyError} If no block has it. */
export function readBlockHead(bytes: Uint8Array): BlockHead {
  const head = bytes[0]! | (bytes[1]! << 8) | (bytes[2]! << 16);
  const type = (head >> 1) & 3;
  const size = head >> 3;
  if (size > MAX_BLOCK_BYTES || type > COMPRESSED) refuse();
  return { type, size, bytes: type === RLE ? 1 : size, isLast: (head & 1) === 1 };
}

/** What a block leaves to the next. */
export interface Tables extends SequenceTables {
  readonly huffman: HuffmanTable | undefined;
}

export const NO_TABLES: Tables = {
  huffman: undefined,
  literals: undefined,
  offsets: undefined,
  matches: undefined,
};

/** Writes what `block` gives to `out`. @throws {BodyError} If that cannot be told, or is too much. */
export function runBlock(
  { type, size }: BlockHead,
  block: Uint8Array,
  { tables, out }: { readonly tables: Tables; readonly out: Output },
): Tables {
  if (type === COMPRESSED) return runCompressed(block, tables, out);
  append(type === RAW ? block : new Uint8Array(size).fill(block[0]!), out);
  return tables;
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
