/**
 * Code points as ranges of bytes: the UTF-8 (RFC 3629 §4) of a set of code points.
 *
 * @module
 */
import type { CodeSet } from "./code_set.ts";

/** First and last value of each byte: `[low, high]` once, twice, three or four times. */
export type ByteRanges = readonly (readonly [number, number])[];

/** The sequences that are the UTF-8 of exactly the code points of `set`, but for surrogates. */
export function utf8Ranges(set: CodeSet): readonly ByteRanges[] {
  const found: ByteRanges[] = [];
  for (let i = 0; i < set.length; i += 2) addRange(set[i]!, set[i + 1]!, found);
  return found;
}

/** Ranges of equal length, without surrogates. */
const BLOCKS = [
  [0, 0x7f],
  [0x80, 0x7ff],
  [0x800, 0xd7ff],
  [0xe000, 0xffff],
  [0x10000, 0x10ffff],
] as const;

function addRange(low: number, high: number, found: ByteRanges[]): void {
  for (const [first, last] of BLOCKS) {
    if (low <= last && high >= first) {
      addBlock(Math.max(low, first), Math.min(high, last), found);
    }
  }
}

/** Splits until each byte's range does not depend on the bytes before it. */
function addBlock(low: number, high: number, found: ByteRanges[]): void {
  if (high < 0x80) {
    found.push([[low, high]]);
    return;
  }
  for (let bits = 6; bits < 24; bits += 6) {
    const mask = (1 << bits) - 1;
    if ((low & ~mask) === (high & ~mask)) break;
    if ((low & mask) !== 0) {
      addBlock(low, low | mask, found);
      addBlock((low | mask) + 1, high, found);
      return;
    }
    if ((high & mask) !== mask) {
      addBlock(low, (high & ~mask) - 1, found);
      addBlock(high & ~mask, high, found);
      return;
    }
  }
  const [a, b] = [bytesOf(low), bytesOf(high)];
  found.push(a.map((byte, k) => [byte, b[k]!]));
}

function bytesOf(point: number): readonly number[] {
  const rest = (shift: number) => 0x80 | ((point >> shift) & 0x3f);
  if (point < 0x800) return [0xc0 | (point >> 6), rest(0)];
  if (point < 0x10000) return [0xe0 | (point >> 12), rest(6), rest(0)];
  return [0xf0 | (point >> 18), rest(12), rest(6), rest(0)];
}
