/**
 * A regular expression as a nondeterministic automaton over bytes (Thompson's construction).
 *
 * @module
 */
import type { CodeSet } from "./code_set.ts";
import { RegexError } from "./regex_error.ts";
import type { Assertion, RegexNode } from "./syntax.ts";
import { type ByteRanges, utf8Ranges } from "./utf8_ranges.ts";

export type State =
  /** Triples: first byte, last byte, next state. */
  | { readonly kind: "bytes"; readonly to: readonly number[] }
  | { readonly kind: "split"; readonly to: readonly number[] }
  | { readonly kind: "assert"; readonly at: Assertion; readonly to: number }
  | { readonly kind: "match" };

export interface Automaton {
  readonly states: readonly State[];
  readonly start: number;
}

/** What one byte of a value may cost at worst is bounded by it. */
export const MOST_STATES = 8192;

/** @throws {RegexError} If it has more than {@link MOST_STATES}. */
export function automatonOf(node: RegexNode): Automaton {
  const builder = new Builder();
  const start = builder.build(node, builder.match());
  return { states: builder.states, start };
}

/** Builds from the end to the start: what follows is there before what leads to it. */
class Builder {
  readonly states: State[] = [];
  /** Nodes that were built: those that need no state could be repeated for ever. */
  #steps = 0;

  match(): number {
    return this.#add({ kind: "match" });
  }

  /** The state from which `node`, and then `next`, is matched. */
  build(node: RegexNode, next: number): number {
    if (++this.#steps > 4 * MOST_STATES) throw tooLarge();
    switch (node.kind) {
      case "set":
        return this.#set(node.set, next);
      case "assert":
        return this.#add({ kind: "assert", at: node.at, to: next });
      case "concat":
        return node.of.reduceRight((after, part) => this.build(part, after), next);
      case "either": {
        const to = node.of.map((option) => this.build(option, next));
        return this.#add({ kind: "split", to });
      }
      case "repeat":
        return this.#repeat(node, next);
    }
  }

  #repeat(node: Extract<RegexNode, { kind: "repeat" }>, next: number): number {
    const { of, least, most } = node;
    let at = next;
    if (most === Infinity) {
      const to = [next];
      const loop = this.#add({ kind: "split", to });
      to.push(this.build(of, loop));
      at = loop;
    } else {
      for (let k = least; k < most; k++) {
        at = this.#add({ kind: "split", to: [this.build(of, at), next] });
      }
    }
    for (let k = 0; k < least; k++) at = this.build(of, at);
    return at;
  }

  /** Sequences that end alike share their ends. */
  #set(set: CodeSet, next: number): number {
    const ends = new Map<string, number>();
    const to: number[] = [];
    for (const ranges of utf8Ranges(set)) {
      const [[low, high] = [0, 0]] = ranges;
      to.push(low, high, this.#tail(ranges.slice(1), next, ends));
    }
    return this.#add({ kind: "bytes", to });
  }

  #tail(ranges: ByteRanges, next: number, ends: Map<string, number>): number {
    const [first] = ranges;
    if (first === undefined) return next;
    const key = ranges.join();
    let state = ends.get(key);
    if (state === undefined) {
      state = this.#add({
        kind: "bytes",
        to: [...first, this.#tail(ranges.slice(1), next, ends)],
      });
      ends.set(key, state);
    }
    return state;
  }

  #add(state: State): number {
    if (this.states.length >= MOST_STATES) throw tooLarge();
    this.states.push(state);
    return this.states.length - 1;
  }
}

function tooLarge(): RegexError {
  return new RegexError(
    "too-large",
    0,
    `it needs more than ${MOST_STATES} states: counts such as {1000} within one another are why`,
  );
}
