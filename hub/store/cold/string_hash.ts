/**
 * Hashes of strings and of the terms in them, for the filters of a file's index.
 *
 * A term is a longest run of ASCII letters and digits, in lower case. Whatever stands between two
 * of them may be a boundary to a query, so terms are found for every way to draw boundaries; the
 * two characters beyond ASCII that fold to a letter of it count as that letter.
 *
 * @module
 */
import type { Hashes } from "./xor_filter.ts";

const SECOND_BITS = 0x1fffff;
const SHIFT = 2_097_152;
const FIRST = 0x811c9dc5;
const SECOND = 0x2f0b4c47;
const RECENT = 4_096;
const encoder = new TextEncoder();

/** Different hashes, as many as are added. */
export class HashSet {
  /** Both words in one number: 53 bits, so that it is exact. */
  readonly #keys = new Set<number>();
  /** Keys that were added last: most terms are frequent ones, and the set is dear to ask. */
  readonly #recent = new Float64Array(RECENT).fill(-1);

  get size(): number {
    return this.#keys.size;
  }

  /** Adds the string at `bytes[start, end)`. */
  addString(bytes: Uint8Array, start: number, end: number): void {
    let first = FIRST;
    let second = SECOND;
    for (let at = start; at < end; at++) {
      first = Math.imul(first ^ bytes[at]!, 0x01000193);
      second = Math.imul(second + bytes[at]!, 0x85ebca6b) ^ (second >>> 15);
    }
    this.#add(first, second);
  }

  /** Adds each term of the string at `bytes[start, end)`. */
  addTerms(bytes: Uint8Array, start: number, end: number): void {
    let first = FIRST;
    let second = SECOND;
    let length = 0;
    for (let at = start; at <= end; at++) {
      let character = at < end ? LOWER[bytes[at]!]! : 0;
      if (character === WIDE) {
        const folded = foldedAt(bytes, at, end);
        character = folded.character;
        at += folded.skip;
      }
      if (character !== 0) {
        first = Math.imul(first ^ character, 0x01000193);
        second = Math.imul(second + character, 0x85ebca6b) ^ (second >>> 15);
        length++;
      } else if (length > 0) {
        this.#add(first, second);
        first = FIRST;
        second = SECOND;
        length = 0;
      }
    }
  }

  #add(first: number, second: number): void {
    const key = (first >>> 0) * SHIFT + (second & SECOND_BITS);
    const at = (first ^ (first >>> 16)) & (RECENT - 1);
    if (this.#recent[at] === key) return;
    this.#recent[at] = key;
    this.#keys.add(key);
  }

  hashes(): Hashes {
    const first = new Uint32Array(this.#keys.size);
    const second = new Uint32Array(this.#keys.size);
    let i = 0;
    for (const key of this.#keys) {
      first[i] = Math.floor(key / SHIFT);
      second[i++] = key % SHIFT;
    }
    return { first, second };
  }
}

/** The hash of one string. */
export function hashString(text: string): Hashes {
  const set = new HashSet();
  const bytes = encoder.encode(text);
  set.addString(bytes, 0, bytes.length);
  return set.hashes();
}

/** The hashes of the terms of `text`. */
export function hashTerms(text: string): Hashes {
  const set = new HashSet();
  const bytes = encoder.encode(text);
  set.addTerms(bytes, 0, bytes.length);
  return set.hashes();
}

/** What may begin a character that folds to ASCII. */
const WIDE = 255;
/** By byte: the letter or digit in lower case, 0 for what stands between terms. */
const LOWER = Uint8Array.from({ length: 256 }, (_, byte) => {
  const character = String.fromCharCode(byte);
  if (byte === 0xe2 || byte === 0xc5) return WIDE;
  return /[0-9A-Za-z]/.test(character) ? character.toLowerCase().charCodeAt(0) : 0;
});

/** KELVIN SIGN folds to k, LATIN SMALL LETTER LONG S to s. */
function foldedAt(
  bytes: Uint8Array,
  at: number,
  end: number,
): { readonly character: number; readonly skip: number } {
  if (bytes[at] === 0xe2 && at + 2 < end && bytes[at + 1] === 0x84 && bytes[at + 2] === 0xaa) {
    return { character: 0x6b, skip: 2 };
  }
  if (bytes[at] === 0xc5 && at + 1 < end && bytes[at + 1] === 0xbf) {
    return { character: 0x73, skip: 1 };
  }
  return { character: 0, skip: 0 };
}
