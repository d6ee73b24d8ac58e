/**
 * Tests of single values, each distinct one once for all rules of a table.
 *
 * @module
 */
import type { SigmaAt, SigmaCompare, SigmaTimePart } from "../ast.ts";
import type { BoundField } from "../map/bound_rule.ts";
import type { Network } from "./networks.ts";
import type { Regex } from "../regex/regex.ts";

/** A text that is looked for. */
export interface Pattern {
  readonly at: SigmaAt;
  /** As it is where `cased`, else folded. */
  readonly text: string;
  readonly cased: boolean;
}

/** A test that is only made where all else of a rule holds. */
export type LateTest =
  | { readonly op: "regex"; readonly regex: Regex }
  | { readonly op: "cidr"; readonly networks: readonly Network[] }
  | { readonly op: "compare"; readonly compare: SigmaCompare; readonly value: number }
  | {
    readonly op: "time";
    readonly part: SigmaTimePart;
    readonly compare: SigmaCompare;
    readonly value: number;
  }
  /** `other` is the number of a field. */
  | {
    readonly op: "field";
    readonly other: number;
    readonly at: SigmaAt;
    readonly cased: boolean;
  };

export type AtomTest =
  /** The value has one of the patterns, or is one of the numbers. */
  | {
    readonly op: "texts";
    readonly patterns: readonly Pattern[];
    readonly numbers: readonly number[];
  }
  /** There is a value other than null. */
  | { readonly op: "there" }
  /** There is a value that is null or has no character. */
  | { readonly op: "empty" }
  | LateTest;

/** One test of one field. */
export interface Atom {
  /** Numbers from 0, within a table. */
  readonly id: number;
  readonly field: number;
  readonly test: AtomTest;
  /** About how seldom it holds: more is more often. */
  readonly weight: number;
}

/** A field that a rule of the table names. */
export interface Field {
  readonly id: number;
  /** undefined: all values of the event. */
  readonly bound: BoundField | undefined;
}

/** What is not looked at before a rule asks for it. */
export function isLate(test: AtomTest): test is LateTest {
  return test.op !== "texts" && test.op !== "there" && test.op !== "empty";
}

/** Guesses how often `test` holds. */
export function weightOf(test: AtomTest): number {
  switch (test.op) {
    case "texts":
      return test.numbers.length * 400 +
        test.patterns.reduce((sum, p) => sum + patternWeight(p), 0);
    case "there":
      return 5000;
    case "empty":
      return 500;
    default:
      return Infinity;
  }
}

function patternWeight({ at, text }: Pattern): number {
  const length = Math.max(1, text.length);
  return 1 + (at === "whole" ? 20_000 / length : 600) / (length * length);
}
