/**
 * The ledger's own records between entries: where the tree stood, and what was durable.
 *
 * They are no leaves. A tree record starts each segment, so that a start needs to read the last two
 * only. A mark follows each sync and is what tells a torn tail, which nobody was promised, from
 * damage to what was: entries below a mark have been durable.
 *
 * | offset | size | content of a tree record                         |
 * | -----: | ---: | ------------------------------------------------ |
 * |      0 |    4 | 0xF0 0 0 0                                       |
 * |      4 |    8 | size of the tree before this segment, big-endian |
 * |     12 |    8 | hub time of the last entry before, signed        |
 * |     20 | 32 n | roots of its perfect subtrees, largest first     |
 *
 * | offset | size | content of a mark                          |
 * | -----: | ---: | ------------------------------------------ |
 * |      0 |    4 | 0xF1 0 0 0                                 |
 * |      4 |    8 | number of entries that were durable before |
 *
 * @module
 */
import { type CompactRange, HASH_BYTES } from "../../sdk/proof/merkle.ts";

const TREE = 0xf0000000;
const MARK = 0xf1000000;

/** Where a segment starts. */
export interface TreeRecord {
  readonly range: CompactRange;
  readonly hubTime: bigint;
}

export function encodeTree({ range, hubTime }: TreeRecord): Uint8Array {
  const bytes = new Uint8Array(20 + range.roots.length * HASH_BYTES);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, TREE);
  view.setBigUint64(4, BigInt(range.size));
  view.setBigInt64(12, hubTime);
  range.roots.forEach((root, i) => bytes.set(root, 20 + i * HASH_BYTES));
  return bytes;
}

export function encodeMark(durable: number): Uint8Array {
  const bytes = new Uint8Array(12);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, MARK);
  view.setBigUint64(4, BigInt(durable));
  return bytes;
}

/** The tree record that `bytes` are, copied; undefined if they are none. */
export function decodeTree(bytes: Uint8Array): TreeRecord | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 20 || view.getUint32(0) !== TREE) return undefined;
  const size = Number(view.getBigUint64(4));
  const roots: Uint8Array[] = [];
  for (let at = 20; at + HASH_BYTES <= bytes.length; at += HASH_BYTES) {
    roots.push(bytes.slice(at, at + HASH_BYTES));
  }
  return { range: { size, roots }, hubTime: view.getBigInt64(12) };
}

/** How many entries the mark that `bytes` are says were durable; undefined if they are none. */
export function decodeMark(bytes: Uint8Array): number | undefined {
  if (bytes.length !== 12) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return isMarkStart(view.getUint32(0)) ? Number(view.getBigUint64(4)) : undefined;
}

/** Whether the first four bytes of a payload are those of a mark. */
export function isMarkStart(first: number): boolean {
  return first === MARK;
}
