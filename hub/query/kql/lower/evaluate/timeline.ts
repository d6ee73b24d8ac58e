/**
 * Plugins that count what happens along a line of time: `session_count`, `sliding_window_counts`,
 * `activity_counts_metrics`, `rolling_percentile`.
 *
 * @module
 */
import { convert } from "../../functions/convert.ts";
import {
  type AggregateCall,
  allOf,
  callOf,
  type Computed,
  type Expr,
  type Field,
  fieldOf,
  literal,
  type Rel,
  type SortKey,
} from "../../plan.ts";
import type { ScalarType } from "../../types.ts";
import { constantWhole } from "../fold.ts";
import { extend } from "../rows.ts";
import { failAt, type OperatorPlace, type Table, unsupported } from "../scope.ts";
import { plainTable } from "../sources.ts";
import { columnAt, type PluginCall } from "./plugin.ts";

/** Bins that one row counts in: bounds what a long window of short bins makes of a table. */
const MAX_BINS = 10_000n;
const TRUE = literal("bool", true);

/** A call while it is lowered. */
interface Timeline {
  readonly call: PluginCall;
  readonly input: Table;
  readonly place: OperatorPlace;
  readonly time: Field;
  readonly dims: readonly Field[];
}

/** A row counts where the same id was not there for as long as a session lasts. */
export function lowerSessionCount(call: PluginCall, input: Table, place: OperatorPlace): Table {
  const line = timeline(call, { time: 1, dims: 6 }, { input, place });
  const id = columnAt(call, 0, line);
  const [start, end] = [momentAt(line, 2), momentAt(line, 3)];
  const [step, lookback] = [stepAt(line, 4), stepAt(line, 5)];
  const before: Computed = {
    field: place.lowering.newField("", line.time.type),
    expr: {
      kind: "window",
      type: line.time.type,
      name: "lag",
      args: [fieldOf(line.time)],
      partition: [...input.partition, ...line.dims, id].map(fieldOf),
      order: ascending(line.time),
    },
  };
  const since = callOf(step.type, "-", fieldOf(line.time), fieldOf(before.field));
  const isFirst = callOf("bool", "isnull", fieldOf(before.field));
  const isNew = callOf("bool", "or", isFirst, callOf("bool", ">=", since, lookback));
  const own = binned(line, step);
  const rows = filtered(
    extend(extend(input, [before], input.fields), [own], input.fields),
    [isWithin(line, start, end), isNew],
  );
  return counted(line, {
    rows,
    bin: own.field,
    calls: [{ name: "count", type: "long", args: [] }],
  });
}

/** Counts of the rows of a window that ends with each bin. */
export function lowerSlidingCounts(call: PluginCall, input: Table, place: OperatorPlace): Table {
  const line = timeline(call, { time: 1, dims: 6 }, { input, place });
  const id = columnAt(call, 0, line);
  const [lookback, step] = [constantAt(line, 4), stepAt(line, 5)];
  const count = (lookback + constantAt(line, 5) - 1n) / constantAt(line, 5);
  const { rows, bin } = spread(line, { step, count });
  const within = isWithin({ ...line, time: bin }, momentAt(line, 2), momentAt(line, 3));
  return counted(line, {
    rows: filtered(rows, [within]),
    bin,
    calls: [
      { name: "count", type: "long", args: [] },
      { name: "count_distinct", type: "long", args: [fieldOf(id)] },
    ],
  });
}

/** Counts of each bin, and of the ids that no bin before it has. */
export function lowerActivityCounts(call: PluginCall, input: Table, place: OperatorPlace): Table {
  const line = timeline(call, { time: 1, dims: 5 }, { input, place });
  const id = columnAt(call, 0, line);
  const own = binned(line, stepAt(line, 4));
  const rows = filtered(extend(input, [own], input.fields), [
    isWithin(line, momentAt(line, 2), momentAt(line, 3)),
  ]);
  const first: Computed = {
    field: place.lowering.newField("", own.field.type),
    expr: {
      kind: "window",
      type: own.field.type,
      name: "min",
      args: [fieldOf(own.field)],
      partition: [...input.partition, ...line.dims, id].map(fieldOf),
      order: ascending(own.field),
    },
  };
  const distinct: AggregateCall = { name: "count_distinct", type: "long", args: [fieldOf(id)] };
  const isFirst = callOf("bool", "==", fieldOf(first.field), fieldOf(own.field));
  const table = counted(line, {
    rows: extend(rows, [first], rows.fields),
    bin: own.field,
    calls: [
      { name: "count", type: "long", args: [] },
      distinct,
      { ...distinct, where: isFirst },
    ],
  });
  const [time, ...rest] = table.fields;
  const total: Computed = {
    field: place.lowering.newField(lastName(line), "long"),
    expr: {
      kind: "window",
      type: "long",
      name: "sum",
      args: [fieldOf(rest.at(-1)!)],
      partition: [...table.partition, ...rest.slice(0, line.dims.length)].map(fieldOf),
      order: ascending(time!),
    },
  };
  return extend(table, [total], [...table.fields, total.field]);
}

/** A percentile of a window of bins that ends with each bin that has a row. */
export function lowerRollingPercentile(
  call: PluginCall,
  input: Table,
  place: OperatorPlace,
): Table {
  const line = timeline(call, { time: 2, dims: 5 }, { input, place });
  const value = columnAt(call, 0, line);
  const share = convert(exprAt(line, 1), "real");
  const { rows, bin, own } = spread(line, { step: stepAt(line, 3), count: constantAt(line, 4) });
  const type = value.type === "int" ? "long" : value.type;
  const table = counted(line, {
    rows,
    bin,
    calls: [
      { name: "percentile", type, args: [fieldOf(value), share] },
      {
        name: "count",
        type: "long",
        args: [],
        where: callOf("bool", "==", fieldOf(bin), fieldOf(own)),
      },
    ],
  });
  const fields = table.fields.slice(0, -1);
  const own2 = fieldOf(table.fields.at(-1)!);
  return { ...filtered(table, [callOf("bool", ">", own2, literal("long", 0n))]), fields };
}

interface Positions {
  readonly time: number;
  /** Of the first column that rows are counted apart by. */
  readonly dims: number;
}

function timeline(
  call: PluginCall,
  { time, dims }: Positions,
  at: { readonly input: Table; readonly place: OperatorPlace },
): Timeline {
  return {
    call,
    ...at,
    time: columnAt(call, time, at),
    dims: call.args.slice(dims).map((_, i) => columnAt(call, dims + i, at)),
  };
}

function exprAt({ call, place }: Timeline, index: number): Expr {
  const arg = call.args[index];
  if (arg !== undefined) return place.lowering.expr(arg, { scope: place.scope });
  throw failAt(place.lowering, call.syntax, {
    code: "semantic",
    message: `${call.name}() has no argument ${index + 1}`,
  });
}

function momentAt(line: Timeline, index: number): Expr {
  return convert(exprAt(line, index), line.time.type);
}

/** A length of time: a duration where the line is one of times, else a number. */
function stepAt(line: Timeline, index: number): Expr {
  const expr = exprAt(line, index);
  if (expr.type === "string") {
    throw unsupported(line.place.lowering, line.call.args[index]!, "a bin of a calendar");
  }
  return convert(expr, line.time.type === "datetime" ? "timespan" : line.time.type);
}

function constantAt(line: Timeline, index: number): bigint {
  const value = constantWhole(exprAt(line, index));
  if (value !== undefined && value > 0n) return value;
  throw failAt(line.place.lowering, line.call.args[index] ?? line.call.syntax, {
    code: "semantic",
    message: `argument ${index + 1} of ${line.call.name}() is no positive constant`,
  });
}

function ascending(field: Field): readonly SortKey[] {
  return [{ by: fieldOf(field), isDescending: false, nullsFirst: true }];
}

function binned({ time, place }: Timeline, step: Expr): Computed {
  return {
    field: place.lowering.newField("", time.type),
    expr: callOf(time.type, "bin", fieldOf(time), step),
  };
}

function isWithin({ time }: Pick<Timeline, "time">, start: Expr, end: Expr): Expr {
  return allOf([
    callOf("bool", ">=", fieldOf(time), start),
    callOf("bool", "<=", fieldOf(time), end),
  ]);
}

function filtered(table: Table, conditions: readonly Expr[]): Table {
  const rel: Rel = { kind: "filter", input: table.rel, condition: allOf(conditions) };
  return { ...table, rel, source: undefined };
}

/** Each row once for its own bin and each of the `count` - 1 after it. */
function spread(
  line: Timeline,
  { step, count }: { readonly step: Expr; readonly count: bigint },
): { readonly rows: Table; readonly bin: Field; readonly own: Field } {
  const { input, place: { lowering }, call, time } = line;
  if (count > MAX_BINS) {
    throw failAt(lowering, call.syntax, {
      code: "limit",
      message: `a window of ${call.name}() has ${count} bins, at most ${MAX_BINS}`,
    });
  }
  const own = binned(line, step);
  const offset = lowering.newField("", "long");
  const after: Rel = {
    kind: "range",
    field: offset,
    from: literal("long", 0n),
    to: literal("long", count - 1n),
    step: literal("long", 1n),
  };
  const left = extend(input, [own], input.fields);
  const rel: Rel = { kind: "join", join: "cross", left: left.rel, right: after, on: TRUE };
  const moved: Computed = {
    field: lowering.newField("", time.type),
    expr: callOf(
      time.type,
      "+",
      fieldOf(own.field),
      callOf(step.type, "*", step, fieldOf(offset)),
    ),
  };
  const rows = extend({ ...input, rel, source: undefined }, [moved], input.fields);
  return { rows, bin: moved.field, own: own.field };
}

interface Counting {
  readonly rows: Table;
  readonly bin: Field;
  readonly calls: readonly AggregateCall[];
}

/** One row for each bin and each combination of the dimensions, in the order of time. */
function counted(line: Timeline, { rows, bin, calls }: Counting): Table {
  const { call, place: { lowering, whole }, time, dims, input } = line;
  const names = whole.isOpen ? [] : whole.columns ?? [];
  const keyed = (field: Field, name: string, type: ScalarType): Computed => ({
    field: lowering.newField(name, type),
    expr: fieldOf(field),
  });
  const keys = [
    keyed(bin, time.name, time.type),
    ...dims.map((field) => keyed(field, field.name, field.type)),
  ];
  const aggregates = calls.map((one, i) => ({
    field: lowering.newField(names[keys.length + i]?.name ?? `${call.name}_${i}`, one.type),
    call: one,
  }));
  const partition = input.partition.map((field): Computed => ({ field, expr: fieldOf(field) }));
  const rel: Rel = {
    kind: "aggregate",
    input: rows.rel,
    keys: [...partition, ...keys],
    aggregates,
  };
  const fields = [...keys, ...aggregates].map(({ field }) => field);
  return {
    ...plainTable(rel, fields),
    partition: input.partition,
    order: ascending(keys[0]!.field),
  };
}

/** The name that the binder gives the last column. */
function lastName({ place: { whole }, call }: Timeline): string {
  return (whole.isOpen ? undefined : whole.columns?.at(-1)?.name) ?? call.name;
}
