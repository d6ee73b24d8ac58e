/**
 * Relations of a plan as SQL: one SELECT each, within that of what reads it.
 *
 * @module
 */
import { type Expr, type Field, fieldOf, type Rel } from "../plan.ts";
import { sqlName } from "../../../store/sql_text.ts";
import { columnOf, computedSql, listed } from "../select_list.ts";
import { aggregateSql } from "./aggregates.ts";
import { sortSql } from "./sort_keys.ts";
import { type Printer, SQL_TYPES } from "./printer.ts";

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
      return `select * from ${from(rel.input)} where ${printer.condition(rel.condition)}`;
    case "project":
      return `select ${computedSql(rel.columns, printer)} from ${from(rel.input)}`;
    case "extend":
      return `select *, ${computedSql(rel.columns, printer)} from ${from(rel.input)}`;
    case "aggregate":
      return aggregateRelSql(rel, printer);
    case "first": {
      const on = rel.on.map((field) => printer.expr(fieldOf(field))).join(", ");
      const order = rel.order.length === 0 ? "" : ` order by ${sortSql(rel.order, printer)}`;
      return `select distinct on (${on}) * from ${from(rel.input)}${order}`;
    }
    case "join":
      return joinSql(rel, printer);
    case "union":
      return unionSql(rel, printer);
    case "sort": {
      const limit = rel.limit === undefined ? "" : ` limit ${limitSql(rel.limit, printer)}`;
      return `select * from ${from(rel.input)} order by ${sortSql(rel.keys, printer)}${limit}`;
    }
    case "limit":
      return `select * from ${from(rel.input)} limit ${limitSql(rel.count, printer)}`;
    case "sample":
      return `select * from ${from(rel.input)} order by random() limit ${
        limitSql(rel.count, printer)
      }`;
    case "expand":
      return expandSql(rel, printer);
    case "fold":
      return foldSql(rel, printer);
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
  const columns = fields.map((field) => {
    const name = sqlName(field.name);
    const value = field.type === "dynamic" ? `${name}::json` : name;
    return `${value} as ${columnOf(field)}`;
  });
  return `select ${listed(columns)} from ${relation}`;
}

function valuesSql({ fields, rows }: RelOf<"values">, printer: Printer): string {
  if (fields.length === 0) return "select 1 as nothing";
  const names = fields.map(columnOf).join(", ");
  if (rows.length === 0) {
    const columns = fields.map((field) => `null::${SQL_TYPES[field.type]} as ${columnOf(field)}`);
    return `select ${columns.join(", ")} where false`;
  }
  const tuples = rows.map((row) => `(${row.map((expr) => printer.expr(expr)).join(", ")})`);
  return `select * from (values ${tuples.join(", ")}) as v(${names})`;
}

function rangeSql({ field, from, to, step }: RelOf<"range">, printer: Printer): string {
  const [a, b, s] = [printer.expr(from), printer.expr(to), printer.expr(step)];
  const type = SQL_TYPES[field.type];
  // What is left over by rounding does not cost the last number.
  const count = field.type === "real" || field.type === "decimal"
    ? `floor((${b} - ${a}) / ${s} + 1e-9)::bigint + 1`
    : `(${b} - ${a}) // ${s} + 1`;
  const capped = `(case when ${s} = 0 or (${b} - ${a}) * sign(${s}) < 0 then 0
    when ${count} > ${MAX_RANGE} then error('range has over ${MAX_RANGE} rows') else ${count} end)`;
  return `select (${a} + i * ${s})::${type} as ${columnOf(field)}
    from (select unnest(range(0, ${capped}::bigint)) as i)`;
}

function aggregateRelSql(
  { input, keys, aggregates }: RelOf<"aggregate">,
  printer: Printer,
): string {
  const from = `from (${printer.rel(input)})`;
  const columns = [
    ...keys.map(({ field, expr }) => `${printer.expr(expr)} as ${columnOf(field)}`),
    ...aggregates.map(({ field, call }) => `${aggregateSql(call, printer)} as ${columnOf(field)}`),
  ];
  if (aggregates.length === 0) {
    return keys.length === 0
      ? "select 1 as nothing"
      : `select distinct ${columns.join(", ")} ${from}`;
  }
  const by = keys.map((_, i) => i + 1).join(", ");
  return `select ${columns.join(", ")} ${from}${by === "" ? "" : ` group by ${by}`}`;
}

const JOINS = {
  inner: "inner join",
  left: "left join",
  right: "right join",
  full: "full join",
  semi: "semi join",
  anti: "anti join",
  cross: "cross join",
} as const;

function joinSql({ join, left, right, on }: RelOf<"join">, printer: Printer): string {
  const condition = join === "cross" ? "" : ` on ${printer.expr(on)}`;
  const sides = `(${printer.rel(left)}) as l ${JOINS[join]} (${printer.rel(right)}) as r`;
  return `select ${join === "semi" || join === "anti" ? "l.*" : "*"} from ${sides}${condition}`;
}

function unionSql({ fields, inputs }: RelOf<"union">, printer: Printer): string {
  const parts = inputs.map(({ rel, columns }) => {
    const list = columns.map((expr, i) => `${printer.expr(expr)} as ${columnOf(fields[i]!)}`);
    return `select ${listed(list)} from (${printer.rel(rel)})`;
  });
  return parts.join(" union all ");
}

function limitSql(count: Expr, printer: Printer): string {
  if (count.kind === "literal" && typeof count.value === "bigint") return String(count.value);
  return `(greatest(0, coalesce(${printer.expr(count)}, 0)))`;
}

function expandSql(
  { input, lists, index, limit }: RelOf<"expand">,
  printer: Printer,
): string {
  const listOf = (field: Field): string => `l${field.id}`;
  const arrays = lists.map(({ field, expr }) => `${printer.expr(expr)} as ${listOf(field)}`);
  const lengths = lists.map(({ field }) => `coalesce(len(${listOf(field)}), 0)`);
  const count = `greatest(0, ${lengths.join(", ")})`;
  const most = limit === undefined ? count : `least(${count}, ${printer.expr(limit)})`;
  const names = lists.map(({ field }) => listOf(field)).join(", ");
  const elements = lists.map(({ field }) =>
    `nullif(${listOf(field)}[${columnOf(index)} + 1], 'null'::json) as ${columnOf(field)}`
  );
  return `select * exclude (${names}), ${elements.join(", ")}
    from (select *, unnest(range(0, ${most})) as ${columnOf(index)}
      from (select *, ${arrays.join(", ")} from (${printer.rel(input)})))`;
}

/** A recursive query of one row of each part each time. */
function foldSql(
  { id, input, part, position, state, stages }: RelOf<"fold">,
  printer: Printer,
): string {
  const [of, at] = [columnOf(part), columnOf(position)];
  const made = stages.flat();
  const names = made.map(({ field }) => columnOf(field));
  const initial = new Map(state.map(({ after, initial: expr }) => [after.id, printer.expr(expr)]));
  const first = made.map(({ field }) =>
    `${initial.get(field.id) ?? `null::${SQL_TYPES[field.type]}`} as ${columnOf(field)}`
  );
  const before = state.map((one) => `${columnOf(one.after)} as ${columnOf(one.before)}`);
  const last = [`${of} as last_part`, `${at} as last_row`, ...before].join(", ");
  const current = `select n.*, p.* exclude (last_part, last_row) from n${id} as n
    join (select ${last} from f${id}) as p
    on n.${at} = p.last_row + 1 and n.${of} = p.last_part`;
  const row = stages.reduce(
    (sql, columns) => `select *, ${computedSql(columns, printer)} from (${sql})`,
    current,
  );
  return `select * from (with recursive n${id} as materialized (${printer.rel(input)}),
    f${id} as (select ${[of, `0::bigint as ${at}`, ...first].join(", ")}
      from n${id} where ${at} = 1
    union all select ${[of, at, ...names].join(", ")} from (${row}))
    select n.*, f.* exclude (${of}, ${at}) from n${id} as n
    join f${id} as f on n.${at} = f.${at} and n.${of} = f.${of})`;
}
