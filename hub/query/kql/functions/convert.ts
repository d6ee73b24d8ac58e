/**
 * Conversions that KQL makes where a value of one type stands for another.
 *
 * @module
 */
import { absent, callOf, type Expr, literal } from "../plan.ts";
import { ticksOfDatetime, ticksOfTimespan } from "../time_text.ts";
import { isNumeric, type ScalarType } from "../types.ts";

/** `expr` as `type`, as `to…()` converts. */
export function convert(expr: Expr, type: ScalarType): Expr {
  if (expr.type === type) return expr;
  if (expr.kind === "literal") {
    const folded = convertLiteral(expr.value, expr.type, type);
    if (folded !== undefined) return folded;
  }
  return { kind: "cast", type, arg: expr };
}

function convertLiteral(value: unknown, from: ScalarType, to: ScalarType): Expr | undefined {
  if (value === null) return absent(to);
  if (typeof value === "bigint" && (to === "real" || to === "long") && isNumeric(from)) {
    return literal(to, to === "real" ? Number(value) : value);
  }
  if (typeof value === "string" && from === "string") {
    if (to === "datetime") return literal(to, ticksOfDatetime(value) ?? null);
    if (to === "timespan") return literal(to, ticksOfTimespan(value) ?? null);
    if (to === "dynamic") return literal(to, JSON.stringify(value));
  }
  return undefined;
}

const ORDER: readonly ScalarType[] = ["bool", "int", "long", "decimal", "real"];

/** The type that holds all values; a bare `null` is of any type. */
export function commonType(exprs: readonly Expr[]): ScalarType {
  const types = exprs.filter((expr) => !isBareNull(expr)).map(({ type }) => type);
  const [first] = types;
  if (first === undefined) return "dynamic";
  if (types.every((type) => type === first)) return first;
  if (types.every((type) => ORDER.includes(type))) {
    return ORDER[Math.max(...types.map((type) => ORDER.indexOf(type)))]!;
  }
  return types.includes("dynamic") ? "dynamic" : "string";
}

function isBareNull(expr: Expr): boolean {
  return expr.kind === "literal" && expr.type === "dynamic" && expr.value === null;
}

/** `expr` as a condition. */
export function condition(expr: Expr): Expr {
  if (expr.type === "bool") return expr;
  if (isNumeric(expr.type)) return callOf("bool", "!=", expr, literal("int", 0n));
  return convert(expr, "bool");
}
