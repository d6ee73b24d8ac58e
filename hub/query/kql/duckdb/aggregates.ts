/**
 * Aggregate functions as SQL.
 *
 * @module
 */
import { KqlError } from "../kql_error.ts";
import type { AggregateCall } from "../plan.ts";
import { castSql } from "./casts.ts";
import { sortSql } from "./sort_keys.ts";
import { type Printer, SQL_TYPES } from "./printer.ts";

/** What an aggregate is given: the SQL of its arguments, and its ends. */
interface AggregateSql {
  readonly args: readonly string[];
  readonly call: AggregateCall;
  /** ` order by …` within the parentheses, or nothing. */
  readonly order: string;
  /** ` filter (where …)` after the parentheses, or nothing. */
  readonly filter: string;
  readonly printer: Printer;
}

export function aggregateSql(call: AggregateCall, printer: Printer): string {
  const print = AGGREGATE_SQL[call.name];
  if (print === undefined) {
    throw new KqlError({
      code: "unsupported",
      message: `aggregate ${call.name}() is not supported`,
    });
  }
  const order = call.order ?? [];
  return print({
    args: call.args.map((arg) => printer.expr(arg)),
    call,
    printer,
    order: order.length === 0 ? "" : ` order by ${sortSql(order, printer)}`,
    filter: call.where === undefined ? "" : ` filter (where ${printer.condition(call.where)})`,
  });
}

type Print = (aggregate: AggregateSql) => string;

function plain(name: string): Print {
  return ({ args, filter, call }) => orEmpty(`${name}(${args.join(", ")})${filter}`, call);
}

/** The absent string is the empty one. */
function orEmpty(sql: string, { type }: AggregateCall): string {
  return type === "string" ? `coalesce(${sql}, '')` : sql;
}

/** Empty sums are 0, and whole ones do not grow past their type. */
function sum({ args, filter, call, printer }: AggregateSql): string {
  const type = SQL_TYPES[call.type];
  const value = `coalesce(sum(${args[0]})${filter}, 0)`;
  if (call.type === "real" || call.type === "decimal") return `${value}::${type}`;
  return printer.wraps ? `k_wrap_long(${value})` : `${value}::${type}`;
}

function average({ args: [arg], filter, call }: AggregateSql): string {
  const from = call.args[0]!.type;
  if (from === "dynamic") return `avg(${castSql(arg!, { from, to: "real" })})${filter}`;
  if (call.type === "real" || call.type === "decimal") return `avg(${arg})${filter}`;
  return `(avg(${arg})${filter})::bigint`;
}

function argument(name: string): Print {
  return ({ args: [value, key], call: { args, type }, filter }) => {
    const picked = `case when count(${key})${filter} = 0 then first(${value})${filter}
      else ${name}_null(${value}, ${key})${filter} end`;
    return args[0] !== undefined && type === "string" ? `coalesce(${picked}, '')` : picked;
  };
}

/** `list` without what is absent, as a dynamic array; at most so many elements. */
function makeList({ args: [value, most], call, filter, order }: AggregateSql): string {
  const from = call.args[0]!.type;
  const json = castSql(value!, { from, to: "dynamic" });
  const list = `coalesce(list(${json}${order})${withFilter(filter, `${value} is not null`)}, [])`;
  return `to_json(${most === undefined ? list : `(${list})[1:${most}]`})`;
}

function makeSet({ args: [value, most], call, filter, order }: AggregateSql): string {
  const from = call.args[0]!.type;
  const json = castSql(value!, { from, to: "dynamic" });
  const list = `coalesce(list(${json}${order})${withFilter(filter, `${value} is not null`)}, [])`;
  const set = `list_transform([list_transform(${list}, lambda e: e::varchar)], lambda l:
    list_filter(l, lambda e, i: list_position(l, e) = i))[1]`;
  const json2 = `list_transform(${
    most === undefined ? set : `(${set})[1:${most}]`
  }, lambda e: e::json)`;
  return `to_json(${json2})`;
}

function withFilter(filter: string, condition: string): string {
  return filter === ""
    ? ` filter (where ${condition})`
    : filter.replace(" filter (where ", ` filter (where ${condition} and `);
}

const AGGREGATE_SQL: Readonly<Record<string, Print>> = {
  "count": ({ args: [arg], filter }) => `count(${arg ?? "*"})${filter}`,
  "sum": sum,
  "avg": average,
  "min": plain("min"),
  "max": plain("max"),
  "dcount": ({ args: [arg], filter }) => `count(distinct ${arg})${filter}`,
  "count_distinct": ({ args: [arg], filter }) => `count(distinct ${arg})${filter}`,
  "take_any": plain("first"),
  "arg_max": argument("arg_max"),
  "arg_min": argument("arg_min"),
  "make_list": makeList,
  "make_set": makeSet,
  "percentile": ({ args: [arg, rank], filter, call }) =>
    `quantile_disc(${arg}, ${rank} / 100)${filter}${call.type === "long" ? "::bigint" : ""}`,
  "stdev": ({ args: [arg], filter }) => `coalesce(stddev_samp(${arg})${filter}, 0)`,
  "variance": ({ args: [arg], filter }) => `coalesce(var_samp(${arg})${filter}, 0)`,
};
