/**
 * Operators between scalars: what their operands are converted to, and what they give.
 *
 * @module
 */
import { commonType, condition, convert } from "../functions/convert.ts";
import { callOf, type Expr, fieldOf, literal } from "../plan.ts";
import type { Syntax } from "../syntax.ts";
import { isNumeric, type ScalarType } from "../types.ts";
import { foldArithmetic } from "./fold.ts";
import { failAt, type Lowering, type Place, unsupported } from "./scope.ts";

const ARITHMETIC: ReadonlySet<string> = new Set(["+", "-", "*", "/", "%"]);
const COMPARISONS: ReadonlyMap<string, string> = new Map([
  ["==", "=="],
  ["!=", "!="],
  ["<>", "!="],
  ["<", "<"],
  ["<=", "<="],
  [">", ">"],
  [">=", ">="],
]);

/** Lowers `left operator right`, for any operator but `in` and its kin. */
export function lowerBinary(syntax: Syntax, lowering: Lowering, place: Place): Expr {
  const operator = syntax.need("Operator").text.toLowerCase();
  const right = lowering.expr(syntax.need("Right"), place);
  if (syntax.need("Left").kind === "StarExpression") return inAnyColumn(operator, right, place);
  const left = lowering.expr(syntax.need("Left"), place);
  if (operator === "and" || operator === "or") {
    return callOf("bool", operator, condition(left), condition(right));
  }
  if (ARITHMETIC.has(operator)) return arithmetic(operator, [left, right], { lowering, syntax });
  const comparison = COMPARISONS.get(operator);
  if (comparison !== undefined) {
    return compare(comparison, [left, right], { lowering, syntax });
  }
  return textOperator(operator, left, right);
}

/** `* has "text"`: whether it holds for a column of text. */
function inAnyColumn(operator: string, right: Expr, { row }: Place): Expr {
  return (row?.fields ?? [])
    .filter(({ type }) => type === "string" || type === "dynamic")
    .map((field) => textOperator(operator, fieldOf(field), right))
    .reduce<Expr>((any, one) => callOf("bool", "or", any, one), literal("bool", false));
}

interface Where {
  readonly lowering: Lowering;
  readonly syntax: Syntax;
}

/** `has`, `!contains_cs`, `matches regex`, `=~`, … */
export function textOperator(operator: string, left: Expr, right: Expr): Expr {
  const [a, b] = [convert(left, "string"), convert(right, "string")];
  if (operator === "!~") return callOf("bool", "not", callOf("bool", "=~", a, b));
  return operator.startsWith("!")
    ? callOf("bool", "not", callOf("bool", operator.slice(1), a, b))
    : callOf("bool", operator, a, b);
}

/** `==`, `<` and the like. */
export function compare(
  operator: string,
  [left, right]: readonly [Expr, Expr],
  { lowering, syntax }: Where,
): Expr {
  if (
    left.type === "dynamic" && right.type === "dynamic" && left.kind !== "literal" &&
    right.kind !== "literal"
  ) {
    throw failAt(lowering, syntax, {
      code: "semantic",
      message: "two dynamic values cannot be compared",
      expected: "one side converted, such as tostring(…)",
    });
  }
  const type = comparedAs(left, right, operator);
  return callOf("bool", operator, toCompared(left, type), toCompared(right, type));
}

function toCompared(expr: Expr, type: ScalarType): Expr {
  // Numbers stay what they are: a stored whole number next to a real one is still found by range.
  return isNumeric(expr.type) && isNumeric(type) ? expr : convert(expr, type);
}

/** The type as which two values are compared. */
function comparedAs(left: Expr, right: Expr, operator: string): ScalarType {
  const [a, b] = [left.type, right.type];
  if (a === b) return a;
  const pair = (type: ScalarType): ScalarType | undefined =>
    a === type ? b : b === type ? a : undefined;
  const beside = pair("dynamic");
  if (beside !== undefined) return beside === "int" || beside === "long" ? "real" : beside;
  const text = pair("string");
  if (text !== undefined) {
    if (isNumeric(text)) return operator === "==" || operator === "!=" ? "string" : "real";
    return text === "guid" || text === "bool" ? "string" : text;
  }
  return commonType([left, right]);
}

/** `+ - * / %`. */
export function arithmetic(
  operator: string,
  [left, right]: readonly [Expr, Expr],
  where: Where,
): Expr {
  const [a, b] = besideDynamic(left, right);
  const type = resultOf(operator, a.type, b.type);
  if (type === undefined) {
    throw failAt(where.lowering, where.syntax, {
      code: "semantic",
      message: `"${operator}" is not defined for ${a.type} and ${b.type}`,
    });
  }
  const call = callOf(type, operator, ...sameNumbers(a, b));
  return foldArithmetic(call) ?? call;
}

/** A dynamic operand becomes what the other one asks for. */
function besideDynamic(left: Expr, right: Expr): readonly [Expr, Expr] {
  if (left.type !== "dynamic" && right.type !== "dynamic") return [left, right];
  const [other] = [left, right].filter(({ type }) => type !== "dynamic");
  if (other?.type === "datetime" && left.type === "dynamic") {
    return [convert(left, "datetime"), right];
  }
  if (other?.type === "datetime") return [left, convert(right, "timespan")];
  const type = other === undefined || other.type === "bool" || other.type === "string"
    ? "real"
    : other.type;
  return [convert(left, type), convert(right, type)];
}

function sameNumbers(a: Expr, b: Expr): readonly [Expr, Expr] {
  const isNumber = ({ type }: Expr): boolean => isNumeric(type) || type === "bool";
  if (!isNumber(a) || !isNumber(b)) return [a, b];
  const common = commonType([a, b]);
  const type = common === "bool" || common === "int" ? "long" : common;
  return [convert(a, type), convert(b, type)];
}

function resultOf(operator: string, a: ScalarType, b: ScalarType): ScalarType | undefined {
  const isNumber = (type: ScalarType): boolean => isNumeric(type) || type === "bool";
  if (isNumber(a) && isNumber(b)) {
    const common = commonType([literal(a, null), literal(b, null)]);
    return common === "bool" || common === "int" ? "long" : common;
  }
  const key = `${a} ${operator} ${b}`;
  if (TIMES.has(key)) return TIMES.get(key);
  if (a === "timespan" && isNumber(b) && operator !== "+" && operator !== "-") return "timespan";
  if (isNumber(a) && b === "timespan" && operator === "*") return "timespan";
  return undefined;
}

const TIMES: ReadonlyMap<string, ScalarType> = new Map([
  ["datetime - datetime", "timespan"],
  ["datetime + timespan", "datetime"],
  ["timespan + datetime", "datetime"],
  ["datetime - timespan", "datetime"],
  ["datetime % timespan", "timespan"],
  ["timespan + timespan", "timespan"],
  ["timespan - timespan", "timespan"],
  ["timespan / timespan", "real"],
  ["timespan % timespan", "timespan"],
]);

/** `between` and `!between`. */
export function lowerBetween(syntax: Syntax, lowering: Lowering, place: Place): Expr {
  const value = lowering.expr(syntax.need("Left"), place);
  const couple = syntax.need("Right");
  const least = lowering.expr(couple.need("First"), place);
  const second = lowering.expr(couple.need("Second"), place);
  const where = { lowering, syntax };
  const most = value.type === "datetime" && second.type === "timespan"
    ? arithmetic("+", [convert(least, "datetime"), second], where)
    : second;
  const inside = callOf(
    "bool",
    "and",
    compare(">=", [value, least], where),
    compare("<=", [value, most], where),
  );
  return syntax.kind.startsWith("Not") ? callOf("bool", "not", inside) : inside;
}

/** `-x` and `+x`. */
export function lowerUnary(syntax: Syntax, lowering: Lowering, place: Place): Expr {
  const arg = lowering.expr(syntax.need("Expression"), place);
  if (syntax.kind === "UnaryPlusExpression") return arg;
  const number = arg.type === "dynamic"
    ? convert(arg, "real")
    : arg.type === "int"
    ? convert(arg, "long")
    : arg;
  if (!isNumeric(number.type) && number.type !== "timespan") {
    throw unsupported(lowering, syntax, `"-" before a ${number.type}`);
  }
  const call = callOf(number.type, "negate", number);
  return foldArithmetic(call) ?? call;
}
