/**
 * Constants that are known before the query runs: arithmetic of times and whole numbers, so that a
 * bound such as `now() - 1h` can choose files.
 *
 * @module
 */
import { absent, type Call, type Expr, literal } from "../plan.ts";
import { isDatetime } from "../time_text.ts";
import type { ScalarType } from "../types.ts";

const WHOLE: ReadonlySet<ScalarType> = new Set(["int", "long", "datetime", "timespan"]);

/** The value of `call`, where it is one of constants and does not pass the range of its type. */
export function foldArithmetic({ type, name, args }: Call): Expr | undefined {
  if (type === "real" && name === "negate") return foldRealNegation(args);
  if (!WHOLE.has(type)) return undefined;
  const values = args.map(wholeValue);
  const [a, b] = values;
  if (a === undefined || values.includes(undefined)) return undefined;
  const value = apply(name, a, b ?? 0n);
  const bits = type === "int" ? 32 : 64;
  if (value === undefined || BigInt.asIntN(bits, value) !== value) return undefined;
  return type === "datetime" && !isDatetime(value) ? absent(type) : literal(type, value);
}

function wholeValue(expr: Expr): bigint | undefined {
  return expr.kind === "literal" && WHOLE.has(expr.type) && typeof expr.value === "bigint"
    ? expr.value
    : undefined;
}

function apply(name: string, a: bigint, b: bigint): bigint | undefined {
  switch (name) {
    case "+":
      return a + b;
    case "-":
      return a - b;
    case "*":
      return a * b;
    case "negate":
      return -a;
    default:
      return undefined;
  }
}

function foldRealNegation([arg]: readonly Expr[]): Expr | undefined {
  return arg?.kind === "literal" && typeof arg.value === "number"
    ? literal("real", -arg.value)
    : undefined;
}

/** The whole number that `expr` is known to be. */
export function constantWhole(expr: Expr): bigint | undefined {
  return wholeValue(expr);
}

/** The text that `expr` is known to be. */
export function constantText(expr: Expr): string | undefined {
  return expr.kind === "literal" && expr.type === "string" && typeof expr.value === "string"
    ? expr.value
    : undefined;
}
