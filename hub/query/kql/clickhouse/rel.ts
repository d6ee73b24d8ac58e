/**
 * Relations of a plan as SQL of ClickHouse: one SELECT each, within that of what reads it.
 *
 * @module
 */
import { type Expr, fieldOf, type Rel, type SortKey } from "../plan.ts";
import { columnOf, computedSql, listed } from "../select_list.ts";
import { aggregateSql } from "./aggregates.ts";
import {
  nullOf,
  type Printer,
  quotedName,
  SQL_TYPES,
  textLiteral,
  unsupported,
} from "./printer.ts";
import { sortSql } from "./sort_keys.ts";

const MAX_RANGE = 1_048_576;

type RelOf<Kind extends Rel["kind"]> = Extract<Rel, { kind: Kind }>;

export function relSql(rel: Rel, printer: Printer): string {
  const from = (input: Rel): string => `(${printer.rel(input)})`;
  switch (rel.kind) {
    case "scan":
      return scanSql(rel, printer);
    case "values":
      return valuesSql(rel, printer);
    case "range":
      return rangeSql(rel, printer);
    case "filter":
      return `select * from ${from(rel.input)} where ${printer.expr(rel.condition)}`;
    case "project":
      return `select ${computedSql(rel.columns, printer)} from ${from(rel.input)}`;
    case "extend":
      return `select *, ${computedSql(rel.columns, printer)} from ${from(rel.input)}`;
    case "aggregate":
      return aggregateRelSql(rel, printer);
    case "first": {
      const on = rel.on.map((field) => printer.expr(fieldOf(field))).join(", ");
      const order = rel.order.length === 0 ? "" : ` order by ${sortSql(rel.order, printer)}`;
      return `select * from ${from(rel.input)}${order} limit 1 by ${on}`;
    }
    case "join":
      return joinSql(rel, printer);
    case "union":
      return unionSql(rel, printer);
    case "sort": {
      const limit = rel.limit === undefined ? "" : ` limit ${limitSql(rel.limit)}`;
      return `select * from ${from(rel.input)} order by ${sortSql(rel.keys, printer)}${limit}`;
    }
    case "limit":
      return `select * from ${from(rel.input)} limit ${limitSql(rel.count)}`;
    case "sample":
      return `select * from ${from(rel.input)} order by rand64() limit ${limitSql(rel.count)}`;
    case "expand":
      return expandSql(rel, printer);
    case "fold":
      throw unsupported("scan");
    case "whole":
      return `select * from s${rel.shared.id}`;
    case "reference": {
      const columns = rel.from.map((field, i) =>
        `${columnOf(field)} as ${columnOf(rel.fields[i]!)}`
      );
      return `select ${listed(columns)} from s${rel.shared.id}`;
    }
  }
}

function scanSql({ table, fields }: RelOf<"scan">, printer: Printer): string {
  const relation = printer.tables.get(table) ?? `t${printer.tables.size}`;
  printer.tables.set(table, relation);
  const columns = fields.map((field) => `${quotedName(field.name)} as ${columnOf(field)}`);
  return `select ${listed(columns)} from ${relation}`;
}

function valuesSql({ fields, rows }: RelOf<"values">, printer: Printer): string {
  if (fields.length === 0) return "select 1 as nothing";
  if (rows.length === 0) {
    const columns = fields.map((field) => `${nullOf(field.type)} as ${columnOf(field)}`);
    return `select ${columns.join(", ")} where 0`;
  }
  if (rows.length > 1 && rows.every((row) => row.every(({ kind }) => kind === "literal"))) {
    const types = fields.map((field) => `${columnOf(field)} ${SQL_TYPES[field.type]}`).join(", ");
    const tuples = rows.map((row) => `(${row.map((expr) => printer.expr(expr)).join(", ")})`);
    return `select * from values(${textLiteral(types)}, ${tuples.join(", ")})`;
  }
  return rows.map((row) =>
    `select ${row.map((expr, i) => typed(expr, columnOf(fields[i]!), printer)).join(", ")}`
  ).join(" union all ");
}

function typed(expr: Expr, name: string, printer: Printer): string {
  return `CAST(${printer.expr(expr)} AS ${SQL_TYPES[expr.type]}) as ${name}`;
}

function rangeSql({ field, from, to, step }: RelOf<"range">, printer: Printer): string {
  const [a, b, s] = [printer.expr(from), printer.expr(to), printer.expr(step)];
  if (field.type === "decimal") throw unsupported("range of decimals");
  const isReal = field.type === "real";
  // What is left over by rounding does not cost the last number.
  const count = isReal
    ? `toInt64(floor((${b} - ${a}) / ${s} + 1e-9)) + 1`
    : `intDivOrZero(toInt128(${b}) - ${a}, ${s}) + 1`;
  const span = isReal ? `(${b} - ${a})` : `(toInt128(${b}) - ${a})`;
  const capped = `multiIf(isNull(${b} - ${a} + ${s}) or ${s} = 0 or ${span} * sign(${s}) < 0, 0,
    throwIf(ifNull(${count} > ${MAX_RANGE}, 0), 'range has over ${MAX_RANGE} rows') = 1, 0,
    toUInt64(ifNull(${count}, 0)))`;
  return `select CAST(${a} + i * ${s} AS ${SQL_TYPES[field.type]}) as ${columnOf(field)}
    from (select arrayJoin(arrayMap(n -> toInt64(n), range(assumeNotNull(${capped})))) as i)`;
}

function aggregateRelSql(
  { input, keys, aggregates }: RelOf<"aggregate">,
  printer: Printer,
): string {
  const ordered = aggregates.find(({ call }) => (call.order ?? []).length > 0)?.call.order ?? [];
  const order = ordered.length === 0 ? undefined : "row_place";
  const rows = order === undefined
    ? printer.rel(input)
    : `select *, row_number() over (order by ${sortSql(ordered, printer)}) as ${order} from (${
      printer.rel(input)
    })`;
  checkOneOrder(aggregates.map(({ call }) => call.order ?? []), ordered);
  const shown = keys.map(({ field, expr }) => `${printer.expr(expr)} as ${columnOf(field)}`);
  if (aggregates.length === 0) {
    return keys.length === 0
      ? "select 1 as nothing"
      : `select distinct ${shown.join(", ")} from (${rows})`;
  }
  const names = keys.map(({ field }) => columnOf(field));
  const columns = [
    ...names,
    ...aggregates.map(({ field, call }) =>
      `${aggregateSql(call, { order, printer })} as ${columnOf(field)}`
    ),
  ];
  const from = keys.length === 0 ? rows : `select *, ${shown.join(", ")} from (${rows})`;
  return `select ${columns.join(", ")} from (${from})${
    names.length === 0 ? "" : ` group by ${names.join(", ")}`
  }`;
}

/** All aggregates of one operator see its rows in the same order. */
function checkOneOrder(orders: readonly (readonly SortKey[])[], known: readonly SortKey[]): void {
  if (orders.every((order) => order.length === 0 || order === known || isAlike(order, known))) {
    return;
  }
  throw unsupported("aggregates in different orders");
}

function isAlike(a: readonly SortKey[], b: readonly SortKey[]): boolean {
  return a.length === b.length && a.every((key, i) => key === b[i]);
}

const JOINS = {
  inner: "inner join",
  left: "left join",
  right: "right join",
  full: "full join",
  semi: "left semi join",
  anti: "left anti join",
  cross: "cross join",
} as const;

function joinSql({ join, left, right, on }: RelOf<"join">, printer: Printer): string {
  const isAll = on.kind === "literal" && on.value === true;
  if (isAll && (join === "semi" || join === "anti" || join === "full" || join === "right")) {
    throw unsupported(`${join} join without keys`);
  }
  const kind = isAll && join !== "left" ? "cross" : join;
  const condition = kind === "cross" ? "" : ` on ${isAll ? "1 = 1" : joinOn(on, printer)}`;
  const sides = `(${printer.rel(left)}) as l ${JOINS[kind]} (${printer.rel(right)}) as r`;
  return `select ${join === "semi" || join === "anti" ? "l.*" : "*"} from ${sides}${condition}`;
}

/** Only equalities: all else would be another kind of join there. */
function joinOn(on: Expr, printer: Printer): string {
  if (on.kind === "call") {
    const [a, b] = on.args;
    if (on.name === "and") return `${joinOn(a!, printer)} and ${joinOn(b!, printer)}`;
    if (on.name === "same") return `${printer.expr(a!)} <=> ${printer.expr(b!)}`;
    if (on.name === "==" && a?.type === "string") {
      return `${printer.expr(a)} = ${printer.expr(b!)}`;
    }
  }
  throw unsupported("a join by other than equal columns");
}

function unionSql({ fields, inputs }: RelOf<"union">, printer: Printer): string {
  const parts = inputs.map(({ rel, columns }) => {
    const list = columns.map((expr, i) => typed(expr, columnOf(fields[i]!), printer));
    return `select ${listed(list)} from (${printer.rel(rel)})`;
  });
  return parts.join(" union all ");
}

function limitSql(count: Expr): string {
  if (count.kind === "literal" && typeof count.value === "bigint") {
    return String(count.value < 0n ? 0n : count.value);
  }
  throw unsupported("a count of rows that is no constant");
}

function expandSql(
  { input, lists, index, limit }: RelOf<"expand">,
  printer: Printer,
): string {
  const arrays = lists.map(({ field, expr }) => `${printer.expr(expr)} as l${field.id}`);
  const lengths = lists.map(({ field }) => `length(l${field.id})`);
  const longest = lengths.length === 1 ? lengths[0]! : `greatest(${lengths.join(", ")})`;
  const most = limit === undefined
    ? longest
    : `least(${longest}, toUInt64(greatest(0, ifNull(${printer.expr(limit)}, 0))))`;
  const elements = lists.map(({ field }) =>
    `nullIf(arrayElementOrNull(l${field.id}, ${columnOf(index)} + 1), 'null') as ${columnOf(field)}`
  );
  return `select *, ${elements.join(", ")}
    from (select *, arrayJoin(arrayMap(n -> toInt64(n), range(${most}))) as ${columnOf(index)}
      from (select *, ${arrays.join(", ")} from (${printer.rel(input)})))`;
}
