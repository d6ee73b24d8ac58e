/**
 * How a function of KQL is declared: what its arguments are converted to and what it gives.
 *
 * To add a scalar function: one line in a table of `functions/` (`scalar("strlen", ["string"],
 * "long")`) and one of the same name in a table of `duckdb/functions/` that gives its SQL; or, where
 * SQL has no way to say it, a function of `native/` and `native: "n_strlen"` here. To add an
 * aggregate: one line in `functions/aggregates.ts` and one in `duckdb/aggregates.ts`.
 *
 * @module
 */
import type { Expr } from "../plan.ts";
import type { ScalarType } from "../types.ts";

/**
 * What an argument is converted to. `any`: it stays as it is; `number`: it must be one, a dynamic
 * value becomes `real`; `amount`: as `number`, or a time or a span; `orderable`: a dynamic value
 * becomes `real`; `common`: all of these become the type that holds them all.
 */
export type ParameterRule = ScalarType | "any" | "number" | "amount" | "orderable" | "common";

/** `first`: that of the first argument; `common`: see above; `bound`: what the binder says. */
export type ResultRule = ScalarType | "first" | "common" | "bound";

export interface ScalarFunction {
  readonly name: string;
  readonly parameters: readonly ParameterRule[];
  readonly result: ResultRule;
  /** The last parameters, so many of them, stand for all arguments that follow. */
  readonly repeats?: number | undefined;
  /** Name of the function that it is another name of. */
  readonly as?: string | undefined;
  /** Name of the function of `native/` that it is. */
  readonly native?: string | undefined;
  /** Gives the expression itself; `parameters` and `result` are applied before. */
  readonly lower?: ((call: FunctionCall) => Expr) | undefined;
}

export interface FunctionCall {
  readonly name: string;
  readonly type: ScalarType;
  readonly args: readonly Expr[];
  /** Time of the query, ticks. */
  readonly now: bigint;
}

export interface AggregateFunction {
  readonly name: string;
  readonly parameters: readonly ParameterRule[];
  readonly result: ResultRule;
  readonly repeats?: number | undefined;
  /** Position of the argument that says which rows count (`countif`), if it has one. */
  readonly condition?: number | undefined;
  /** Name of the aggregate that it is where its condition holds (`count` of `countif`). */
  readonly as?: string | undefined;
  /** Position from which the rows' order matters. */
  readonly isOrdered?: boolean | undefined;
}

type ScalarOptions = Omit<ScalarFunction, "name" | "parameters" | "result">;

/** One entry of a table of scalar functions. */
export function scalar(
  name: string,
  [parameters, result]: readonly [readonly ParameterRule[], ResultRule],
  options: ScalarOptions = {},
): readonly [string, ScalarFunction] {
  return [name, { name, parameters, result, ...options }];
}
