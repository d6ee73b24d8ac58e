/**
 * What a regular expression is made of.
 *
 * @module
 */
import type { CodeSet } from "./code_set.ts";

/** A place between two bytes. */
export type Assertion =
  | "text-start"
  | "text-end"
  /** At the end, or before a line feed that is the last byte. */
  | "final-end"
  | "line-start"
  | "line-end"
  | "word-edge"
  | "no-word-edge";

export type RegexNode =
  /** One code point of a set. */
  | { readonly kind: "set"; readonly set: CodeSet }
  | { readonly kind: "assert"; readonly at: Assertion }
  /** One after the other; none is the empty text. */
  | { readonly kind: "concat"; readonly of: readonly RegexNode[] }
  | { readonly kind: "either"; readonly of: readonly RegexNode[] }
  /** `most` may be infinite. */
  | {
    readonly kind: "repeat";
    readonly of: RegexNode;
    readonly least: number;
    readonly most: number;
  };

export interface RegexFlags {
  readonly ignoreCase: boolean;
  /** `^` and `$` also stand beside line feeds. */
  readonly multiLine: boolean;
  /** `.` is any code point, a line feed too. */
  readonly dotAll: boolean;
}

export const EMPTY: RegexNode = { kind: "concat", of: [] };
