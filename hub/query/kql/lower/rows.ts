/**
 * Expressions over the rows of a table. A window function has no place within another one, in a
 * condition or in an aggregate: it becomes a column of its own first.
 *
 * @module
 */
import { type Computed, type Expr, type Field, fieldOf, type Rel, type SortKey } from "../plan.ts";
import type { Syntax } from "../syntax.ts";
import { mapExpr } from "./map_expr.ts";
import { SESSION, withSessions } from "./sessions.ts";
import type { Lowering, Place, Scope, Table } from "./scope.ts";

interface Lowered {
  readonly table: Table;
  readonly exprs: readonly Expr[];
}

/** Lowers `list` over the rows of `table`; what it gives stands for `table` from then on. */
export function lowerRows(
  list: readonly Syntax[],
  table: Table,
  { lowering, scope }: { readonly lowering: Lowering; readonly scope: Scope },
): Lowered {
  return withRows(table, lowering, (row) => {
    const place: Place = { scope, row };
    return list.map((syntax) => lowering.expr(syntax, place));
  });
}

/**
 * Lets `lower` make expressions over the rows of `table`. Where they ask for neighbours, the rows
 * get a number, so that all of them mean one order.
 */
export function withRows(
  table: Table,
  lowering: Lowering,
  lower: (row: Table) => readonly Expr[],
): Lowered {
  if (!table.isSerialized || isNumbered(table)) {
    return liftWindows(lower(table), table, lowering);
  }
  const row = numbered(table, lowering);
  const [key] = row.order;
  const exprs = lower(row);
  const isUsed = exprs.some((expr) => mentions(expr, (node) => isField(node, key)));
  return liftWindows(exprs, isUsed ? row : table, lowering);
}

function isField(node: Expr, key: SortKey | undefined): boolean {
  return node.kind === "field" && key?.by.kind === "field" && node.field.id === key.by.field.id;
}

function isNumbered({ order }: Table): boolean {
  const [key] = order;
  return key?.by.kind === "field" && key.by.field.name === ORDINAL;
}

/** No name of KQL. */
const ORDINAL = "\0ordinal";

/** `table` with the position of each row as its order. */
export function numbered(table: Table, lowering: Lowering): Table {
  const field = lowering.newField(ORDINAL, "long");
  const expr: Expr = {
    kind: "window",
    type: "long",
    name: "row_number",
    args: [],
    partition: [],
    order: table.order,
  };
  return {
    ...table,
    rel: { kind: "extend", input: table.rel, columns: [{ field, expr }] },
    order: [{ by: fieldOf(field), isDescending: false, nullsFirst: false }],
    isSerialized: true,
  };
}

/** Makes columns of the window functions within `exprs`, the innermost first. */
export function liftWindows(
  exprs: readonly Expr[],
  table: Table,
  lowering: Lowering,
): Lowered {
  let { rel } = table;
  let current = exprs;
  for (;;) {
    const columns: Computed[] = [];
    current = current.map((expr) => mapExpr(expr, (node) => lift(node, columns, lowering)));
    if (columns.length === 0) return { table: { ...table, rel }, exprs: current };
    const plain = columns.filter(({ expr }) => !isSession(expr));
    if (plain.length > 0) rel = { kind: "extend", input: rel, columns: plain };
    for (const column of columns.filter(({ expr }) => isSession(expr))) {
      rel = withSessions(rel, column, lowering);
    }
  }
}

function isSession(expr: Expr): boolean {
  return expr.kind === "window" && expr.name === SESSION;
}

function lift(node: Expr, columns: Computed[], lowering: Lowering): Expr {
  if (node.kind !== "window" || [...node.args, ...node.partition].some(isPending)) return node;
  const field = lowering.newField("", node.type);
  columns.push({ field, expr: node });
  return fieldOf(field);

  /** Whether it needs a column that is only being made. */
  function isPending(expr: Expr): boolean {
    return mentions(expr, (part) =>
      part.kind === "window" ||
      part.kind === "field" && columns.some(({ field: made }) => made.id === part.field.id));
  }
}

/** Whether `test` holds for a part of `expr`. */
function mentions(expr: Expr, test: (node: Expr) => boolean): boolean {
  let found = false;
  mapExpr(expr, (node) => {
    if (test(node)) found = true;
    return node;
  });
  return found;
}

/** Columns that are not shown but needed: by the order and the partition. */
export function hiddenFields(table: Table): readonly Field[] {
  const shown = new Set(table.fields.map(({ id }) => id));
  const needed = [...table.partition, ...table.order.flatMap(({ by }) => fieldsOf(by))];
  return needed.filter(({ id }, i) =>
    !shown.has(id) && needed.findIndex((other) => other.id === id) === i
  );
}

function fieldsOf(expr: Expr): readonly Field[] {
  const found: Field[] = [];
  mapExpr(expr, (node) => {
    if (node.kind === "field") found.push(node.field);
    return node;
  });
  return found;
}

/** `table` with exactly these columns, in the order it has. */
export function project(table: Table, columns: readonly Computed[]): Table {
  const kept = new Set(columns.map(({ field }) => field.id));
  const hidden = hiddenFields({ ...table, fields: [] }).filter(({ id }) => !kept.has(id))
    .map((field): Computed => ({ field, expr: fieldOf(field) }));
  const rel: Rel = { kind: "project", input: table.rel, columns: [...columns, ...hidden] };
  return { ...table, rel, fields: columns.map(({ field }) => field), source: undefined };
}

/** `table` with other columns added to what is computed; `fields` are shown. */
export function extend(
  table: Table,
  columns: readonly Computed[],
  fields: readonly Field[],
): Table {
  const rel: Rel = columns.length === 0 ? table.rel : { kind: "extend", input: table.rel, columns };
  return { ...table, rel, fields };
}
