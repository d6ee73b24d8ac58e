/**
 * Which of many values may hold one of some texts, at less than one look a byte.
 *
 * Where the shortest text has n bytes, one pair of bytes in n - 1 is looked at: each text that is
 * there has one of those pairs. Only a value with a pair that a text has is walked.
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
/** The farther apart pairs are looked at, the more of them are those of a text. */
const MOST_STEP = 4;

class PairSieve implements TextSieve {
  readonly #search: TextSearch;
  /** Pairs that are looked at are so far apart; 0: none are, a text has one byte. */
  readonly #step: number;
  /** By two bytes, 1 where a text may have them. */
  readonly #pairs = new Uint8Array(1 << 16);

  constructor(texts: readonly Uint8Array[]) {
    const sought = [...texts, ...FOLDED_TO_ASCII];
    this.#search = textSearch(sought.map((bytes) => ({ bytes, at: "once" })));
    const shortest = texts.reduce((least, { length }) => Math.min(least, length), Infinity);
    this.#step = Math.min(MOST_STEP, shortest - 1);
    for (const text of texts) {
      for (let k = 0; k < this.#step; k++) this.#addPair(text[k]!, text[k + 1]!);
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
      if (!areWalked && !this.#hasPair(bytes, start, end)) continue;
      if (this.#search.hasAny(bytes, start, end)) passing[count++] = entry;
    }
    return passing.subarray(0, count);
  }

  /** Letters of either case. */
  #addPair(first: number, second: number): void {
    for (const a of casesOf(first)) for (const b of casesOf(second)) this.#pairs[a << 8 | b] = 1;
  }

  #hasPair(bytes: Uint8Array, start: number, end: number): boolean {
    const pairs = this.#pairs;
    const step = this.#step;
    for (let i = start + 1; i < end; i += step) {
      if (pairs[bytes[i - 1]! << 8 | bytes[i]!] === 1) return true;
    }
    return false;
  }
}

function hasFolded({ bytes, ends }: Strings): boolean {
  const all = Buffer.from(bytes.buffer, bytes.byteOffset, ends.at(-1) ?? 0);
  return FOLDED_TO_ASCII.some((text) => all.includes(text));
}

function casesOf(byte: number): readonly number[] {
  return byte >= 97 && byte <= 122 ? [byte, byte - 32] : [byte];
}
