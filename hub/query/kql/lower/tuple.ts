/**
 * Functions that give several values at once.
 *
 * @module
 */
import { convert } from "../functions/convert.ts";
import { nativeCall } from "../functions/native_call.ts";
import { NATIVES } from "../native/natives.ts";
import { absent, callOf, type Expr, literal } from "../plan.ts";
import type { BoundColumn, Syntax } from "../syntax.ts";
import type { Lowering, Place } from "./scope.ts";

export interface TupleValue {
  readonly name: string;
  readonly expr: Expr;
}

/** The values of `syntax`, if it is a call of such a function. */
export function lowerTuple(
  syntax: Syntax,
  place: Place,
  lowering: Lowering,
): readonly TupleValue[] | undefined {
  if (syntax.kind !== "FunctionCallExpression") return undefined;
  const { name } = syntax.need("Name");
  if (place.takeAggregate !== undefined && (name === "arg_max" || name === "arg_min")) {
    return lowerArgument(name, syntax, { place, lowering });
  }
  if (place.takeAggregate !== undefined && (name === "percentiles" || name === "percentilesw")) {
    return lowerPercentiles(syntax, { place, lowering });
  }
  if (place.scope.has(name)) return undefined;
  if (name === "array_sort_asc" || name === "array_sort_desc") {
    return lowerArraySort(name, syntax, { place, lowering });
  }
  const { columns } = syntax;
  return columns === undefined || !NATIVES.has(`n_${name}`)
    ? undefined
    : lowerSpread(syntax, columns, { place, lowering });
}

/** A native function that gives an array, one element for each column. */
function lowerSpread(
  syntax: Syntax,
  columns: readonly BoundColumn[],
  { place, lowering }: TuplePlace,
): readonly TupleValue[] {
  const args = syntax.need("ArgumentList").list("Expressions");
  const all = nativeCall(
    `n_${syntax.need("Name").name}`,
    args.map((arg) => lowering.expr(arg, place)),
  );
  return columns.map(({ name, type }, i) => ({
    name,
    expr: convert(elementOf(all, i), type),
  }));
}

function elementOf(array: Expr, index: number): Expr {
  return callOf("dynamic", "element", array, literal("long", BigInt(index)));
}

/** Sorts the first array and the others along with it; a last argument says where nulls go. */
function lowerArraySort(
  name: string,
  syntax: Syntax,
  { place, lowering }: TuplePlace,
): readonly TupleValue[] {
  const args = syntax.need("ArgumentList").list("Expressions");
  const values = args.map((arg) => lowering.expr(arg, place));
  const nullsLast = values.at(-1)?.type === "bool" ? values.pop()! : absent("bool");
  const sorted = nativeCall(`n_${name}`, [nullsLast, ...values]);
  return values.map((_, i) => {
    const { resultName } = args[i]!;
    const own = resultName === undefined ? "" : `${resultName}_sorted`;
    return { name: syntax.columns?.[i]?.name ?? own, expr: elementOf(sorted, i) };
  });
}

/** `percentiles(x, 50, 95)`, `percentilesw(x, weight, 50, 95)`: one aggregate for each. */
function lowerPercentiles(
  syntax: Syntax,
  { place, lowering }: TuplePlace,
): readonly TupleValue[] {
  const { name } = syntax.need("Name");
  const inner: Place = { scope: place.scope, row: place.row };
  const args = syntax.need("ArgumentList").list("Expressions")
    .map((arg) => lowering.expr(arg, inner));
  const leading = args.slice(0, name === "percentiles" ? 1 : 2);
  return (syntax.columns ?? []).map((column, i) => ({
    name: column.name,
    expr: place.takeAggregate!({
      name: name === "percentiles" ? "percentile" : "percentilew",
      type: column.type,
      args: [...leading, args[leading.length + i]!],
    }),
  }));
}

interface TuplePlace {
  readonly place: Place;
  readonly lowering: Lowering;
}

/** `arg_max(x, y, *)`: the row with the greatest x. */
function lowerArgument(
  name: string,
  syntax: Syntax,
  { place, lowering }: TuplePlace,
): readonly TupleValue[] {
  const inner: Place = {
    scope: place.scope,
    row: place.row,
    starWithout: place.starWithout,
  };
  const [by, ...rest] = syntax.need("ArgumentList").list("Expressions");
  const key = lowering.expr(by!, inner);
  const take = place.takeAggregate!;
  const isMax = name === "arg_max";
  const first = take({ name: isMax ? "max" : "min", type: key.type, args: [key] });
  const values: TupleValue[] = [{ name: by!.resultName ?? "", expr: first }];
  for (const one of rest) {
    for (const { name: column, expr } of restOf(one, values, { place: inner, lowering })) {
      values.push({ name: column, expr: take({ name, type: expr.type, args: [expr, key] }) });
    }
  }
  return values;
}

function restOf(
  syntax: Syntax,
  known: readonly TupleValue[],
  { place, lowering }: TuplePlace,
): readonly TupleValue[] {
  if (syntax.kind !== "StarExpression") {
    return [{ name: syntax.resultName ?? "", expr: lowering.expr(syntax, place) }];
  }
  return (place.row?.fields ?? [])
    .filter(({ name }) =>
      place.starWithout?.has(name) !== true && !known.some((value) => value.name === name)
    )
    .map((field) => ({
      name: field.name,
      expr: { kind: "field" as const, type: field.type, field },
    }));
}
