/**
 * Lists of expressions with names, as `project` and `extend` have them. One expression may give
 * several values.
 *
 * @module
 */
import { type Expr, fieldOf } from "../plan.ts";
import type { Syntax } from "../syntax.ts";
import { namedSyntax } from "./names.ts";
import { withRows } from "./rows.ts";
import type { Lowering, Place, Scope, Table } from "./scope.ts";
import { lowerTuple } from "./tuple.ts";

export interface NamedValue {
  readonly expr: Expr;
  /** The name that the query gives it. */
  readonly given?: string | undefined;
  /** The name that it has by itself. */
  readonly wanted?: string | undefined;
  /** The name that it has whatever the binder says. */
  readonly fixed?: string | undefined;
}

/** Lowers `list` over the rows of `input`. */
export function namedValues(
  list: readonly Syntax[],
  input: Table,
  { lowering, scope }: { readonly lowering: Lowering; readonly scope: Scope },
): { readonly table: Table; readonly values: readonly NamedValue[] } {
  const values: NamedValue[] = [];
  const { table, exprs } = withRows(input, lowering, (row) => {
    values.push(...list.flatMap((one) => valuesOf(one, { scope, row }, lowering)));
    return values.map(({ expr }) => expr);
  });
  return { table, values: values.map((value, i) => ({ ...value, expr: exprs[i]! })) };
}

/** The values of one expression of a list. */
export function valuesOf(
  syntax: Syntax,
  place: Place,
  lowering: Lowering,
): readonly NamedValue[] {
  const { value, given } = namedSyntax(syntax);
  if (value.kind === "StarExpression") {
    return (place.row?.fields ?? []).map((field) => ({
      expr: fieldOf(field),
      wanted: field.name,
    }));
  }
  const tuple = lowerTuple(value, place, lowering);
  if (tuple !== undefined) {
    const shown = tuple.slice(0, shownOf(syntax, given.length, place));
    return shown.map((one, i) => ({ expr: one.expr, given: given[i], wanted: one.name }));
  }
  return [{
    expr: lowering.expr(value, place),
    given: given[0],
    wanted: value.resultName,
    fixed: given[0] === undefined ? covarianceName(value) : undefined,
  }];
}

/** That of both columns, of which the binder takes the first. */
function covarianceName(syntax: Syntax): string | undefined {
  if (syntax.kind !== "FunctionCallExpression") return undefined;
  const { name } = syntax.need("Name");
  if (!/^covariancep?(if)?$/.test(name)) return undefined;
  const [x, y] = syntax.need("ArgumentList").list("Expressions");
  return [name, x?.resultName, y?.resultName].filter((part) => part !== undefined).join("_");
}

/** `(a, b) = f()` takes two values; `a = f()` the first alone, but for aggregates. */
function shownOf({ kind }: Syntax, names: number, { takeAggregate }: Place): number | undefined {
  if (kind === "CompoundNamedExpression") return names;
  return kind === "SimpleNamedExpression" && takeAggregate === undefined ? 1 : undefined;
}
