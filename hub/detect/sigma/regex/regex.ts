/**
 * Searches bytes for a regular expression in time that grows with their number alone.
 *
 * A deterministic automaton is made while it is walked (Thompson 1968; as RE2 does): a state is a
 * set of states of the nondeterministic one, and is made when a value first leads there. Only so
 * many are kept; values that make new ones with nearly each byte are walked without.
 *
 * @module
 */
import { isUtf8 } from "node:buffer";
import { type Automaton, automatonOf } from "./automaton.ts";
import { type Literals, literalsOf } from "./literals.ts";
import { parseRegex } from "./parse.ts";
import type { RegexFlags, RegexNode } from "./syntax.ts";
import { BEFORE, type Before, beforeAfter, END, FINAL_NEWLINE, isWord, Walk } from "./walk.ts";

/** A compiled regular expression. */
export interface Regex {
  /**
   * Every match holds one of these, when both are folded (see `foldText`); undefined: nothing can
   * be said.
   */
  readonly literals: Literals | undefined;
  /** True if `bytes[start, end)`, UTF-8, holds a match. What is no UTF-8 counts as U+FFFD. */
  test(bytes: Uint8Array, start: number, end: number): boolean;
}

/**
 * Compiles `source`.
 *
 * @throws {RegexError} If it is no regular expression, or none that runs in linear time.
 */
export function compileRegex(source: string, flags: RegexFlags): Regex {
  return regexOf(parseRegex(source, flags));
}

/** As {@link compileRegex}, of what is parsed already. */
export function regexOf(node: RegexNode): Regex {
  return new LazyRegex(automatonOf(node), literalsOf(node));
}

/** Entries of the table, 4 bytes each: what one regex may keep. */
const MOST_ENTRIES = 1 << 17;
/** Numbers in the sets behind the states. */
const MOST_MEMBERS = 1 << 19;
/** A table that fills within fewer bytes of a value than that many times its states is no gain. */
const LEAST_GAIN = 8;

/** Entries of the table below the first state. */
const UNKNOWN = 0;
const FOUND = 1;
const DEAD = 2;

interface Set {
  readonly members: readonly number[];
  readonly before: Before;
}

class LazyRegex implements Regex {
  readonly literals: Literals | undefined;
  readonly #walk: Walk;
  readonly #start: number;
  readonly #classes: Classes;
  readonly #seesBefore: boolean;
  /** A row of a state starts at its number: by class the number of the next one. */
  #table = new Int32Array(0);
  #sets: Set[] = [];
  #members = 0;
  readonly #known = new Map<string, number>();
  /** Number of the first state; {@link UNKNOWN}: it has none. */
  #firstNumber = UNKNOWN;

  constructor(automaton: Automaton, literals: Literals | undefined) {
    this.literals = literals;
    this.#walk = new Walk(automaton);
    this.#start = automaton.start;
    this.#classes = classesOf(automaton);
    this.#seesBefore = automaton.states.some(({ kind }) => kind === "assert");
  }

  test(bytes: Uint8Array, start: number, end: number): boolean {
    for (let i = start; i < end; i++) {
      if (bytes[i]! < 128) continue;
      const value = bytes.subarray(start, end);
      if (isUtf8(value)) break;
      const repaired = Buffer.from(new TextDecoder("utf-8", { ignoreBOM: true }).decode(value));
      return this.#search(repaired, 0, repaired.length);
    }
    return this.#search(bytes, start, end);
  }

  #search(bytes: Uint8Array, start: number, end: number): boolean {
    const { of, width } = this.#classes;
    let state = this.#first();
    let madeAt = start;
    for (let i = start; i <= end; i++) {
      const table = this.#table;
      // The last byte may be a line feed that is a symbol of its own.
      for (; i < end - 1; i++) {
        const next = table[state + of[bytes[i]!]!]!;
        if (next <= DEAD) break;
        state = next;
      }
      const symbol = symbolAt(bytes, i, end);
      const known = this.#table[state + of[symbol]!]!;
      const next = known === UNKNOWN ? this.#make(state, symbol) : known;
      if (next === FOUND) return true;
      if (next === DEAD) return false;
      if (next > DEAD) {
        state = next;
        continue;
      }
      const set = this.#sets[state / width - 1]!;
      const gained = i - madeAt >= LEAST_GAIN * this.#sets.length;
      this.#forget();
      if (!gained) return this.#searchWithout(set, { bytes, at: i, end });
      madeAt = i;
      state = this.#number(set.members, set.before);
      i--;
    }
    return false;
  }

  /** The first state, after making room for it. */
  #first(): number {
    if (this.#firstNumber !== UNKNOWN) return this.#firstNumber;
    const number = this.#number([this.#start], BEFORE.start);
    if (number !== UNKNOWN) return this.#firstNumber = number;
    this.#forget();
    return this.#firstNumber = this.#number([this.#start], BEFORE.start);
  }

  /** The state after `state`, entered in the table; {@link UNKNOWN} where there is no room. */
  #make(state: number, symbol: number): number {
    const { of, width } = this.#classes;
    const { members, before } = this.#sets[state / width - 1]!;
    const after: number[] = [];
    let next = FOUND;
    if (!this.#walk.advance(members, before, symbol, after)) {
      next = after.length === 0 ? DEAD : this.#number(after, beforeAfter(symbol));
    }
    if (next !== UNKNOWN) this.#table[state + of[symbol]!] = next;
    return next;
  }

  #number(members: readonly number[], before: Before): number {
    const seen = this.#seesBefore ? before : BEFORE.other;
    const sorted = members.toSorted((a, b) => a - b);
    const key = String.fromCharCode(seen, ...sorted);
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const { width } = this.#classes;
    const number = (this.#sets.length + 1) * width;
    const isFull = number + width > MOST_ENTRIES || this.#members + members.length > MOST_MEMBERS;
    if (isFull && this.#sets.length > 0) return UNKNOWN;
    if (number + width > this.#table.length) {
      const grown = new Int32Array(Math.max(8 * width, 2 * (number + width)));
      grown.set(this.#table);
      this.#table = grown;
    }
    this.#members += members.length;
    this.#sets.push({ members: sorted, before: seen });
    this.#known.set(key, number);
    return number;
  }

  #forget(): void {
    this.#firstNumber = UNKNOWN;
    this.#table = new Int32Array(0);
    this.#sets = [];
    this.#members = 0;
    this.#known.clear();
  }

  /** From byte `at` on without the table: so many states a byte, and no more. */
  #searchWithout(
    set: Set,
    { bytes, at, end }: {
      readonly bytes: Uint8Array;
      readonly at: number;
      readonly end: number;
    },
  ): boolean {
    let members = [...set.members];
    let after: number[] = [];
    let before = set.before;
    for (let i = at; i <= end; i++) {
      const symbol = symbolAt(bytes, i, end);
      if (this.#walk.advance(members, before, symbol, after)) return true;
      if (after.length === 0) return false;
      before = beforeAfter(symbol);
      [members, after] = [after, members];
    }
    return false;
  }
}

function symbolAt(bytes: Uint8Array, i: number, end: number): number {
  if (i === end) return END;
  const byte = bytes[i]!;
  return byte === 10 && i === end - 1 ? FINAL_NEWLINE : byte;
}

/** Symbols between which the automaton makes no difference. */
interface Classes {
  /** By symbol. */
  readonly of: Uint16Array;
  /** How many there are, three at least: numbers below the first state have meanings. */
  readonly width: number;
}

function classesOf({ states }: Automaton): Classes {
  const starts = new Uint8Array(257);
  const mark = (low: number, high: number): void => {
    starts[low] = 1;
    starts[high + 1] = 1;
  };
  for (const state of states) {
    if (state.kind === "assert") {
      mark(10, 10);
      if (state.at === "word-edge" || state.at === "no-word-edge") markWords(starts);
    } else if (state.kind === "bytes") {
      for (let i = 0; i < state.to.length; i += 3) mark(state.to[i]!, state.to[i + 1]!);
    }
  }
  const of = new Uint16Array(258);
  let width = 0;
  for (let byte = 1; byte < 256; byte++) of[byte] = starts[byte] === 1 ? ++width : width;
  of[END] = width + 1;
  of[FINAL_NEWLINE] = width + 2;
  return { of, width: width + 3 };
}

function markWords(starts: Uint8Array): void {
  for (let byte = 1; byte < 256; byte++) if (isWord(byte) !== isWord(byte - 1)) starts[byte] = 1;
}
