/**
 * The beginnings of values: hashes of the first three bytes of each, and of each name in it.
 *
 * A filter alone: what begins like a value is then compared with it.
 *
 * @module
 */
import { entryBytes, type Strings } from "../columns/column.ts";
import { Arena } from "../columns/strings.ts";
import { eachLayer } from "./layers.ts";
import { COARSE, eachStart, LEAST_BYTES } from "./needles.ts";
import type { Range } from "./runs.ts";

const HASHES = 1 << 16;
const ZERO = new Uint8Array(1);

/** The hash of three bytes, folded, the first one highest: 16 bits. */
export function hashOf(three: number): number {
  return Math.imul(three, -1640531527) >>> 16;
}

/** Beginnings of the values in each of a source's entries. */
export interface Beginnings {
  readonly hashes: Uint16Array;
  /** Those of entry i are `hashes[ends[i-1] ?? 0, ends[i])`. */
  readonly ends: Uint32Array;
}

export function beginningsOf(
  entries: Strings,
  valuesIn: ((entry: Uint8Array) => readonly Uint8Array[]) | undefined,
): Beginnings {
  const count = entries.ends.length;
  const ends = new Uint32Array(count);
  let hashes = new Uint16Array(count * 2 + 16);
  let used = 0;
  const enterAll = (bytes: Uint8Array, range: Range): void =>
    eachStart(bytes, range, (at) => {
      if (range.end - at < LEAST_BYTES) return;
      if (used === hashes.length) hashes = twice(hashes);
      hashes[used++] = hashOf(
        COARSE[bytes[at]!]! << 16 | COARSE[bytes[at + 1]!]! << 8 | COARSE[bytes[at + 2]!]!,
      );
    });
  let start = 0;
  for (let i = 0; i < count; i++) {
    const end = entries.ends[i]!;
    if (valuesIn === undefined) enterAll(entries.bytes, { start, end });
    else {
      for (const value of valuesIn(entryBytes(entries, i))) {
        enterAll(value, { start: 0, end: value.length });
      }
    }
    ends[i] = used;
    start = end;
  }
  return { hashes, ends };
}

function twice(hashes: Uint16Array<ArrayBuffer>): Uint16Array<ArrayBuffer> {
  const grown = new Uint16Array(hashes.length * 2);
  grown.set(hashes);
  return grown;
}

/**
 * Each of `entries` with what its layers say, and a zero before, between and after: what is looked
 * through for values, instead of the entry.
 */
export function withLayers({ bytes, ends }: Strings): Strings {
  const arena = new Arena();
  const lay = (text: Uint8Array, start: number, end: number): void => {
    arena.extend(text, start, end);
    arena.extend(ZERO, 0, 1);
  };
  let start = 0;
  for (const end of ends) {
    arena.extend(ZERO, 0, 1);
    lay(bytes, start, end);
    eachLayer(bytes, { start, end }, (decoded, length) => {
      if (length >= LEAST_BYTES) lay(decoded, 0, length);
      return false;
    });
    arena.close();
    start = end;
  }
  return arena.view();
}

/** A bit for each hash of three bytes that stand in `bytes`. */
export function hashesIn({ bytes }: Strings): Uint32Array {
  const bits = new Uint32Array(HASHES / 32);
  let last = 0;
  for (let at = 0; at < bytes.length; at++) {
    last = ((last << 8) | COARSE[bytes[at]!]!) & 0xffffff;
    const hash = hashOf(last);
    bits[hash >>> 5]! |= 1 << (hash & 31);
  }
  return bits;
}

/** By entry: 1 where one of its beginnings is among `bits`. */
export function entriesAmong({ hashes, ends }: Beginnings, bits: Uint32Array): Uint8Array {
  const among = new Uint8Array(ends.length);
  let from = 0;
  for (let i = 0; i < ends.length; i++) {
    const end = ends[i]!;
    for (; from < end; from++) {
      const hash = hashes[from]!;
      if ((bits[hash >>> 5]! & (1 << (hash & 31))) !== 0) among[i] = 1;
    }
  }
  return among;
}
