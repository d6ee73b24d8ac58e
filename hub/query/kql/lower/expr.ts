/**
 * Scalar expressions: from syntax to the plan.
 *
 * @module
 */
import { convert } from "../functions/convert.ts";
import { callOf, type Expr, fieldOf, literal } from "../plan.ts";
import type { Syntax } from "../syntax.ts";
import { callFunction, lowerCall } from "./call.ts";
import { constantText, constantWhole } from "./fold.ts";
import { isLiteral, lowerLiteral } from "./literal.ts";
import { lowerMembership } from "./membership.ts";
import { lowerBetween, lowerBinary, lowerUnary } from "./operators.ts";
import { failAt, type Lowering, type Place, unsupported } from "./scope.ts";
import { lowerToScalar } from "./to_scalar.ts";

export function lowerExpr(syntax: Syntax, lowering: Lowering, place: Place): Expr {
  if (isLiteral(syntax)) return lowerLiteral(syntax, lowering);
  switch (syntax.kind) {
    case "ParenthesizedExpression":
    case "SimpleNamedExpression":
      return lowering.expr(syntax.need("Expression"), place);
    case "NameReference":
      return lowerName(syntax, lowering, place);
    case "PathExpression":
      return lowerPath(syntax, lowering, place);
    case "ElementExpression":
      return lowerElement(syntax, lowering, place);
    case "FunctionCallExpression":
      return lowerCall(syntax, lowering, place);
    case "UnaryMinusExpression":
    case "UnaryPlusExpression":
      return lowerUnary(syntax, lowering, place);
    case "BetweenExpression":
    case "NotBetweenExpression":
      return lowerBetween(syntax, lowering, place);
    case "ToScalarExpression":
      return lowerToScalar(syntax, lowering, place);
    case "TypeOfLiteralExpression":
      return literal("string", /\(\s*(\w+)/.exec(syntax.text)?.[1] ?? "string");
    case "JsonObjectExpression":
    case "JsonArrayExpression":
      throw unsupported(lowering, syntax, "JSON outside of dynamic()");
  }
  if (syntax.child("Operator") === undefined) {
    throw unsupported(lowering, syntax, syntax.kind.replace(/Expression$/, ""));
  }
  return syntax.child("Right")?.kind === "ExpressionList"
    ? lowerMembership(syntax, lowering, place)
    : lowerBinary(syntax, lowering, place);
}

function lowerName(syntax: Syntax, lowering: Lowering, place: Place): Expr {
  const { name } = syntax;
  const field = place.row?.fields.find((candidate) => candidate.name === name);
  if (field !== undefined) return fieldOf(field);
  const bound = place.scope.get(name);
  if (bound?.kind === "scalar") return bound.expr;
  if (bound?.kind === "function") {
    return callFunction(bound, { syntax, args: [] }, { lowering, place });
  }
  throw failAt(lowering, syntax, {
    code: "semantic",
    message: bound === undefined ? `no column "${name}"` : `"${name}" is a table`,
    expected: "a column or a scalar",
  });
}

/** `d.member`, `d.["member"]`, `$left.column`. */
function lowerPath(syntax: Syntax, lowering: Lowering, place: Place): Expr {
  const [whole, selector] = [syntax.need("Expression"), syntax.need("Selector")];
  const special = place.special?.get(whole.name);
  if (special !== undefined && whole.kind === "NameReference") {
    return lowering.expr(selector, { scope: new Map(), row: special });
  }
  if (selector.kind === "BracketedExpression" || selector.kind === "BracketedName") {
    return select(lowering.expr(whole, place), selector, { lowering, place });
  }
  if (selector.kind !== "NameReference") {
    throw unsupported(lowering, selector, `"${selector.text.slice(0, 40)}" after a point`);
  }
  return member(lowering.expr(whole, place), literal("string", selector.name));
}

/** `d["member"]`, `d[0]`. */
function lowerElement(syntax: Syntax, lowering: Lowering, place: Place): Expr {
  const value = lowering.expr(syntax.need("Expression"), place);
  return select(value, syntax.need("Selector"), { lowering, place });
}

function select(
  value: Expr,
  selector: Syntax,
  { lowering, place }: { readonly lowering: Lowering; readonly place: Place },
): Expr {
  const key = lowering.expr(selector.child("Expression") ?? selector, place);
  if (constantText(key) !== undefined || key.type === "string") return member(value, key);
  if (constantWhole(key) !== undefined || key.type === "int" || key.type === "long") {
    return callOf("dynamic", "element", convert(value, "dynamic"), convert(key, "long"));
  }
  return callOf("dynamic", "element_or_member", convert(value, "dynamic"), convert(key, "dynamic"));
}

function member(value: Expr, key: Expr): Expr {
  return callOf("dynamic", "member", convert(value, "dynamic"), key);
}
