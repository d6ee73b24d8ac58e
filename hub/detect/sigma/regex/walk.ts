/**
 * Steps of an automaton: which states it is in after one byte more.
 *
 * @module
 */
import type { Automaton, State } from "./automaton.ts";
import type { Assertion } from "./syntax.ts";

/** What stands before a place. */
export const BEFORE = { start: 0, newline: 1, word: 2, other: 3 } as const;
export type Before = (typeof BEFORE)[keyof typeof BEFORE];

/** What comes next where no byte does. */
export const END = 256;
/** A line feed that is the last byte. */
export const FINAL_NEWLINE = 257;

/** Takes steps; a step costs at most one look at each state. */
export class Walk {
  readonly #states: readonly State[];
  readonly #start: number;
  /** By state, the number of the step that has seen it. */
  readonly #seen: Int32Array;
  readonly #stack: number[] = [];
  #step = 0;
  /** No match can begin after the first byte. */
  readonly isAnchored: boolean;

  constructor({ states, start }: Automaton) {
    this.#states = states;
    this.#start = start;
    this.#seen = new Int32Array(states.length);
    this.isAnchored = this.#beginsAtStart();
  }

  /**
   * States after `symbol` (a byte, {@link END} or {@link FINAL_NEWLINE}), written to `after`
   * without repetition; true if there is a match before it.
   */
  // oxlint-disable-next-line max-params -- hot path of the fallback: an object a byte is what it avoids
  advance(from: readonly number[], before: Before, symbol: number, after: number[]): boolean {
    after.length = 0;
    const passed = this.#closure(from, before, symbol);
    if (passed === undefined) return true;
    if (symbol === END) return false;
    const byte = symbol === FINAL_NEWLINE ? 10 : symbol;
    this.#nextStep();
    for (const to of passed) {
      for (let i = 0; i < to.length; i += 3) {
        if (byte >= to[i]! && byte <= to[i + 1]!) this.#enter(to[i + 2]!, after);
      }
    }
    if (!this.isAnchored) this.#enter(this.#start, after);
    return false;
  }

  #enter(state: number, after: number[]): void {
    if (this.#seen[state] === this.#step) return;
    this.#seen[state] = this.#step;
    after.push(state);
  }

  #nextStep(): void {
    if (this.#step === 0x7fff_ffff) {
      this.#seen.fill(0);
      this.#step = 0;
    }
    this.#step++;
  }

  /** Transitions of all states that are reached without a byte; undefined: one of them is a match. */
  #closure(from: readonly number[], before: Before, symbol: number) {
    this.#nextStep();
    const passed: (readonly number[])[] = [];
    const stack = this.#stack;
    stack.length = 0;
    for (let i = from.length - 1; i >= 0; i--) stack.push(from[i]!);
    for (let top = stack.pop(); top !== undefined; top = stack.pop()) {
      if (this.#seen[top] === this.#step) continue;
      this.#seen[top] = this.#step;
      const state = this.#states[top]!;
      switch (state.kind) {
        case "match":
          return undefined;
        case "bytes":
          passed.push(state.to);
          break;
        case "split":
          for (const to of state.to) stack.push(to);
          break;
        case "assert":
          if (holds(state.at, before, symbol)) stack.push(state.to);
      }
    }
    return passed;
  }

  /** Whether every way from the start leads through the start of the text. */
  #beginsAtStart(): boolean {
    const stack = [this.#start];
    const seen = new Set(stack);
    for (let top = stack.pop(); top !== undefined; top = stack.pop()) {
      const state = this.#states[top]!;
      if (state.kind === "match" || state.kind === "bytes") return false;
      if (state.kind === "assert" && state.at === "text-start") continue;
      for (const to of state.kind === "split" ? state.to : [state.to]) {
        if (!seen.has(to)) stack.push(to);
        seen.add(to);
      }
    }
    return true;
  }
}

/** What stands before the place after `byte`. */
export function beforeAfter(byte: number): Before {
  if (byte === 10) return BEFORE.newline;
  return isWord(byte) ? BEFORE.word : BEFORE.other;
}

export function isWord(byte: number): boolean {
  return (byte >= 48 && byte <= 57) || (byte >= 65 && byte <= 90) || byte === 95 ||
    (byte >= 97 && byte <= 122);
}

function holds(at: Assertion, before: Before, symbol: number): boolean {
  switch (at) {
    case "text-start":
      return before === BEFORE.start;
    case "text-end":
      return symbol === END;
    case "final-end":
      return symbol === END || symbol === FINAL_NEWLINE;
    case "line-start":
      return before === BEFORE.start || before === BEFORE.newline;
    case "line-end":
      return symbol === END || symbol === FINAL_NEWLINE || symbol === 10;
    case "word-edge":
      return (before === BEFORE.word) !== isWord(symbol);
    case "no-word-edge":
      return (before === BEFORE.word) === isWord(symbol);
  }
}
