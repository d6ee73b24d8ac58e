/**
 * Hashes of strings and of the terms in them, for the filters of a file's index.
 *
 * A term is a longest run of ASCII letters and digits, in lower case. Whatever stands between two
 * of them may be a boundary to a query, so terms are found for every way to draw boundaries; the
 * two characters beyond ASCII that fold to a letter of it count as that letter.
 *
 * @module
 */
import type { Strings } from "../../../sdk/columns/column.ts";
import type { Hashes } from "./xor_filter.ts";

const SECOND_BITS = 0x1fffff;
const SHIFT = 2_097_152;
const FIRST = 0x811c9dc5;
const SECOND = 0x2f0b4c47;
const RECENT = 4_096;
const LEAST_SLOTS = 1_024;
/** No key. */
const FREE = -1;
const encoder = new TextEncoder();

/** Different hashes, as many as are added. */
export class HashSet {
  /** Both words of a hash in one number of 53 bits; as many slots as a power of two. */
  #slots: Float64Array;
  #size = 0;
  /** Keys that were added last: most terms are frequent ones, and the set is dear to ask. */
  readonly #recent = new Float64Array(RECENT).fill(FREE);

  /** About as many as `expected`; more are taken too. */
  constructor(expected = 0) {
    this.#slots = new Float64Array(Math.max(LEAST_SLOTS, slotsFor(expected))).fill(FREE);
  }

  get size(): number {
    return this.#size;
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
    const mixed = first ^ (first >>> 16);
    if (this.#recent[mixed & (RECENT - 1)] === key) return;
    this.#recent[mixed & (RECENT - 1)] = key;
    this.#put(key, mixed ^ Math.imul(second & SECOND_BITS, 0x9e3779b1));
  }

  #put(key: number, at: number): void {
    const slots = this.#slots;
    const last = slots.length - 1;
    let slot = at & last;
    while (slots[slot] !== FREE) {
      if (slots[slot] === key) return;
      slot = (slot + 1) & last;
    }
    slots[slot] = key;
    if (++this.#size * 2 > slots.length) this.#grow();
  }

  #grow(): void {
    const keys = this.#slots;
    this.#slots = new Float64Array(keys.length * 2).fill(FREE);
    this.#size = 0;
    for (let i = 0; i < keys.length; i++) {
      const key = keys[i]!;
      if (key === FREE) continue;
      const high = Math.floor(key / SHIFT);
      const first = high | 0;
      this.#put(key, first ^ (first >>> 16) ^ Math.imul(key - high * SHIFT, 0x9e3779b1));
    }
  }

  hashes(): Hashes {
    const first = new Uint32Array(this.#size);
    const second = new Uint32Array(this.#size);
    const slots = this.#slots;
    for (let slot = 0, i = 0; slot < slots.length; slot++) {
      const key = slots[slot]!;
      if (key === FREE) continue;
      const high = Math.floor(key / SHIFT);
      first[i] = high;
      second[i++] = key - high * SHIFT;
    }
    return { first, second };
  }
}

/** A power of two of which that many keys take at most half. */
function slotsFor(keys: number): number {
  return 2 ** (33 - Math.clz32(Math.max(0, keys - 1)));
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

/** Whether each string is one term in lower case: its hash is the string's then. */
export function arePlainTerms({ bytes, ends }: Strings): boolean {
  let start = 0;
  for (let i = 0; i < ends.length; i++) {
    const end = ends[i]!;
    for (; start < end; start++) if (LOWER[bytes[start]!] !== bytes[start]) return false;
  }
  return true;
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
