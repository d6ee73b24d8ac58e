/**
 * What a Sigma rule asks of one event, after its modifiers were applied.
 *
 * Two-valued: a field that the event lacks fails every test but `null` and `exists: false`, and
 * `not` turns false into true whatever made it false.
 *
 * @module
 */

/** An expression over one event. */
export type SigmaExpr =
  /** Of nothing, `and` is true and `or` is false. */
  | { readonly kind: "and" | "or"; readonly of: readonly SigmaExpr[] }
  | { readonly kind: "not"; readonly of: SigmaExpr }
  /** At least `count` of them hold; `count` is from 2 to one less than their number. */
  | { readonly kind: "least"; readonly count: number; readonly of: readonly SigmaExpr[] }
  /** Without a field it is a keyword: any field's value, or the whole message. */
  | { readonly kind: "test"; readonly field: string | undefined; readonly test: SigmaTest };

/** Where a text stands in a value. */
export type SigmaAt = "whole" | "start" | "end" | "within";

/** A part of a pattern: a text that is not empty, one character, or any number of them. */
export type SigmaWild = { readonly text: string } | "one" | "many";

export type SigmaCompare = "eq" | "lt" | "lte" | "gt" | "gte";

/** A test of one value. Texts are as the rule has them; without `cased`, case is no difference. */
export type SigmaTest =
  /** A text within that is empty is in every value. */
  | {
    readonly op: "text";
    readonly at: SigmaAt;
    readonly text: string;
    readonly cased: boolean;
  }
  /** Matches the whole value; no two texts and no two `many` follow one another. */
  | { readonly op: "wildcard"; readonly parts: readonly SigmaWild[]; readonly cased: boolean }
  /** Found anywhere in the value unless it is anchored. */
  | {
    readonly op: "regex";
    readonly source: string;
    readonly ignoreCase: boolean;
    readonly multiLine: boolean;
    readonly dotAll: boolean;
  }
  /** Such as `10.0.0.0/8` or `2001:db8::/32`; no bit after the prefix is set. */
  | { readonly op: "cidr"; readonly network: string }
  /** `eq` holds for the number and for a text that is this number. */
  | { readonly op: "number"; readonly compare: SigmaCompare; readonly value: number }
  /** Missing or null. Bound to a table, a value without a character is none, too. */
  | { readonly op: "null" }
  /** A value that is there and has no character. */
  | { readonly op: "empty" }
  | { readonly op: "exists"; readonly wanted: boolean }
  /** The value of `other` stands there in the value; false where either is missing. */
  | {
    readonly op: "field";
    readonly at: SigmaAt;
    readonly other: string;
    readonly cased: boolean;
  }
  /** A part of a time, UTC; weeks are those of ISO 8601. */
  | {
    readonly op: "time";
    readonly part: SigmaTimePart;
    readonly compare: SigmaCompare;
    readonly value: number;
  };

export const SIGMA_TIME_PARTS = ["minute", "hour", "day", "week", "month", "year"] as const;
export type SigmaTimePart = (typeof SIGMA_TIME_PARTS)[number];
