/**
 * Which of many values may hold one of some texts, at less than one look a byte.
 *
 * Where the shortest text has n bytes, one pair of bytes in n - 1 is looked at: each text that is
 * there has one of those pairs. Where a text may begin by such a pair, its first bytes are looked at,
 * and only a value that has them is walked.
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
  return new PairSieve(texts.map((text) => Buffer.from(text)));
}

/** The only ones beyond ASCII that fold to it: long s and the Kelvin sign. */
const FOLDED_TO_ASCII = ["\u017f", "\u212a"].map((text) => Buffer.from(text));
/** Bits of {@link PairSieve.#pairs}. */
const MOST_STEP = 8;
/** Bytes of a beginning. */
const MOST_BEGINNING = 4;

class PairSieve implements TextSieve {
  readonly #search: TextSearch;
  /** Pairs that are looked at are so far apart; 0: none are, a text has one byte. */
  readonly #step: number;
  /** By two bytes, bit k is set where a text has them after k others. */
  readonly #pairs = new Uint8Array(1 << 16);
  /** By hash of the first bytes of a text, so many as all have, 1. */
  readonly #beginnings = new Uint8Array(1 << 16);
  readonly #beginning: number;

  constructor(texts: readonly Uint8Array[]) {
    const sought = [...texts, ...FOLDED_TO_ASCII];
    this.#search = textSearch(sought.map((bytes) => ({ bytes, at: "once" })));
    const shortest = texts.reduce((least, { length }) => Math.min(least, length), Infinity);
    this.#step = Math.min(MOST_STEP, shortest - 1);
    this.#beginning = Math.min(MOST_BEGINNING, shortest);
    for (const text of texts) {
      for (let k = 0; k < this.#step; k++) this.#addPair(text, k);
      this.#beginnings[this.#hashAt(text, 0)] = 1;
    }
  }

  over(strings: Strings): (entries: Uint32Array) => Uint32Array {
    let areWalked: boolean | undefined;
    return (entries) => {
      areWalked ??= this.#step === 0 || hasFolded(strings);
      return this.#passing(strings, entries, areWalked);
    };
  }

  #passing({ bytes, ends }: Strings, entries: Uint32Array, areWalked: boolean): Uint32Array {
    const passing = new Uint32Array(entries.length);
    let count = 0;
    for (let k = 0; k < entries.length; k++) {
      const entry = entries[k]!;
      const start = entry === 0 ? 0 : ends[entry - 1]!;
      const end = ends[entry]!;
      if (!areWalked && !this.#hasBeginning(bytes, start, end)) continue;
      if (this.#search.hasAny(bytes, start, end)) passing[count++] = entry;
    }
    return passing.subarray(0, count);
  }

  /** Letters of either case. */
  #addPair(text: Uint8Array, at: number): void {
    for (const first of casesOf(text[at]!)) {
      for (const second of casesOf(text[at + 1]!)) this.#pairs[first << 8 | second]! |= 1 << at;
    }
  }

  #hasBeginning(bytes: Uint8Array, start: number, end: number): boolean {
    const pairs = this.#pairs;
    const step = this.#step;
    const last = end - this.#beginning;
    for (let i = start; i < end - 1; i += step) {
      let at = i;
      for (let left = pairs[bytes[i]! << 8 | bytes[i + 1]!]!; left !== 0; left >>= 1) {
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

function hasFolded({ bytes, ends }: Strings): boolean {
  const all = Buffer.from(bytes.buffer, bytes.byteOffset, ends.at(-1) ?? 0);
  return FOLDED_TO_ASCII.some((text) => all.includes(text));
}

function casesOf(byte: number): readonly number[] {
  return byte >= 97 && byte <= 122 ? [byte, byte - 32] : [byte];
}
