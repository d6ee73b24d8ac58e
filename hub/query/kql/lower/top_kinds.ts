/**
 * `top-hitters`, `sample` and `sample-distinct`.
 *
 * @module
 */
import { type Aggregated, type Computed, fieldOf, type Rel } from "../plan.ts";
import type { Syntax } from "../syntax.ts";
import { lowerRows, numbered } from "./rows.ts";
import type { OperatorPlace, Table } from "./scope.ts";
import { countOfRows, take } from "./sort.ts";
import { plainTable } from "./sources.ts";

export function lowerTopHitters(operator: Syntax, input: Table, place: OperatorPlace): Table {
  const { lowering, whole } = place;
  const by = operator.child("ByClause")?.need("Expression");
  const of = operator.need("OfExpression");
  const { table, exprs } = lowerRows(by === undefined ? [of] : [of, by], input, place);
  const [value, weight] = exprs;
  const names = whole.columns ?? [];
  const key = lowering.newField(names[0]?.name ?? of.resultName ?? "Column1", value!.type);
  const hits = lowering.newField(
    names[1]?.name ?? (by === undefined ? "approximate_count" : "approximate_sum"),
    names[1]?.type ?? "long",
  );
  const call: Aggregated = {
    field: hits,
    call: weight === undefined
      ? { name: "count", type: "long", args: [] }
      : { name: "sum", type: hits.type, args: [weight] },
  };
  const rel: Rel = {
    kind: "aggregate",
    input: table.rel,
    keys: [...partKeys(input), { field: key, expr: value! }],
    aggregates: [call],
  };
  const order = [{ by: fieldOf(hits), isDescending: true, nullsFirst: false }];
  const sorted: Table = {
    ...plainTable(rel, [key, hits]),
    order,
    partition: input.partition,
    isSerialized: true,
  };
  return take(sorted, countOfRows(operator.need("Expression"), place), lowering);
}

export function lowerSample(operator: Syntax, input: Table, place: OperatorPlace): Table {
  const count = countOfRows(operator.need("Expression"), place);
  return plainTable({ kind: "sample", input: input.rel, count }, input.fields);
}

/** What tells the parts of a partition apart, as keys. */
function partKeys({ partition }: Table): readonly Computed[] {
  return partition.map((field) => ({ field, expr: fieldOf(field) }));
}

/** The values that come first. */
export function lowerSampleDistinct(operator: Syntax, input: Table, place: OperatorPlace): Table {
  const { lowering } = place;
  const of = operator.need("OfExpression");
  const { table, exprs } = lowerRows([of], input, place);
  const rows = numbered(table, lowering);
  const name = place.whole.columns?.[0]?.name ?? of.resultName ?? "Column1";
  const key = lowering.newField(name, exprs[0]!.type);
  const first = lowering.newField("", "long");
  const rel: Rel = {
    kind: "aggregate",
    input: rows.rel,
    keys: [...partKeys(input), { field: key, expr: exprs[0]! }],
    aggregates: [{
      field: first,
      call: { name: "min", type: "long", args: [rows.order[0]!.by] },
    }],
  };
  const order = [{ by: fieldOf(first), isDescending: false, nullsFirst: false }];
  const distinct: Table = { ...plainTable(rel, [key]), order, partition: input.partition };
  return take(distinct, countOfRows(operator.need("Expression"), place), lowering);
}
