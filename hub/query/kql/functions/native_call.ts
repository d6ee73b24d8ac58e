/**
 * Calls of native functions.
 *
 * @module
 */
import { NATIVES } from "../native/natives.ts";
import { absent, type Expr } from "../plan.ts";
import { convert } from "./convert.ts";

/** Arguments that the query leaves out are absent. */
export function nativeCall(name: string, args: readonly Expr[]): Expr {
  const { parameters, variadic, result } = NATIVES.get(name)!;
  const given = parameters.map((type, i) => convert(args[i] ?? absent(type), type));
  const rest = variadic === undefined
    ? []
    : args.slice(parameters.length).map((arg) => convert(arg, variadic));
  return { kind: "native", type: result, name, args: [...given, ...rest] };
}
