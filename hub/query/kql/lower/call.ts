/**
 * Calls of functions: those of the language, and those that a query defines.
 *
 * @module
 */
import { AGGREGATES } from "../functions/aggregates.ts";
import { commonType, condition, convert } from "../functions/convert.ts";
import type { ParameterRule, ResultRule } from "../functions/define.ts";
import { nativeCall } from "../functions/native_call.ts";
import { SCALARS } from "../functions/scalars.ts";
import { NATIVES } from "../native/natives.ts";
import { callOf, type Expr } from "../plan.ts";
import type { Syntax } from "../syntax.ts";
import { isNumeric, type ScalarType } from "../types.ts";
import { lowerBinAuto } from "./bin_auto.ts";
import { bindArguments, bodyOf } from "./functions.ts";
import {
  type Argument,
  type Binding,
  failAt,
  type Lowering,
  type Place,
  unsupported,
} from "./scope.ts";
import { lowerTuple } from "./tuple.ts";
import { lowerArguments, lowerColumnCall } from "./column_calls.ts";
import { lowerWindow, WINDOW_FUNCTIONS } from "./window.ts";

export function lowerCall(syntax: Syntax, lowering: Lowering, place: Place): Expr {
  const { name } = syntax.need("Name");
  const args = syntax.need("ArgumentList").list("Expressions");
  const bound = place.scope.get(name);
  if (bound?.kind === "function") {
    return callFunction(bound, { syntax, args }, { lowering, place });
  }
  if (AGGREGATES.has(name) && place.takeAggregate !== undefined) {
    return lowerAggregate(syntax, lowering, place);
  }
  if (WINDOW_FUNCTIONS.has(name)) return lowerWindow(syntax, lowering, place);
  if (name === "not" && args.length === 1) {
    return callOf("bool", "not", condition(lowering.expr(args[0]!, place)));
  }
  if (name === "iff" || name === "iif" || name === "case") {
    return lowerChoice(args.map((arg) => lowering.expr(arg, place)));
  }
  if (name === "bin_auto") return lowerBinAuto(syntax, lowering, place);
  const tuple = lowerTuple(syntax, place, lowering);
  if (tuple?.[0] !== undefined) return tuple[0].expr;
  return lowerColumnCall(syntax, { lowering, place }) ??
    callScalar(syntax, lowerArguments(args, { lowering, place }), lowering);
}

/** Condition, value, condition, value, …, value otherwise. */
function lowerChoice(args: readonly Expr[]): Expr {
  const values = args.filter((_, i) => i % 2 === 1 || i === args.length - 1);
  const type = commonType(values);
  const branches = Array.from({ length: Math.floor(args.length / 2) }, (_, i) => ({
    when: condition(args[2 * i]!),
    value: convert(args[2 * i + 1]!, type),
  }));
  return { kind: "case", type, branches, otherwise: convert(args.at(-1)!, type) };
}

function callScalar(syntax: Syntax, args: readonly Expr[], lowering: Lowering): Expr {
  const { name } = syntax.need("Name");
  const declared = SCALARS.get(name);
  if (declared === undefined) return callNative(syntax, args, lowering);
  const converted = applyRules(declared, args);
  const type = resultType(declared.result, converted, syntax.type);
  if (declared.lower !== undefined) {
    return declared.lower({ name, type, args: converted, now: lowering.now });
  }
  return declared.native === undefined
    ? callOf(type, declared.as ?? name, ...converted)
    : nativeCall(declared.native, converted);
}

/** A function that no table declares is the native one of its name, if there is one. */
function callNative(syntax: Syntax, args: readonly Expr[], lowering: Lowering): Expr {
  const { name } = syntax.need("Name");
  if (!NATIVES.has(`n_${name}`)) throw unsupported(lowering, syntax, `function ${name}()`);
  return nativeCall(`n_${name}`, args);
}

interface Rules {
  readonly parameters: readonly ParameterRule[];
  readonly repeats?: number | undefined;
}

function applyRules(rules: Rules, args: readonly Expr[]): readonly Expr[] {
  const ruled = args.map((arg, i) => ({ arg, rule: ruleAt(rules, i) }));
  const common = commonType(ruled.filter(({ rule }) => rule === "common").map(({ arg }) => arg));
  return ruled.map(({ arg, rule }) => applyRule(arg, rule, common));
}

function ruleAt({ parameters, repeats = 0 }: Rules, i: number): ParameterRule {
  if (i < parameters.length) return parameters[i]!;
  if (repeats === 0) return "any";
  return parameters[parameters.length - repeats + (i - parameters.length) % repeats]!;
}

function applyRule(arg: Expr, rule: ParameterRule, common: ScalarType): Expr {
  switch (rule) {
    case "any":
      return arg;
    case "number":
      return isNumeric(arg.type) ? arg : convert(arg, arg.type === "bool" ? "long" : "real");
    case "amount":
      return isAmount(arg.type) ? arg : convert(arg, arg.type === "bool" ? "long" : "real");
    case "orderable":
      return arg.type === "dynamic" ? convert(arg, "real") : arg;
    case "common":
      return convert(arg, common);
    case "bool":
      return condition(arg);
    default:
      return convert(arg, rule);
  }
}

function isAmount(type: ScalarType): boolean {
  return isNumeric(type) || type === "datetime" || type === "timespan";
}

function resultType(
  rule: ResultRule,
  args: readonly Expr[],
  bound: ScalarType | undefined,
): ScalarType {
  switch (rule) {
    case "first":
      return args[0]?.type ?? "dynamic";
    case "common":
      return commonType(args);
    case "bound":
      return bound ?? args[0]?.type ?? "dynamic";
    default:
      return rule;
  }
}

function lowerAggregate(syntax: Syntax, lowering: Lowering, place: Place): Expr {
  const { name } = syntax.need("Name");
  const declared = AGGREGATES.get(name)!;
  const inner: Place = { scope: place.scope, row: place.row };
  const all = syntax.need("ArgumentList").list("Expressions")
    .filter(({ kind }) => kind !== "StarExpression")
    .map((arg) => lowering.expr(arg, inner));
  const converted = applyRules(declared, all);
  const position = declared.condition;
  const args = converted.filter((_, i) => i !== position);
  return place.takeAggregate!({
    name: declared.as ?? name,
    type: resultType(declared.result, converted, syntax.type),
    args,
    where: position === undefined ? undefined : converted[position],
    order: declared.isOrdered === true ? place.row?.order : undefined,
  });
}

/** Calls a function that the query defines, for a scalar. */
export function callFunction(
  called: Extract<Binding, { kind: "function" }>,
  { syntax, args }: { readonly syntax: Syntax; readonly args: readonly Syntax[] },
  { lowering, place }: { readonly lowering: Lowering; readonly place: Place },
): Expr {
  const given = args.map((arg): Argument => ({ kind: "syntax", syntax: arg, place }));
  const scope = bindArguments(called, given, { lowering, syntax });
  const { statements, value } = bodyOf(called, scope, lowering);
  if (value === undefined) {
    throw failAt(lowering, syntax, { code: "semantic", message: "the function gives no value" });
  }
  return lowering.expr(value, { scope: statements });
}
