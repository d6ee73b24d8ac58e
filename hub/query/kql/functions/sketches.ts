/**
 * Functions of t-digests.
 *
 * @module
 */
import { scalarTypeOf } from "../types.ts";
import type { Expr } from "../plan.ts";
import { constantText } from "./constant.ts";
import { convert } from "./convert.ts";
import { type FunctionCall, scalar, type ScalarFunction } from "./define.ts";
import { nativeCall } from "./native_call.ts";

export const SKETCHES: readonly (readonly [string, ScalarFunction])[] = [
  scalar("percentile_tdigest", [["dynamic", "real", "any"], "dynamic"], { lower: percentile }),
  scalar("percentiles_array_tdigest", [["dynamic", "any"], "dynamic"], {
    repeats: 1,
    // A type says what the elements are: they are as they were given.
    lower: ({ args }) =>
      nativeCall(
        "n_percentiles_array_tdigest",
        args.filter((arg) => constantText(arg) === undefined),
      ),
  }),
];

/** With a type, the value is converted to it. */
function percentile({ args: [digest, percent, type] }: FunctionCall): Expr {
  const value = nativeCall("n_percentile_tdigest", [digest!, percent!]);
  const name = type === undefined ? undefined : constantText(type);
  return name === undefined ? value : convert(value, scalarTypeOf(name) ?? "dynamic");
}
