/**
 * The plan of a `scan`: one row after the other, with the states of all steps as columns.
 *
 * @module
 */
import { convert } from "../functions/convert.ts";
import {
  absent,
  allOf,
  callOf,
  type Computed,
  type Expr,
  type Field,
  fieldOf,
  literal,
  type Rel,
  type Shared,
} from "../plan.ts";
import { mapExpr } from "./map_expr.ts";
import { numbered, project } from "./rows.ts";
import type { ScanParts, StateColumn, Step } from "./scan.ts";
import type { Lowering, Table } from "./scope.ts";
import { plainTable } from "./sources.ts";

/** What a step remembers: columns of the steps up to it, by `step/name`. */
interface State {
  readonly isActive: Expr;
  readonly match: Expr;
  readonly values: ReadonlyMap<string, Expr>;
}

/** The row as a step has taken it, if it has. */
interface Taken {
  readonly isTaken: Expr;
  readonly match: Expr;
  readonly declared: readonly Expr[];
}

/** While the columns of one row are made: each stage may use those before it. */
interface Making {
  readonly lowering: Lowering;
  readonly parts: ScanParts;
  readonly input: Table;
  readonly stages: Computed[][];
  states: readonly State[];
  nextMatch: Expr;
}

const FALSE = literal("bool", false);
const ZERO = literal("long", 0n);

export function foldedTable(input: Table, parts: ScanParts, lowering: Lowering): Table {
  const rows = inParts(input, lowering);
  const initial = initialStates(parts);
  const before = initial.map((expr): Field => lowering.newField("", expr.type));
  const making: Making = { lowering, parts, input, stages: [], states: [], nextMatch: ZERO };
  unpack(making, before.map(fieldOf));
  const taken: Taken[] = [];
  for (let i = parts.steps.length - 1; i >= 0; i--) taken.unshift(takeStep(i, making));
  const after = stage(making, packed(making)).map(fieldBehind);
  const fold: Rel = {
    kind: "fold",
    id: rows.position.id,
    input: rows.rel,
    part: rows.part,
    position: rows.position,
    state: before.map((field, i) => ({ before: field, after: after[i]!, initial: initial[i]! })),
    stages: making.stages,
  };
  return shownRows(fold, taken, { making, position: rows.position });
}

interface Parts {
  readonly rel: Rel;
  readonly part: Field;
  /** From 1 in each part. */
  readonly position: Field;
}

/** Rows with their part and their position in it. */
function inParts(input: Table, lowering: Lowering): Parts {
  const keys = input.partition.map((field) => ({
    by: fieldOf(field),
    isDescending: false,
    nullsFirst: true,
  }));
  const rows = numbered({ ...input, order: [...keys, ...input.order] }, lowering);
  const overall = rows.order[0]!.by;
  const number: Expr = {
    kind: "window",
    type: "long",
    name: "row_number",
    args: [],
    partition: input.partition.map(fieldOf),
    order: rows.order,
  };
  const position = lowering.newField("", "long");
  const part = lowering.newField("", "long");
  const rel: Rel = {
    kind: "extend",
    input: { kind: "extend", input: rows.rel, columns: [{ field: position, expr: number }] },
    // Parts stand one after the other: how many rows are before a part tells it from all others.
    columns: [{ field: part, expr: callOf("long", "-", overall, fieldOf(position)) }],
  };
  return { rel, part, position };
}

function fieldBehind(expr: Expr): Field {
  if (expr.kind !== "field") throw new TypeError("The expression is no column");
  return expr.field;
}

/** Columns of states that some step asks for. */
function askedColumns({ steps, columns }: ScanParts): readonly StateColumn[] {
  const asked = new Map<string, StateColumn>();
  for (const step of steps) {
    for (const expr of [step.condition, ...step.assigned.values()]) {
      mapExpr(expr, (node) => {
        const column = node.kind === "field" ? columns.get(node.field.id) : undefined;
        if (column !== undefined) asked.set(keyOf(column), column);
        return node;
      });
    }
  }
  return [...asked.values()];
}

function keyOf({ step, name }: StateColumn): string {
  return `${step}/${name}`;
}

/** What a state without rows has for a column. */
function emptyValue({ name }: StateColumn, { declared, columns, steps }: ScanParts): Expr {
  const own = declared.find((one) => one.name === name);
  if (own !== undefined) return own.otherwise;
  for (const step of steps) {
    for (const expr of [step.condition, ...step.assigned.values()]) {
      let found: Expr | undefined;
      mapExpr(expr, (node) => {
        if (node.kind === "field" && columns.get(node.field.id)?.name === name) {
          found = absent(node.type);
        }
        return node;
      });
      if (found !== undefined) return found;
    }
  }
  return absent("dynamic");
}

/** For each step whether it is active, its match and its values; then the number of matches. */
function initialStates(parts: ScanParts): readonly Expr[] {
  const asked = askedColumns(parts);
  const states = parts.steps.flatMap((_, i) => [
    FALSE,
    ZERO,
    ...asked.filter(({ step }) => step <= i).map((column) => emptyValue(column, parts)),
  ]);
  return [...states, ZERO];
}

function packed({ states, nextMatch }: Making): readonly Expr[] {
  const all = states.flatMap((
    { isActive, match, values },
  ) => [isActive, match, ...values.values()]);
  return [...all, nextMatch];
}

function unpack(making: Making, exprs: readonly Expr[]): void {
  const rest = [...exprs];
  const asked = askedColumns(making.parts);
  making.states = making.parts.steps.map((_, i): State => {
    const [isActive, match] = rest.splice(0, 2);
    const keys = asked.filter(({ step }) => step <= i).map(keyOf);
    const values = rest.splice(0, keys.length);
    return {
      isActive: isActive!,
      match: match!,
      values: new Map(keys.map((key, at) => [key, values[at]!])),
    };
  });
  making.nextMatch = rest[0]!;
}

/** Columns of their own for `exprs`. */
function stage({ stages, lowering }: Making, exprs: readonly Expr[]): readonly Expr[] {
  const columns = exprs.map((expr): Computed => ({
    field: lowering.newField("", expr.type),
    expr,
  }));
  stages.push(columns);
  return columns.map(({ field }) => fieldOf(field));
}

function choose(when: Expr, value: Expr, otherwise: Expr): Expr {
  return { kind: "case", type: value.type, branches: [{ when, value }], otherwise };
}

/** `expr` beside a state: its placeholders become the values there. */
function beside(expr: Expr, values: ReadonlyMap<string, Expr>, parts: ScanParts): Expr {
  return mapExpr(expr, (node) => {
    const column = node.kind === "field" ? parts.columns.get(node.field.id) : undefined;
    return column === undefined ? node : values.get(keyOf(column)) ?? emptyValue(column, parts);
  });
}

/** Lets step `i` look at the row: its stages are added, the states changed. */
function takeStep(i: number, making: Making): Taken {
  const { parts, states, nextMatch } = making;
  const step = parts.steps[i]!;
  const own = states[i]!;
  const previous = states[i - 1];
  const [movesOn, stays] = stage(making, [
    previous === undefined
      ? FALSE
      : holds([previous.isActive, beside(step.condition, previous.values, parts)]),
    holds([
      ...i === 0 ? [] : [own.isActive],
      beside(step.condition, own.values, parts),
    ]),
  ]);
  const isTaken = callOf("bool", "or", movesOn!, stays!);
  const isNew = i === 0 ? callOf("bool", "not", own.isActive) : FALSE;
  const match = choose(
    movesOn!,
    previous?.match ?? ZERO,
    choose(isNew, nextMatch, own.match),
  );
  const declared = parts.declared.map(({ name, otherwise }) =>
    assignedValue(step, { name, otherwise, movesOn: movesOn! }, { own, previous, parts })
  );
  const [taken, matched, ...values] = stage(making, [isTaken, match, ...declared]);
  const result: Taken = { isTaken: taken!, match: matched!, declared: values };
  changeStates(i, result, { making, movesOn: movesOn!, isNew });
  return result;
}

function holds(conditions: readonly Expr[]): Expr {
  return callOf("bool", "coalesce", allOf(conditions), FALSE);
}

interface Assignment {
  readonly name: string;
  readonly otherwise: Expr;
  readonly movesOn: Expr;
}

interface Beside {
  readonly own: State;
  readonly previous: State | undefined;
  readonly parts: ScanParts;
}

function assignedValue(
  step: Step,
  { name, otherwise, movesOn }: Assignment,
  { own, previous, parts }: Beside,
): Expr {
  const assigned = step.assigned.get(name);
  if (assigned === undefined) return otherwise;
  const staying = beside(assigned, own.values, parts);
  return previous === undefined
    ? staying
    : choose(movesOn, beside(assigned, previous.values, parts), staying);
}

interface Change {
  readonly making: Making;
  readonly movesOn: Expr;
  readonly isNew: Expr;
}

/** The step keeps the row; the state that moved on is empty. */
function changeStates(i: number, taken: Taken, { making, movesOn, isNew }: Change): void {
  const { parts, input } = making;
  const { isTaken } = taken;
  const [own, previous] = [making.states[i]!, making.states[i - 1]];
  const values = [...own.values].map(([key, old]): readonly [string, Expr] => {
    const [step = "", name = ""] = key.split(/\/([^]*)/);
    if (Number(step) !== i) {
      const moved = previous?.values.get(key) ?? old;
      return [key, choose(movesOn, moved, old)];
    }
    const at = parts.declared.findIndex((one) => one.name === name);
    const field = input.fields.find((one) => one.name === name);
    const value = at >= 0 ? taken.declared[at]! : field === undefined ? old : fieldOf(field);
    return [key, choose(isTaken, convert(value, old.type), old)];
  });
  const next: State = {
    isActive: callOf("bool", "or", own.isActive, isTaken),
    match: choose(isTaken, taken.match, own.match),
    values: new Map(values),
  };
  const emptied = previous && {
    isActive: choose(movesOn, FALSE, previous.isActive),
    match: previous.match,
    values: new Map([...previous.values].map(([key, old]) => {
      const [step = "", name = ""] = key.split(/\/([^]*)/);
      return [key, choose(movesOn, emptyValue({ step: Number(step), name }, parts), old)] as const;
    })),
  };
  making.states = making.states.map((state, at) =>
    at === i ? next : at === i - 1 && emptied !== undefined ? emptied : state
  );
  making.nextMatch = choose(
    allOf([isNew, isTaken]),
    callOf("long", "+", making.nextMatch, literal("long", 1n)),
    making.nextMatch,
  );
  unpack(making, stage(making, packed(making)));
}

interface ShownPlace {
  readonly making: Making;
  readonly position: Field;
}

/** A row for each shown step that took it. */
function shownRows(fold: Rel, taken: readonly Taken[], { making, position }: ShownPlace): Table {
  const { lowering, parts, input } = making;
  const shown = taken.filter((_, i) => parts.steps[i]!.isShown);
  const names = [
    ...input.fields.map(({ name, type }) => ({ name, type })),
    ...parts.declared.map(({ name, otherwise }) => ({ name, type: otherwise.type })),
    ...parts.matchId === undefined ? [] : [{ name: parts.matchId, type: "long" as const }],
  ];
  const fields = names.map(({ name, type }) => lowering.newField(name, type));
  const hidden = [...input.partition, position];
  const shared: Shared = { id: lowering.shared.length, rel: fold, isMaterialized: true };
  lowering.shared.push(shared);
  const rel: Rel = {
    kind: "union",
    fields: [...fields, ...hidden],
    inputs: shown.map(({ isTaken, match, declared }) => ({
      rel: { kind: "filter", input: whole(shared), condition: isTaken },
      columns: [
        ...input.fields.map(fieldOf),
        ...declared,
        ...parts.matchId === undefined ? [] : [match],
        ...hidden.map(fieldOf),
      ],
    })),
  };
  return project(
    {
      ...plainTable(rel, fields),
      partition: input.partition,
      order: [{ by: fieldOf(position), isDescending: false, nullsFirst: false }],
      isSerialized: true,
    },
    fields.map((field): Computed => ({ field, expr: fieldOf(field) })),
  );
}

/** All columns of a shared relation under the numbers that they have there. */
function whole(shared: Shared): Rel {
  return { kind: "whole", shared };
}
