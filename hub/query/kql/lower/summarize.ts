/**
 * `summarize`, `count` and `distinct`.
 *
 * @module
 */
import { type Aggregated, type Computed, type Expr, fieldOf, type SortKey } from "../plan.ts";
import type { Syntax } from "../syntax.ts";
import { nameTaker } from "./names.ts";
import { type NamedValue, namedValues, valuesOf } from "./named_values.ts";
import { withRows } from "./rows.ts";
import type { Lowering, OperatorPlace, Place, Table } from "./scope.ts";

export function lowerSummarize(operator: Syntax, input: Table, place: OperatorPlace): Table {
  const by = operator.child("ByClause")?.list("Expressions") ?? [];
  const keyed = namedValues(by, input, place);
  const keys = keyed.values.map(({ expr, given, wanted }, i): Computed => ({
    field: place.lowering.newField(given ?? wanted ?? `Column${i + 1}`, expr.type),
    expr,
  }));
  const list = operator.list("Aggregates");
  const { table, aggregates, values } = aggregateValues(list, keyed.table, { keys, place });
  return grouped(table, { keys, aggregates, values }, place);
}

interface Group {
  readonly keys: readonly Computed[];
  readonly aggregates: readonly Aggregated[];
  /** What is shown after the keys. */
  readonly values: readonly NamedValue[];
}

interface AggregatePlace {
  readonly keys: readonly Computed[];
  readonly place: OperatorPlace;
}

/** Lowers expressions that hold aggregates of the rows of `input`. */
export function aggregateValues(
  list: readonly Syntax[],
  input: Table,
  { keys, place: { lowering, scope } }: AggregatePlace,
): { readonly table: Table; readonly aggregates: Aggregated[]; readonly values: NamedValue[] } {
  const aggregates: Aggregated[] = [];
  const values: NamedValue[] = [];
  const { table, exprs } = withRows(input, lowering, (row) => {
    const place: Place = {
      scope,
      row,
      starWithout: new Set(keys.map(({ field }) => field.name)),
      takeAggregate(call) {
        const field = lowering.newField("", call.type);
        aggregates.push({ field, call: { ...call, order: call.order && input.order } });
        return fieldOf(field);
      },
    };
    values.push(...list.flatMap((one) => valuesOf(one, place, lowering)));
    return aggregates.flatMap(({ call }) => [...call.args, ...call.where ? [call.where] : []]);
  });
  return { table, aggregates: withArgs(aggregates, exprs, table.order), values };
}

/** The same aggregates, with what has become of their arguments, their conditions and the order. */
function withArgs(
  aggregates: readonly Aggregated[],
  exprs: readonly Expr[],
  order: readonly SortKey[],
): Aggregated[] {
  const rest = [...exprs];
  return aggregates.map(({ field, call }) => {
    const args = rest.splice(0, call.args.length);
    const where = call.where && rest.shift();
    return { field, call: { ...call, args, where, order: call.order && order } };
  });
}

/** One row for each group of `input`. */
export function grouped(
  input: Table,
  { keys, aggregates, values }: Group,
  { lowering, whole }: OperatorPlace,
): Table {
  const partition = input.partition.map((field): Computed => ({ field, expr: fieldOf(field) }));
  const columns = outputColumns(keys, values, { lowering, whole });
  return {
    rel: {
      kind: "project",
      input: {
        kind: "aggregate",
        input: input.rel,
        keys: [...partition, ...keys],
        aggregates,
      },
      columns: [...partition, ...columns],
    },
    fields: columns.map(({ field }) => field),
    order: [],
    partition: input.partition,
    isSerialized: false,
  };
}

function outputColumns(
  keys: readonly Computed[],
  values: readonly NamedValue[],
  { lowering, whole }: { readonly lowering: Lowering; readonly whole: Syntax },
): readonly Computed[] {
  const bound = whole.columns ?? [];
  const isBound = !whole.isOpen && bound.length === keys.length + values.length;
  const taker = nameTaker([]);
  const nameOf = (own: string, i: number): string => isBound ? bound[i]!.name : taker.take(own);
  return [
    ...keys.map(({ field }, i): Computed => ({
      field: lowering.newField(nameOf(field.name, i), field.type),
      expr: fieldOf(field),
    })),
    ...values.map(({ expr, given, wanted, fixed }, i): Computed => ({
      field: lowering.newField(
        fixed ?? nameOf(given ?? wanted ?? `Column${i + 1}`, keys.length + i),
        expr.type,
      ),
      expr,
    })),
  ];
}

export function lowerCount(operator: Syntax, input: Table, place: OperatorPlace): Table {
  const name = operator.child("AsIdentifier")?.child("Identifier")?.text ??
    place.whole.columns?.[0]?.name ?? "Count";
  const field = place.lowering.newField("", "long");
  return grouped(input, {
    keys: [],
    aggregates: [{ field, call: { name: "count", type: "long", args: [] } }],
    values: [{ expr: fieldOf(field), given: name }],
  }, place);
}

export function lowerDistinct(operator: Syntax, input: Table, place: OperatorPlace): Table {
  const { table, values } = namedValues(operator.list("Expressions"), input, place);
  const keys = values.map(({ expr, given, wanted }, i): Computed => ({
    field: place.lowering.newField(given ?? wanted ?? `Column${i + 1}`, expr.type),
    expr,
  }));
  return grouped(table, { keys, aggregates: [], values: [] }, place);
}
