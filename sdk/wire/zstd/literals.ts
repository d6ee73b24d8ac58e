/**
 * The literals of a block (RFC 8878 §3.1.1.3.1).
 *
 * @module
 */
import { refuse } from "./bits.ts";
import { decodeStream, type HuffmanTable, readHuffman } from "./huffman.ts";

/** Most bytes that a block gives. */
export const MAX_BLOCK_BYTES = 128 * 1024;

export interface Literals {
  readonly bytes: Uint8Array;
  /** Of the section in the block. */
  readonly size: number;
  /** For the next block, which may use it again. */
  readonly table: HuffmanTable | undefined;
}

const RAW = 0;
const RLE = 1;
const COMPRESSED = 2;

/** Reads the literals that `block` begins with. */
export function readLiterals(block: Uint8Array, before: HuffmanTable | undefined): Literals {
  const type = block[0]! & 3;
  return type === RAW || type === RLE
    ? plainLiterals(block, type, before)
    : codedLiterals(block, type, before);
}

function plainLiterals(
  block: Uint8Array,
  type: number,
  table: HuffmanTable | undefined,
): Literals {
  const format = (block[0]! >> 2) & 3;
  const head = format === 1 ? 2 : format === 3 ? 3 : 1;
  const count = littleEndian(block, head) >> (head === 1 ? 3 : 4);
  const size = head + (type === RLE ? 1 : count);
  if (size > block.length || count > MAX_BLOCK_BYTES) refuse();
  const bytes = type === RLE
    ? new Uint8Array(count).fill(block[head]!)
    : block.subarray(head, size);
  return { bytes, size, table };
}

function codedLiterals(
  block: Uint8Array,
  type: number,
  before: HuffmanTable | undefined,
): Literals {
  const format = (block[0]! >> 2) & 3;
  const width = [10, 10, 14, 18][format]!;
  const head = [3, 3, 4, 5][format]!;
  // Up to 40 bits: more than the bit operators hold.
  const sizes = Math.floor(littleEndian(block, head) / 16);
  const count = sizes % 2 ** width;
  const coded = Math.floor(sizes / 2 ** width);
  const size = head + coded;
  if (size > block.length || count > MAX_BLOCK_BYTES || count === 0) refuse();
  let streams = block.subarray(head, size);
  let table = before;
  if (type === COMPRESSED) {
    const tree = readHuffman(streams);
    table = tree.table;
    streams = streams.subarray(tree.size);
  }
  const bytes = new Uint8Array(count);
  if (table === undefined) return refuse();
  if (format === 0) decodeStream(streams, table, bytes);
  else decodeFour(streams, table, bytes);
  return { bytes, size, table };
}

function decodeFour(streams: Uint8Array, table: HuffmanTable, out: Uint8Array): void {
  const part = (out.length + 3) >> 2;
  if (streams.length < 6 || out.length < 3 * part) refuse();
  const view = new DataView(streams.buffer, streams.byteOffset, streams.byteLength);
  let at = 6;
  for (let i = 0; i < 4; i++) {
    const end = i === 3 ? streams.length : at + view.getUint16(2 * i, true);
    if (end > streams.length) refuse();
    const to = i === 3 ? out.length : (i + 1) * part;
    decodeStream(streams.subarray(at, end), table, out.subarray(i * part, to));
    at = end;
  }
}

function littleEndian(bytes: Uint8Array, size: number): number {
  if (bytes.length < size) refuse();
  let value = 0;
  for (let i = size - 1; i >= 0; i--) value = value * 256 + bytes[i]!;
  return value;
}
