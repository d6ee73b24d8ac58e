/**
 * A Sigma rule bound to one of our tables: what the matcher is given.
 *
 * @module
 */
import type { SigmaTest } from "../ast.ts";
import type { SigmaRule } from "../rule.ts";

/**
 * Where a field's value stands: a column, or a value within one that is dynamic.
 *
 * Each step of `path` is the exact name of a member. Where a step meets a list, each item is
 * followed, and a list at the end stands for its items. A test holds if it holds for one of the
 * values that are found; if there is none the event lacks the field. A null that is found there
 * fulfils `null`, `empty` and `exists: false`, and no other test.
 */
export interface BoundField {
  readonly column: string;
  readonly path?: readonly string[];
}

/** A test of one value; the other field that it may name is one of the kind `F`. */
export type TestOver<F> =
  | Exclude<SigmaTest, { readonly op: "field" }>
  | (Omit<Extract<SigmaTest, { readonly op: "field" }>, "other"> & { readonly other: F });

/** A `SigmaExpr` whose fields are of the kind `F`. */
export type ExprOver<F> =
  | { readonly kind: "and" | "or"; readonly of: readonly ExprOver<F>[] }
  | { readonly kind: "not"; readonly of: ExprOver<F> }
  | { readonly kind: "least"; readonly count: number; readonly of: readonly ExprOver<F>[] }
  | { readonly kind: "test"; readonly field: F | undefined; readonly test: TestOver<F> };

export type BoundTest = TestOver<BoundField>;

/** An expression over columns. A test without a field looks at all values of the event. */
export type BoundExpr = ExprOver<BoundField>;

/** One rule over one table; a rule whose log source several tables feed has several. */
export interface BoundRule {
  readonly rule: SigmaRule;
  readonly table: string;
  /** What the log source itself asks, such as a channel and the numbers of events. */
  readonly where: BoundExpr;
  /** What the rule asks. */
  readonly expr: BoundExpr;
  /** Where the fields stand that the rule wants shown. */
  readonly shown: readonly BoundField[];
}

/** What a field's name stands for in a table: a test holds if it holds for one of them. */
export type Fields = (name: string) => readonly BoundField[];

/** A table that feeds a log source. */
export interface Feed {
  readonly table: string;
  readonly where: BoundExpr;
  readonly fields: Fields;
  /** Asks a test in another way, where values stand otherwise here; undefined: as it is. */
  readonly ask?: (field: string, test: SigmaTest) => BoundExpr | undefined;
}
