/**
 * Which of many values may hold one of some texts, at less than one look a byte.
 *
 * A look is at two or three bytes. Where the shortest text has n of them, one place in n - 2 (n - 1)
 * is looked at: each text that is there has bytes at one of those places. Where a text may begin by
 * what was seen, its first bytes are looked at, and only a value that has them is walked.
 *
 * @module
 */
import type { Strings } from "../../../../sdk/columns/column.ts";
import { type TextSearch, textSearch } from "./text_search.ts";

/** Tells of values that hold none of some texts. */
export interface TextSieve {
  /** Gives of entries of `strings`, by number, those that may hold one of the texts. */
  over(strings: Strings): (entries: Uint32Array) => Uint32Array;
}

/** A sieve for `texts`, which are folded, ASCII, not empty and no two the same. */
export function textSieve(texts: readonly string[]): TextSieve {
  return new GramSieve(texts.map((text) => Buffer.from(text)));
}

/** The only ones beyond ASCII that fold to it: long s and the Kelvin sign. */
const FOLDED_TO_ASCII = ["\u017f", "\u212a"].map((text) => Buffer.from(text));
/** Bits of {@link GramSieve.#grams}. */
const MOST_STEP = 8;
/** Bytes of a beginning. */
const MOST_BEGINNING = 4;
/** From that length on looks are at three bytes: fewer are in vain. */
const LEAST_FOR_THREE = 6;
const GRAM_BITS = 15;

class GramSieve implements TextSieve {
  readonly #search: TextSearch;
  readonly #shortest: number;
  /** Places that are looked at are so far apart; 0: none are, a text has one byte. */
  readonly #step: number;
  /** Bytes of a look: 2 or 3. */
  readonly #size: number;
  /** By hash of the bytes of a look, bit k is set where a text has them after k others. */
  readonly #grams = new Uint8Array(1 << GRAM_BITS);
  /** By hash of the first bytes of a text, so many as all have, 1. */
  readonly #beginnings = new Uint8Array(1 << 16);
  readonly #beginning: number;

  constructor(texts: readonly Uint8Array[]) {
    const sought = [...texts, ...FOLDED_TO_ASCII];
    this.#search = textSearch(sought.map((bytes) => ({ bytes, at: "once" })));
    this.#shortest = texts.reduce((least, { length }) => Math.min(least, length), Infinity);
    this.#size = this.#shortest < LEAST_FOR_THREE ? 2 : 3;
    this.#step = Math.max(0, Math.min(MOST_STEP, this.#shortest - this.#size + 1));
    this.#beginning = Math.min(MOST_BEGINNING, this.#shortest);
    for (const text of texts) {
      for (let k = 0; k < this.#step; k++) this.#grams[gramAt(text, k, this.#size)]! |= 1 << k;
      this.#beginnings[this.#hashAt(text, 0)] = 1;
    }
  }

  over(strings: Strings): (entries: Uint32Array) => Uint32Array {
    let areWalked: boolean | undefined;
    return (entries) => {
      const long = this.#longEnough(strings.ends, entries);
      if (long.length === 0) return long;
      areWalked ??= this.#step === 0 || hasFolded(strings);
      return this.#passing(strings, long, areWalked);
    };
  }

  /** What folds to ASCII has no fewer bytes before. */
  #longEnough(ends: Uint32Array, entries: Uint32Array): Uint32Array {
    const long = new Uint32Array(entries.length);
    let count = 0;
    for (let k = 0; k < entries.length; k++) {
      const entry = entries[k]!;
      const start = entry === 0 ? 0 : ends[entry - 1]!;
      if (ends[entry]! - start >= this.#shortest) long[count++] = entry;
    }
    return long.subarray(0, count);
  }

  #passing({ bytes, ends }: Strings, entries: Uint32Array, areWalked: boolean): Uint32Array {
    let count = 0;
    for (let k = 0; k < entries.length; k++) {
      const entry = entries[k]!;
      const start = entry === 0 ? 0 : ends[entry - 1]!;
      const end = ends[entry]!;
      if (!areWalked && !this.#hasBeginning(bytes, start, end)) continue;
      if (this.#search.hasAny(bytes, start, end)) entries[count++] = entry;
    }
    return entries.subarray(0, count);
  }

  #hasBeginning(bytes: Uint8Array, start: number, end: number): boolean {
    const grams = this.#grams;
    const step = this.#step;
    const size = this.#size;
    const last = end - this.#beginning;
    for (let i = start; i <= end - size; i += step) {
      let at = i;
      for (let left = grams[gramAt(bytes, i, size)]!; left !== 0; left >>= 1) {
        const isPlace = (left & 1) === 1 && at >= start && at <= last;
        if (isPlace && this.#beginnings[this.#hashAt(bytes, at)] === 1) return true;
        at--;
      }
    }
    return false;
  }

  /** Letters of either case have the same. */
  #hashAt(bytes: Uint8Array, at: number): number {
    let hash = 0;
    for (let i = at; i < at + this.#beginning; i++) {
      hash = Math.imul(hash + (bytes[i]! | 32), -1_640_531_527);
    }
    return hash >>> 16;
  }
}

/** Letters of either case have the same. */
function gramAt(bytes: Uint8Array, at: number, size: number): number {
  let gram = (bytes[at]! | 32) << 8 | bytes[at + 1]! | 32;
  if (size === 3) gram = gram << 8 | bytes[at + 2]! | 32;
  return Math.imul(gram, -1_640_531_527) >>> (32 - GRAM_BITS);
}

function hasFolded({ bytes, ends }: Strings): boolean {
  const all = Buffer.from(bytes.buffer, bytes.byteOffset, ends.at(-1) ?? 0);
  return FOLDED_TO_ASCII.some((text) => all.includes(text));
}
