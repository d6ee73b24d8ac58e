/**
 * Hashes, which depend on the type of what is hashed.
 *
 * @module
 */
import { absent, type Expr } from "../plan.ts";
import type { ScalarType } from "../types.ts";
import { type FunctionCall, scalar, type ScalarFunction } from "./define.ts";
import { nativeCall } from "./native_call.ts";

const NATIVE_BY_TYPE: Readonly<Record<ScalarType, string>> = {
  bool: "n_hash_bool",
  int: "n_hash_long",
  long: "n_hash_long",
  timespan: "n_hash_long",
  datetime: "n_hash_datetime",
  real: "n_hash_real",
  decimal: "n_hash_string",
  string: "n_hash_string",
  guid: "n_hash_guid",
  dynamic: "n_hash_dynamic",
};

export const HASHES: readonly (readonly [string, ScalarFunction])[] = [
  scalar("hash", [["any", "long"], "long"], { lower: lowerHash }),
  scalar("hash_xxhash64", [["any", "long"], "long"], { lower: lowerHash }),
  scalar("hash_many", [["any"], "long"], {
    repeats: 1,
    lower: ({ args }) => nativeCall("n_hash_combine", args.map((arg) => hashOf(arg))),
  }),
];

function lowerHash({ args: [value, divisor] }: FunctionCall): Expr {
  return hashOf(value!, divisor);
}

/** The hash of `value`, or the rest of its division. */
export function hashOf(value: Expr, divisor: Expr = absent("long")): Expr {
  return nativeCall(NATIVE_BY_TYPE[value.type], [value, divisor]);
}
