/**
 * `in`, `has_any` and their kin.
 *
 * @module
 */
import { commonType, convert } from "../functions/convert.ts";
import { callOf, type Expr, fieldOf, literal } from "../plan.ts";
import type { Syntax } from "../syntax.ts";
import { isNumeric, type ScalarType } from "../types.ts";
import { isTabular } from "./is_tabular.ts";
import { failAt, type Lowering, type Place } from "./scope.ts";

/** Lowers `x in (…)`, `x !in~ (…)`, `x has_any (…)`, `x has_all (…)`. */
export function lowerMembership(syntax: Syntax, lowering: Lowering, place: Place): Expr {
  const operator = syntax.need("Operator").text.toLowerCase();
  const isNegated = operator.startsWith("!");
  const name = isNegated ? operator.slice(1) : operator;
  const arg = lowering.expr(syntax.need("Left"), place);
  const items = syntax.need("Right").list("Expressions");
  const found = items.length === 1 && isTabular(items[0]!)
    ? ofTable(name, arg, { syntax: items[0]!, lowering, place })
    : ofItems(name, arg, items.map((item) => lowering.expr(item, place)));
  return isNegated ? callOf("bool", "not", found) : found;
}

interface TablePlace {
  readonly syntax: Syntax;
  readonly lowering: Lowering;
  readonly place: Place;
}

function ofTable(name: string, arg: Expr, { syntax, lowering, place }: TablePlace): Expr {
  const table = lowering.table(syntax, place.scope);
  const [field] = table.fields;
  if (field === undefined) {
    throw failAt(lowering, syntax, { code: "semantic", message: "the table has no column" });
  }
  if (name === "in" || name === "in~") {
    const type = commonType([arg, fieldOf(field)]);
    const asText = type === "guid" || arg.type !== field.type && type === "dynamic";
    return {
      kind: "member",
      type: "bool",
      arg: asText || arg.type === "dynamic" ? convert(arg, "string") : arg,
      rel: table.rel,
      field,
      ignoresCase: name === "in~",
    };
  }
  const list: Expr = {
    kind: "scalar",
    type: "dynamic",
    field: { id: field.id, name: field.name, type: "dynamic" },
    rel: {
      kind: "aggregate",
      input: table.rel,
      keys: [],
      aggregates: [{
        field: { id: field.id, name: field.name, type: "dynamic" },
        call: { name: "make_list", type: "dynamic", args: [fieldOf(field)] },
      }],
    },
  };
  return callOf("bool", `${name}_array`, convert(arg, "string"), list);
}

function ofItems(name: string, arg: Expr, items: readonly Expr[]): Expr {
  const flat = items.flatMap(spread);
  const array = flat.find(({ type, kind }) => type === "dynamic" && kind !== "literal");
  if (array !== undefined && flat.length === 1) {
    return callOf("bool", `${name}_array`, convert(arg, "string"), array);
  }
  if (name === "has_any" || name === "has_all") {
    const tests = flat.map((item) =>
      callOf("bool", "has", convert(arg, "string"), convert(item, "string"))
    );
    const operator = name === "has_any" ? "or" : "and";
    return tests.length === 0
      ? literal("bool", name === "has_all")
      : tests.reduce((all, one) => callOf("bool", operator, all, one));
  }
  const type = itemType(arg, flat);
  return callOf("bool", name, convertItem(arg, type), ...flat.map((one) => convertItem(one, type)));
}

/** Each element of a literal array as a literal of its own. */
function spread(expr: Expr): readonly Expr[] {
  if (expr.kind !== "literal" || expr.type !== "dynamic" || typeof expr.value !== "string") {
    return [expr];
  }
  const json: unknown = JSON.parse(expr.value);
  return Array.isArray(json) ? json.map(ofJson) : [expr];
}

function ofJson(value: unknown): Expr {
  if (typeof value === "string") return literal("string", value);
  if (typeof value === "boolean") return literal("bool", value);
  if (typeof value !== "number") return literal("dynamic", JSON.stringify(value));
  return Number.isSafeInteger(value) ? literal("long", BigInt(value)) : literal("real", value);
}

/** As what a value and the items are compared. */
function itemType(arg: Expr, items: readonly Expr[]): ScalarType {
  if (arg.type !== "dynamic" && arg.type !== "string") return arg.type;
  const texts = items.filter(({ type }) => type === "string");
  if (arg.type === "string" || texts.length > 0 || items.length === 0) return "string";
  const type = commonType(items);
  return isNumeric(type) ? "real" : type;
}

function convertItem(expr: Expr, type: ScalarType): Expr {
  return isNumeric(expr.type) && isNumeric(type) ? expr : convert(expr, type);
}
