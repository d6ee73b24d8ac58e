/**
 * Native functions: scalar functions of KQL in TypeScript, for what SQL cannot say well.
 *
 * Each is a scalar function of the query engine and folds constants, by the same code.
 *
 * @module
 */
import type { ScalarType } from "../types.ts";
import type { Json } from "./json.ts";

/** What a value of each type is; null is absent, which a string never is. */
interface NativeTypes {
  readonly bool: boolean | null;
  readonly int: number | null;
  readonly long: bigint | null;
  readonly real: number | null;
  /** Its text. */
  readonly decimal: string | null;
  readonly string: string;
  /** Ticks of 100 ns since the Unix epoch. */
  readonly datetime: bigint | null;
  /** Ticks of 100 ns. */
  readonly timespan: bigint | null;
  /** Its text, lower case with dashes. */
  readonly guid: string | null;
  readonly dynamic: Json;
}

export type NativeValue = NativeTypes[ScalarType];
type Values<Types extends readonly ScalarType[]> = {
  readonly [Index in keyof Types]: NativeTypes[Types[Index]];
};

export interface NativeFunction {
  /** In SQL: `n_` and the name in KQL. */
  readonly name: string;
  /** All of them: who calls gives null for each that the query leaves out. */
  readonly parameters: readonly ScalarType[];
  /** Of any number of further arguments. */
  readonly variadic?: ScalarType;
  readonly result: ScalarType;
  /**
   * Pure.
   *
   * @throws {NativeError} Where Kusto raises.
   */
  readonly run: (args: readonly NativeValue[]) => NativeValue;
}

/** A function of exactly `parameters`; `run` gets them in order, as one tuple. */
export function defineNative<
  const Parameters extends readonly ScalarType[],
  Result extends ScalarType,
>(
  name: string,
  [parameters, result]: readonly [parameters: Parameters, result: Result],
  run: (args: Values<Parameters>) => NativeTypes[Result],
): NativeFunction {
  return {
    name: `n_${name}`,
    parameters,
    result,
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the engine and folding give values of the declared types
    run: (args) => run(args as unknown as Values<Parameters>),
  };
}

/** Like {@link defineNative}, with any number of further arguments of one type. */
export function defineVariadic<
  const Leading extends readonly ScalarType[],
  Rest extends ScalarType,
  Result extends ScalarType,
>(
  name: string,
  [leading, rest, result]: readonly [leading: Leading, rest: Rest, result: Result],
  run: (first: Values<Leading>, more: readonly NativeTypes[Rest][]) => NativeTypes[Result],
): NativeFunction {
  return {
    name: `n_${name}`,
    parameters: leading,
    variadic: rest,
    result,
    run: (args) =>
      run(
        // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- as in defineNative()
        args.slice(0, leading.length) as unknown as Values<Leading>,
        // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- as in defineNative()
        args.slice(leading.length) as unknown as readonly NativeTypes[Rest][],
      ),
  };
}
