/**
 * Huffman codes of deflate (RFC 1951 §3.2.2).
 *
 * @module
 */
import { refuse } from "./packed_bytes.ts";

/** Codes of up to so many bits are found at once. */
export const FAST_BITS = 10;
export const MOST_BITS = 15;

export interface HuffmanCode {
  /** By the next {@link FAST_BITS} bits: symbol × 16 + length of its code; 0 is a longer code. */
  readonly fast: Uint16Array;
  /** How many codes have each length. */
  readonly counts: Uint16Array;
  /** In the order of their codes. */
  readonly symbols: Uint16Array;
}

/** The code whose lengths are `lengths`. @throws {UnpackError} If there are more than fit. */
export function codeOf(lengths: Uint8Array): HuffmanCode {
  const counts = new Uint16Array(MOST_BITS + 1);
  for (const length of lengths) counts[length]!++;
  counts[0] = 0;
  const starts = new Uint16Array(MOST_BITS + 2);
  const nextCode = new Uint16Array(MOST_BITS + 2);
  let left = 1;
  for (let length = 1; length <= MOST_BITS; length++) {
    left = left * 2 - counts[length]!;
    if (left < 0) refuse("a Huffman code has too many words");
    starts[length + 1] = starts[length]! + counts[length]!;
    nextCode[length + 1] = (nextCode[length]! + counts[length]!) << 1;
  }
  const symbols = new Uint16Array(lengths.length);
  const fast = new Uint16Array(1 << FAST_BITS);
  for (const [symbol, length] of lengths.entries()) {
    if (length === 0) continue;
    symbols[starts[length]!++] = symbol;
    const code = nextCode[length]!++;
    if (length > FAST_BITS) continue;
    const entry = symbol * 16 + length;
    for (let at = reversed(code, length); at < fast.length; at += 1 << length) fast[at] = entry;
  }
  return { fast, counts, symbols };
}

/** Codes are packed from their highest bit on, all else from the lowest (RFC 1951 §3.1.1). */
function reversed(code: number, length: number): number {
  let result = 0;
  for (let i = 0; i < length; i++) result = result << 1 | code >> i & 1;
  return result;
}
