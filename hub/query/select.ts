/**
 * From a plan to one SELECT: names are quoted, values are bound.
 *
 * @module
 */
import type { Operator } from "../../sdk/api/events.ts";
import type { ColumnType } from "../../sdk/table.ts";
import type { EngineValue } from "../store/engine_messages.ts";
import type { StoredColumn } from "../store/layout.ts";
import { sqlFiles, sqlName } from "../store/sql_text.ts";
import type { Condition, EventPlan } from "./plan.ts";

const SQL_TYPE: Readonly<Record<ColumnType, string>> = {
  string: "varchar",
  int: "integer",
  long: "bigint",
  real: "double",
  bool: "boolean",
  datetime: "bigint",
  dynamic: "json",
};
const COMPARE = { "<": "<", "<=": "<=", ">": ">", ">=": ">=" } as const;
const SEARCHES: ReadonlySet<Operator> = new Set(["contains", "startswith", "has"]);
/** Columns before the shown ones: what rows of several reads are put in order by. */
export const KEY_COLUMNS = 3;

export interface Source {
  /** Absolute paths. */
  readonly paths: readonly string[];
  /** The table's time column. */
  readonly time: string;
  /** Rows of these files may lack a time: the hub's stands for it. */
  readonly hasTimeless: boolean;
  /** Few rows are expected. */
  readonly isRare?: boolean;
}

export interface Statement {
  readonly sql: string;
  readonly values: readonly EngineValue[];
}

/** Time, ledger index and row, then the shown columns of `limit` rows. */
export function selectEvents(plan: EventPlan, source: Source, limit: number): Statement {
  const values: EngineValue[] = [];
  const direction = plan.order === "newest" ? "desc" : "asc";
  const time = timeOf(plan, source);
  const tests = testsOf(plan, source, values);
  const readsOnce = source.isRare === true || plan.where.some(({ op }) => SEARCHES.has(op));
  const edge = readsOnce ? "" : `, edge as (select ${time} as moment from events ${whereOf(tests)}
    order by 1 ${direction} limit ${limit})`;
  const shown = plan.shown.map(({ name }) => sqlName(name));
  const sql = `with events as not materialized (${tableRelation(plan.known, source.paths)})${edge}
    select ${[time, '"_LedgerIndex"', '"_Row"', ...shown].join(", ")}
    from events ${whereOf(readsOnce ? tests : [...tests, withinEdge(time, plan.order)])}
    order by ${time} ${direction}, "_LedgerIndex" ${direction}, "_Row" ${direction}
    limit ${limit}`;
  return { sql, values };
}

/**
 * The time of the last row that is wanted is found first, by reading little else; then the columns
 * of the rows up to it (a third of the time on a million rows of 11 columns). A search in text has
 * to read the dearest column anyway, one for what is rare reads little: they would only do it twice.
 */
function withinEdge(time: string, order: EventPlan["order"]): string {
  return order === "newest"
    ? `${time} >= (select min(moment) from edge)`
    : `${time} <= (select max(moment) from edge)`;
}

/** Time, then the shown columns, of all rows in the order in which they happened. */
export function selectInOrder(plan: EventPlan, source: Source): Statement {
  const values: EngineValue[] = [];
  const time = timeOf(plan, source);
  const shown = plan.shown.map(({ name }) => sqlName(name));
  const sql = `select ${[time, ...shown].join(", ")} from (${
    tableRelation(plan.known, source.paths)
  })
    ${whereOf(testsOf(plan, source, values))} order by ${time}, "_LedgerIndex", "_Row"`;
  return { sql, values };
}

/** The number of rows. */
export function selectCount(plan: EventPlan, source: Source): Statement {
  const values: EngineValue[] = [];
  const tests = testsOf(plan, source, values);
  const sql = `select count(*) from (${tableRelation(plan.known, source.paths)}) ${whereOf(tests)}`;
  return { sql, values };
}

/**
 * All columns that the table has, in the types it has, although each file has only those that were
 * not absent in all its rows.
 */
export function tableRelation(
  columns: readonly StoredColumn[],
  paths: readonly string[],
): string {
  const typed = columns.map(({ name, type }) => `null::${SQL_TYPE[type]} as ${sqlName(name)}`);
  const none = `select ${typed.join(", ")} where false`;
  return paths.length === 0 ? none : `${none} union all by name select * from ${sqlFiles(paths)}`;
}

function timeOf({ known }: EventPlan, { time, hasTimeless }: Source): string {
  const hasTime = known.some(({ name, type }) => name === time && type === "datetime");
  if (!hasTime) return '"_HubTime"';
  return hasTimeless ? `coalesce(${sqlName(time)}, "_HubTime")` : sqlName(time);
}

function whereOf(tests: readonly string[]): string {
  return tests.length === 0 ? "" : `where ${tests.join(" and ")}`;
}

function testsOf(plan: EventPlan, source: Source, values: EngineValue[]): readonly string[] {
  const time = timeOf(plan, source);
  const tests = plan.where.map((condition) => testOf(condition, values));
  if (plan.from !== undefined) tests.push(`${time} >= ${bind(values, ticks(plan.from))}`);
  if (plan.to !== undefined) tests.push(`${time} < ${bind(values, ticks(plan.to))}`);
  return tests;
}

function testOf(condition: Condition, values: EngineValue[]): string {
  const name = sqlName(condition.column.name);
  if (!("value" in condition)) {
    return condition.op === "isnull" ? `${name} is null` : `${name} is not null`;
  }
  const { op, value } = condition;
  const text = condition.column.type === "dynamic" ? `${name}::varchar` : name;
  switch (op) {
    case "==":
      return `${text} = ${bind(values, value)}`;
    case "!=":
      return `${text} is distinct from ${bind(values, value)}`;
    case "in":
      return `${text} in (${listed(value).map((one) => bind(values, one)).join(", ")})`;
    case "<":
    case "<=":
    case ">":
    case ">=":
      return `${text} ${COMPARE[op]} ${bind(values, value)}`;
    case "contains":
      return `contains(lower(${text}), lower(${bind(values, value)}))`;
    case "startswith":
      return `starts_with(lower(${text}), lower(${bind(values, value)}))`;
    case "has":
      return `regexp_matches(${text}, ${
        bind(values, { type: "text", value: wordPattern(value) })
      })`;
  }
}

function listed({ value }: EngineValue): readonly EngineValue[] {
  return String(value).split(",").map((one) => ({ type: "text", value: one.trim() }));
}

/** RE2 of a whole word: what stands beside it is no letter or digit. Linear in the text. */
function wordPattern({ value }: EngineValue): string {
  const literal = Array.from(
    String(value),
    (character) =>
      /^[0-9A-Za-z]$/.test(character)
        ? character
        : `\\x{${character.codePointAt(0)!.toString(16)}}`,
  ).join("");
  return `(?i)(?:^|[^\\pL\\pN])${literal}(?:$|[^\\pL\\pN])`;
}

function ticks(value: bigint): EngineValue {
  return { type: "int64", value: String(value) };
}

function bind(values: EngineValue[], value: EngineValue): string {
  values.push(value);
  return `$${values.length}`;
}
