/**
 * Aggregate functions as SQL.
 *
 * @module
 */
import { convert } from "../functions/convert.ts";
import { hashOf } from "../functions/hashes.ts";
import { KqlError } from "../kql_error.ts";
import type { AggregateCall, Expr } from "../plan.ts";
import { castSql } from "./casts.ts";
import { constantWhole, DECIMAL, wrapLong } from "./functions/sql_function.ts";
import type { Printer } from "./printer.ts";
import { sortSql } from "./sort_keys.ts";

/** What an aggregate is given: the SQL of its arguments, and its ends. */
interface AggregateSql {
  readonly args: readonly string[];
  readonly call: AggregateCall;
  /** ` ORDER BY …` within the parentheses, or nothing. */
  readonly order: string;
  /** Which rows count, if not all. */
  readonly where: string | undefined;
  /** ` FILTER (WHERE …)` after the parentheses, or nothing. */
  readonly filter: string;
  readonly printer: Printer;
}

type Print = (aggregate: AggregateSql) => string;

export function aggregateSql(call: AggregateCall, printer: Printer): string {
  const print = AGGREGATE_SQL[call.name];
  if (print === undefined) {
    throw new KqlError({
      code: "unsupported",
      message: `aggregate ${call.name}() is not supported`,
    });
  }
  const order = call.order ?? [];
  const where = call.where === undefined ? undefined : printer.condition(call.where);
  return print({
    args: call.args.map((arg) => printer.expr(arg)),
    call,
    order: order.length === 0 ? "" : ` ORDER BY ${sortSql(order, printer)}`,
    where,
    filter: where === undefined ? "" : ` FILTER (WHERE ${where})`,
    printer,
  });
}

const AGGREGATE_SQL: Readonly<Record<string, Print>> = {
  count: ({ filter }) => `count(*)${filter}`,
  sum: ({ args: [value], call: { type }, filter }) => {
    const sum = `coalesce(sum(${value})${filter}, 0)`;
    if (type === "long" || type === "int" || type === "timespan") return wrapLong(sum);
    return type === "decimal" ? `(${sum})::${DECIMAL}` : `(${sum})::DOUBLE`;
  },
  avg: ({ args: [value], call: { type, args }, filter }) => {
    if (type === "datetime" || type === "timespan") {
      return `(sum(${value})${filter} // count(${value})${filter})::BIGINT`;
    }
    const from = args[0]?.type;
    if (from === "int" || from === "long") {
      const sum = `${wrapLong(`sum(${value})${filter}`)}::DOUBLE`;
      return `coalesce(${sum} / count(${value})${filter}, 'nan'::DOUBLE)`;
    }
    return type === "decimal"
      ? `(avg(${value})${filter})::${DECIMAL}`
      : `coalesce(avg((${value})::DOUBLE)${filter}, 'nan'::DOUBLE)`;
  },
  min: ({ args: [value], call: { type }, filter }) => extreme(`min(${value})${filter}`, type),
  max: ({ args: [value], call: { type }, filter }) => extreme(`max(${value})${filter}`, type),
  dcount: ({ args: [value], filter }) => `count(DISTINCT ${value})${filter}`,
  count_distinct: ({ args: [value], filter }) => `count(DISTINCT ${value})${filter}`,
  series_pairs: ({ args: [index, value] }) =>
    `to_json(coalesce(list(json_array(${index}, ${value})), []))`,
  make_list: (aggregate) => jsonList(aggregate, ""),
  make_set: (aggregate) => jsonList(aggregate, "DISTINCT "),
  make_list_with_nulls: ({ args: [value], filter, order }) =>
    `to_json(coalesce(list(coalesce(${value}, 'null'::JSON)${order})${filter}, []))`,
  make_bag: ({ args: [value], filter, order }) =>
    `n_bag_merge_all(to_json(coalesce(list(${value}${order})${filter}, [])))`,
  buildschema: ({ args: [value], filter }) =>
    `n_buildschema(to_json(coalesce(list(${value})${filter}, [])))`,
  take_any: ({ args: [value], call: { type }, filter }) =>
    type === "string" ? `coalesce(first(${value})${filter}, '')` : `any_value(${value})${filter}`,
  percentile: ({ args: [value, share], call: { type }, filter }) =>
    `(quantile_disc(${value}, (${share})::DOUBLE / 100)${filter})${
      type === "long" ? "::BIGINT" : ""
    }`,
  percentiles_array: ({ args: [value, ...shares], call, filter, printer }) =>
    percentilesOf(listOf(value!, filter), shares, { call, printer }),
  percentilew: ({ args: [value, weight, share], call, filter, printer }) => {
    const all = percentilesOf(pairsOf(value!, weight!, filter), [share!], { call, printer });
    return castSql(`json_extract(${all}, '$[0]')`, { from: "dynamic", to: call.type });
  },
  percentilesw_array: ({ args: [value, weight, ...shares], call, filter, printer }) =>
    percentilesOf(pairsOf(value!, weight!, filter), shares, { call, printer }),
  tdigest: ({ args: [, weight], call, filter, printer }) => {
    const value = printer.expr(digestible(call.args[0]!));
    const list = weight === undefined ? listOf(value, filter) : pairsOf(value, weight, filter);
    return `n_tdigest(${list})`;
  },
  tdigest_merge: ({ args: [value], filter }) => `n_merge_tdigests(${listOf(value!, filter)})`,
  hll: ({ args: [, accuracy], call, where, printer }) => {
    const hash = printer.expr(hashOf(call.args[0]!));
    const filter = where === undefined ? "" : ` FILTER (WHERE ${where})`;
    return `n_hll(to_json(coalesce(list(DISTINCT ${hash})${filter}, [])), ${
      accuracy ?? "NULL::BIGINT"
    })`;
  },
  hll_merge: ({ args: [value], filter }) => `n_hll_merges(${listOf(value!, filter)})`,
  arg_max: argument("arg_max"),
  arg_min: argument("arg_min"),
  stdev: ({ args: [value], filter }) => `coalesce(stddev_samp(${value})${filter}, 0)::DOUBLE`,
  stdevp: ({ args: [value], filter }) => `coalesce(stddev_pop(${value})${filter}, 0)::DOUBLE`,
  variance: ({ args: [value], filter }) => `coalesce(var_samp(${value})${filter}, 0)::DOUBLE`,
  variancep: ({ args: [value], filter }) => `coalesce(var_pop(${value})${filter}, 0)::DOUBLE`,
  covariance: ({ args: [x, y], filter }) => `coalesce(covar_samp(${x}, ${y})${filter}, 0)::DOUBLE`,
  covariancep: ({ args: [x, y], filter }) => `coalesce(covar_pop(${x}, ${y})${filter}, 0)::DOUBLE`,
  binary_all_and: ({ args: [value], filter }) => `bit_and(${value})${filter}`,
  binary_all_or: ({ args: [value], filter }) => `bit_or(${value})${filter}`,
  binary_all_xor: ({ args: [value], filter }) => `bit_xor(${value})${filter}`,
};

function listOf(value: string, filter: string): string {
  return `to_json(coalesce(list(${value})${filter}, []))`;
}

/** What is absent has no weight. */
function pairsOf(value: string, weight: string, filter: string): string {
  return listOf(`json_array(${value}, ${weight})`, filter);
}

/** Times and durations as whole numbers, which a digest can put in order. */
function digestible(value: Expr): Expr {
  return value.type === "datetime" || value.type === "timespan" ? convert(value, "long") : value;
}

/** The share of a percentile: a number, or an array of them. */
function percentilesOf(
  list: string,
  shares: readonly string[],
  { call, printer }: { readonly call: AggregateCall; readonly printer: Printer },
): string {
  const given = call.args.slice(-shares.length).map((share) =>
    printer.expr(convert(share, "dynamic"))
  );
  return `n_percentiles_weighted(${[list, ...given].join(", ")})`;
}

function extreme(sql: string, type: string): string {
  return type === "string" ? `coalesce(${sql}, '')` : sql;
}

/** `value` of the row with the greatest or least key; of any row where no key is present. */
function argument(name: "arg_max" | "arg_min"): Print {
  return ({ args: [value, key], call: { type }, filter }) => {
    const row = `struct_pack(v := ${value})`;
    const chosen = `coalesce(${name}(${row}, ${key})${filter}, first(${row})${filter}).v`;
    return extreme(`(${chosen})`, type);
  };
}

/** A JSON array of the values that are present; elements of dynamic arrays stand for themselves. */
function jsonList(aggregate: AggregateSql, distinct: "" | "DISTINCT "): string {
  const { args: [arg, limit] } = aggregate.call;
  const list = arg?.type === "dynamic"
    ? dynamicList(aggregate, distinct)
    : scalarList(aggregate, distinct);
  if (limit === undefined) return `to_json(coalesce(${list}, []))`;
  const most = constantWhole(limit);
  if (most === undefined) {
    throw new KqlError({
      code: "unsupported",
      message: `the size of ${aggregate.call.name}() is not a constant`,
      expected: "a whole number",
    });
  }
  return `to_json(coalesce((${list})[1:${most}], []))`;
}

/** Types whose values the engine writes as JSON as they are. */
const DIRECT: ReadonlySet<string> = new Set(["bool", "int", "long", "string"]);

function scalarList(
  { args: [value = ""], call: { args: [arg] }, order, where }: AggregateSql,
  distinct: string,
): string {
  const from = arg?.type ?? "string";
  const element = DIRECT.has(from) ? value : castSql(value, { from, to: "dynamic" });
  const conditions = [where, from === "string" ? undefined : `${value} IS NOT NULL`]
    .filter((one) => one !== undefined);
  const filter = conditions.length === 0 ? "" : ` FILTER (WHERE ${conditions.join(" AND ")})`;
  // With DISTINCT the engine keeps no order: that of the values is at least always the same.
  const list = `list(${distinct}${element}${distinct === "" ? order : ""})${filter}`;
  return distinct === "" ? list : `list_sort(${list})`;
}

function dynamicList(
  { args: [value], order, filter }: AggregateSql,
  distinct: string,
): string {
  const elements =
    `CASE WHEN json_type(${value}) = 'ARRAY' THEN json_extract(${value}, '$[*]') ELSE [coalesce(${value}, 'null'::JSON)] END`;
  const all = `flatten(list(${elements}${order})${filter})`;
  if (distinct === "") return all;
  return `list_transform([${all}], lambda l: list_filter(l, lambda x, i: x <> 'null'::JSON AND list_position(l, x) = i))[1]`;
}
