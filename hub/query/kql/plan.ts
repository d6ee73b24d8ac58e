/**
 * A query as a typed plan: relations and expressions, no SQL and no names to resolve.
 *
 * Each column has a number of its own in the whole plan; names matter for the result only.
 *
 * @module
 */
import type { ScalarType } from "./types.ts";

/** A column of a relation. */
export interface Field {
  /** Its own in the plan. */
  readonly id: number;
  readonly name: string;
  readonly type: ScalarType;
  /** A stored string, which may be absent: it counts as the empty one. */
  readonly isStored?: boolean | undefined;
}

/** `datetime`, `timespan`, `int` and `long` are bigint; `dynamic` is JSON text; null is absent. */
export type LiteralValue = null | boolean | bigint | number | string;

export interface Literal {
  readonly kind: "literal";
  readonly type: ScalarType;
  readonly value: LiteralValue;
}

/** One call of a scalar function or operator, by its lower-case KQL name. */
export interface Call {
  readonly kind: "call";
  readonly type: ScalarType;
  readonly name: string;
  readonly args: readonly Expr[];
}

export interface SortKey {
  readonly by: Expr;
  readonly isDescending: boolean;
  readonly nullsFirst: boolean;
}

/** A function of a row and its neighbours. */
export interface Window {
  readonly kind: "window";
  readonly type: ScalarType;
  readonly name: string;
  readonly args: readonly Expr[];
  readonly partition: readonly Expr[];
  readonly order: readonly SortKey[];
}

export type Expr =
  | Literal
  | Call
  | Window
  | { readonly kind: "field"; readonly type: ScalarType; readonly field: Field }
  /** As `tolong()` and the like. */
  | { readonly kind: "cast"; readonly type: ScalarType; readonly arg: Expr }
  | {
    readonly kind: "case";
    readonly type: ScalarType;
    readonly branches: readonly { readonly when: Expr; readonly value: Expr }[];
    readonly otherwise: Expr;
  }
  /** A function of `native/`. */
  | {
    readonly kind: "native";
    readonly type: ScalarType;
    readonly name: string;
    readonly args: readonly Expr[];
  }
  /** `field` of the only row of `rel`; absent where it has none. */
  | {
    readonly kind: "scalar";
    readonly type: ScalarType;
    readonly rel: Rel;
    readonly field: Field;
  }
  /** Whether `arg` is among the values of `field` in `rel`. */
  | {
    readonly kind: "member";
    readonly type: "bool";
    readonly arg: Expr;
    readonly rel: Rel;
    readonly field: Field;
    readonly ignoresCase: boolean;
  };

/** A column that is computed. */
export interface Computed {
  readonly field: Field;
  readonly expr: Expr;
}

/** One call of an aggregate function; `order` is that of the rows, where it matters. */
export interface AggregateCall {
  readonly name: string;
  readonly type: ScalarType;
  readonly args: readonly Expr[];
  /** Only rows for which it holds. */
  readonly where?: Expr | undefined;
  readonly order?: readonly SortKey[] | undefined;
}

export interface Aggregated {
  readonly field: Field;
  readonly call: AggregateCall;
}

/** A relation that is named once and read in several places. */
export interface Shared {
  readonly id: number;
  readonly rel: Rel;
  /** Computed once, even where it could be computed in each place. */
  readonly isMaterialized: boolean;
}

export type JoinKind = "inner" | "left" | "right" | "full" | "semi" | "anti" | "cross";

export type Rel =
  /** A stored table; `fields` are its columns, all of them. */
  | { readonly kind: "scan"; readonly table: string; readonly fields: readonly Field[] }
  | {
    readonly kind: "values";
    readonly fields: readonly Field[];
    readonly rows: readonly (readonly Expr[])[];
  }
  /** `from`, `from + step`, … up to `to`: numbers of the type of `field`. */
  | {
    readonly kind: "range";
    readonly field: Field;
    readonly from: Expr;
    readonly to: Expr;
    readonly step: Expr;
  }
  | { readonly kind: "filter"; readonly input: Rel; readonly condition: Expr }
  /** Exactly these columns. */
  | { readonly kind: "project"; readonly input: Rel; readonly columns: readonly Computed[] }
  /** These columns and all of `input`. */
  | { readonly kind: "extend"; readonly input: Rel; readonly columns: readonly Computed[] }
  | {
    readonly kind: "aggregate";
    readonly input: Rel;
    readonly keys: readonly Computed[];
    readonly aggregates: readonly Aggregated[];
  }
  /** One row for each value of `on`, the first in `order`. */
  | {
    readonly kind: "first";
    readonly input: Rel;
    readonly on: readonly Field[];
    readonly order: readonly SortKey[];
  }
  /** Columns of both sides; of the left alone for `semi` and `anti`. */
  | {
    readonly kind: "join";
    readonly join: JoinKind;
    readonly left: Rel;
    readonly right: Rel;
    readonly on: Expr;
  }
  /** All rows of all; `columns` has for each input what each of `fields` is there. */
  | {
    readonly kind: "union";
    readonly fields: readonly Field[];
    readonly inputs: readonly { readonly rel: Rel; readonly columns: readonly Expr[] }[];
  }
  | {
    readonly kind: "sort";
    readonly input: Rel;
    readonly keys: readonly SortKey[];
    readonly limit?: Expr | undefined;
  }
  | { readonly kind: "limit"; readonly input: Rel; readonly count: Expr }
  /** `count` rows by chance. */
  | { readonly kind: "sample"; readonly input: Rel; readonly count: Expr }
  /**
   * For each row one for each element of the longest of `lists` (lists of dynamic values, as
   * `expr` gives them); `index` is the position from 0.
   */
  | {
    readonly kind: "expand";
    readonly input: Rel;
    readonly lists: readonly Computed[];
    readonly index: Field;
    readonly limit?: Expr | undefined;
  }
  /**
   * The rows of `input` that are alike in `part`, one after the other in the order of `position`,
   * which counts from 1 in each part. Each has the columns of all `stages`, of which one may use
   * those before it and each `before`: what `after` was in the row before, `initial` in the first.
   */
  | {
    readonly kind: "fold";
    /** Its own in the plan. */
    readonly id: number;
    readonly input: Rel;
    readonly part: Field;
    readonly position: Field;
    readonly state: readonly {
      readonly before: Field;
      readonly after: Field;
      readonly initial: Expr;
    }[];
    readonly stages: readonly (readonly Computed[])[];
  }
  /** The rows of `shared` with the numbers that they have there. */
  | { readonly kind: "whole"; readonly shared: Shared }
  /** The rows of `shared` under new numbers: `fields[i]` is what `from[i]` is there. */
  | {
    readonly kind: "reference";
    readonly shared: Shared;
    readonly from: readonly Field[];
    readonly fields: readonly Field[];
  };

/** The absent value of a type; an absent string is the empty one. */
export function absent(type: ScalarType): Literal {
  return { kind: "literal", type, value: type === "string" ? "" : null };
}

export function literal(type: ScalarType, value: LiteralValue): Literal {
  return { kind: "literal", type, value };
}

export function fieldOf(field: Field): Expr {
  return { kind: "field", type: field.type, field };
}

export function callOf(type: ScalarType, name: string, ...args: readonly Expr[]): Call {
  return { kind: "call", type, name, args };
}

/** All `conditions`. */
export function allOf(conditions: readonly Expr[]): Expr {
  return conditions.reduce<Expr | undefined>(
    (all, one) => all === undefined ? one : callOf("bool", "and", all, one),
    undefined,
  ) ?? literal("bool", true);
}
