/**
 * `row_window_session()` as relations: the rows of each part as one list, which a native function
 * goes through once, and what it gives beside the rows again.
 *
 * @module
 */
import { convert } from "../functions/convert.ts";
import { nativeCall } from "../functions/native_call.ts";
import {
  callOf,
  type Computed,
  type Expr,
  type Field,
  fieldOf,
  literal,
  type Rel,
  type Shared,
  type SortKey,
} from "../plan.ts";
import type { Lowering } from "./scope.ts";

/** No window function of the engine's: it becomes a column before the plan is printed. */
export const SESSION = "row_window_session";

const EPOCH: Expr = literal("datetime", 0n);

/** `input` and the column of a window function of this name. */
export function withSessions(input: Rel, { field, expr }: Computed, lowering: Lowering): Rel {
  if (expr.kind !== "window") throw new TypeError("The expression is no window function");
  const position = lowering.newField("", "long");
  const parts = expr.partition.map((part): Computed => ({
    field: lowering.newField("", part.type),
    expr: part,
  }));
  const row = lowering.newField("", "dynamic");
  const shared = sharedRows(input, { expr, position, parts, row }, lowering);
  const starts = startsOf(shared, { position, parts, row }, lowering);
  return {
    kind: "extend",
    input: {
      kind: "join",
      join: "inner",
      left: { kind: "whole", shared },
      right: starts.rel,
      on: callOf("bool", "same", fieldOf(position), fieldOf(starts.position)),
    },
    columns: [{
      field,
      expr: callOf("datetime", "+", EPOCH, convert(fieldOf(starts.ticks), "timespan")),
    }],
  };
}

interface Listed {
  readonly position: Field;
  readonly parts: readonly Computed[];
  /** Position, ticks and the other arguments, as a list. */
  readonly row: Field;
}

interface Called extends Listed {
  readonly expr: Extract<Expr, { kind: "window" }>;
}

function sharedRows(
  input: Rel,
  { expr, position, parts, row }: Called,
  lowering: Lowering,
): Shared {
  const [time, fromFirst, between, restart] = expr.args;
  const order: readonly SortKey[] = [
    ...expr.partition.map((by): SortKey => ({ by, isDescending: false, nullsFirst: true })),
    ...expr.order,
  ];
  const number: Expr = {
    kind: "window",
    type: "long",
    name: "row_number",
    args: [],
    partition: [],
    order,
  };
  const listed = callOf(
    "dynamic",
    "pack_array",
    convert(fieldOf(position), "dynamic"),
    ticksOf(callOf("timespan", "-", time!, EPOCH)),
    ticksOf(fromFirst!),
    ticksOf(between!),
    convert(restart!, "dynamic"),
  );
  const rel: Rel = {
    kind: "extend",
    input: {
      kind: "extend",
      input,
      columns: [{ field: position, expr: number }, ...parts],
    },
    columns: [{ field: row, expr: listed }],
  };
  const shared: Shared = { id: lowering.shared.length, rel, isMaterialized: true };
  lowering.shared.push(shared);
  return shared;
}

function ticksOf(span: Expr): Expr {
  return convert(convert(span, "long"), "dynamic");
}

interface Starts {
  readonly rel: Rel;
  readonly position: Field;
  readonly ticks: Field;
}

/** For each position where its session begins. */
function startsOf(shared: Shared, { position, parts, row }: Listed, lowering: Lowering): Starts {
  const from = [position, ...parts.map(({ field }) => field), row];
  const fields = from.map(({ name, type }) => lowering.newField(name, type));
  const order: SortKey = { by: fieldOf(fields[0]!), isDescending: false, nullsFirst: true };
  const list = lowering.newField("", "dynamic");
  const element = lowering.newField("", "dynamic");
  const grouped: Rel = {
    kind: "aggregate",
    input: { kind: "reference", shared, from, fields },
    keys: fields.slice(1, -1).map((field): Computed => ({
      field: lowering.newField("", field.type),
      expr: fieldOf(field),
    })),
    aggregates: [{
      field: list,
      call: {
        name: "make_list_with_nulls",
        type: "dynamic",
        args: [fieldOf(fields.at(-1)!)],
        order: [order],
      },
    }],
  };
  const found = nativeCall("n_window_sessions", [fieldOf(list)]);
  const expanded: Rel = {
    kind: "expand",
    input: grouped,
    lists: [{ field: element, expr: callOf("dynamic", "elements", found) }],
    index: lowering.newField("", "long"),
  };
  const [at, ticks] = ["long", "long"].map((_, i): Computed => ({
    field: lowering.newField("", "long"),
    expr: convert(
      callOf("dynamic", "element", fieldOf(element), literal("long", BigInt(i))),
      "long",
    ),
  }));
  return {
    rel: { kind: "extend", input: expanded, columns: [at!, ticks!] },
    position: at!.field,
    ticks: ticks!.field,
  };
}
