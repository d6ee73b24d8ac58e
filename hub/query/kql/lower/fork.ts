/**
 * Statements that give several tables: `fork` and `facet`.
 *
 * @module
 */
import { type Computed, fieldOf } from "../plan.ts";
import type { Syntax } from "../syntax.ts";
import { shareTable } from "./let_scope.ts";
import type { Lowering, Scope, Table } from "./scope.ts";
import { plainTable } from "./sources.ts";

/** The tables of a statement that is a `fork` or a `facet`. */
export function lowerFork(
  syntax: Syntax,
  lowering: Lowering,
  scope: Scope,
): readonly Table[] | undefined {
  const operator = syntax.child("Operator");
  if (syntax.kind !== "PipeExpression" || operator === undefined) return undefined;
  if (operator.kind !== "ForkOperator" && operator.kind !== "FacetOperator") return undefined;
  const input = lowering.table(syntax.need("Expression"), scope);
  const { open } = shareTable(input, lowering, true);
  if (operator.kind === "ForkOperator") {
    return operator.list("Expressions").map((fork) =>
      lowering.pipeline(fork.need("Expression"), open(), scope)
    );
  }
  const facets = operator.list("Expressions").map((column) =>
    facetOf(column.name, open(), lowering)
  );
  const clause = operator.child("WithClause");
  const rest = clause?.child("Expression") ?? clause?.child("Operator");
  return rest === undefined ? facets : [...facets, lowering.pipeline(rest, open(), scope)];
}

/** How many rows there are of each value. */
function facetOf(name: string, input: Table, lowering: Lowering): Table {
  const field = input.fields.find((candidate) => candidate.name === name)!;
  const key: Computed = { field: lowering.newField(name, field.type), expr: fieldOf(field) };
  const count = lowering.newField(`count_${name}`, "long");
  return plainTable({
    kind: "aggregate",
    input: input.rel,
    keys: [key],
    aggregates: [{ field: count, call: { name: "count", type: "long", args: [] } }],
  }, [key.field, count]);
}
