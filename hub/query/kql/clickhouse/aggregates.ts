/**
 * Aggregate functions as SQL.
 *
 * @module
 */
import type { AggregateCall } from "../plan.ts";
import { toDynamic } from "./casts.ts";
import { arrayJson, bagJson, elementsOf, membersOf } from "./functions/places.ts";
import { nullOf, once, type Printer, unless, unsupported } from "./printer.ts";

interface Place {
  /** Column of the rows' place in their order, where it matters. */
  readonly order: string | undefined;
  readonly printer: Printer;
}

interface AggregateSql {
  readonly args: readonly string[];
  readonly call: AggregateCall;
  /** Which rows count, if not all: a value that is 0 or 1. */
  readonly where: string | undefined;
  readonly order: string | undefined;
}

type Print = (aggregate: AggregateSql) => string;

export function aggregateSql(call: AggregateCall, { order, printer }: Place): string {
  const print = AGGREGATE_SQL[call.name];
  if (print === undefined) throw unsupported(`aggregate ${call.name}()`);
  return print({
    args: call.args.map((arg) => printer.expr(arg)),
    call,
    where: call.where === undefined ? undefined : `ifNull(${printer.expr(call.where)}, 0)`,
    order: (call.order ?? []).length === 0 ? undefined : order,
  });
}

const AGGREGATE_SQL: Readonly<Record<string, Print>> = {
  count: ({ where }) => where === undefined ? "toInt64(count())" : `toInt64(countIf(${where}))`,
  sum: (aggregate) => {
    const { type } = aggregate.call;
    if (type === "decimal") throw unsupported("sum() of decimals");
    const as = type === "real" ? "toFloat64" : "toInt64";
    return `ifNull(${applied("sum", aggregate, (value) => `${as}(${value})`)}, ${as}(0))`;
  },
  avg: (aggregate) => {
    const { type } = aggregate.call;
    if (type === "decimal") throw unsupported("avg() of decimals");
    const isTime = type === "datetime" || type === "timespan";
    const from = aggregate.call.args[0]?.type;
    const as = isTime ? "toInt128" : from === "int" || from === "long" ? "toInt64" : "toFloat64";
    const sum = applied("sum", aggregate, (value) => `${as}(${value})`);
    const count = applied("count", aggregate, (value) => value);
    return isTime
      ? `toInt64(intDivOrNull(${sum}, ${count}))`
      : `(toFloat64(ifNull(${sum}, 0)) / ${count})`;
  },
  min: (aggregate) => extreme("min", aggregate),
  max: (aggregate) => extreme("max", aggregate),
  dcount: (aggregate) => distinctCount(aggregate),
  count_distinct: (aggregate) => distinctCount(aggregate),
  make_list: (aggregate) => jsonList(aggregate),
  make_set: (aggregate) => jsonSet(aggregate),
  make_list_with_nulls: (aggregate) =>
    arrayJson(collected(aggregate, (value) => `ifNull(${value}, 'null')`)),
  make_bag: (aggregate) => {
    if (aggregate.call.args.length > 1) throw unsupported("make_bag() with a size");
    const bags = collected(aggregate, (value) => `ifNull(${value}, 'null')`);
    return bagJson(
      `arrayFlatten(arrayMap(b -> ${
        membersOf("b")
      }, arrayFilter(b -> JSONType(b) = 'Object', ${bags})))`,
    );
  },
  series_pairs: ({ args: [index, value] }) =>
    `groupArray(tuple(${index}, ifNull(toString(${value}), 'null')))`,
  take_any: (aggregate) => {
    const { type } = aggregate.call;
    const value = applied(
      "any",
      aggregate,
      (one) => type === "string" ? one : `toNullable(${one})`,
    );
    return type === "string" ? `ifNull(${value}, '')` : value;
  },
  percentile: (aggregate) => {
    const { type } = aggregate.call;
    if (type === "decimal") throw unsupported("percentile() of decimals");
    const values = applied("groupArray", present(aggregate), (value) => `assumeNotNull(${value})`);
    return once(
      [`arraySort(${values})`, `toFloat64(${aggregate.args[1]})`],
      (list, share) =>
        `if(empty(${list}), NULL, ${list}[toInt64(greatest(1., least(toFloat64(length(${list})), ceil(length(${list}) * ${share} / 100))))])`,
    );
  },
  arg_max: argument("argMax"),
  arg_min: argument("argMin"),
  stdev: spread("stddevSampStable", 2),
  stdevp: spread("stddevPopStable", 1),
  variance: spread("varSampStable", 2),
  variancep: spread("varPopStable", 1),
  binary_all_and: bits("groupBitAnd"),
  binary_all_or: bits("groupBitOr"),
  binary_all_xor: bits("groupBitXor"),
};

/** `name` over `form` of the first argument. */
function applied(
  name: string,
  { args: [value = ""], where }: AggregateSql,
  form: (value: string) => string,
): string {
  return where === undefined ? `${name}(${form(value)})` : `${name}If(${form(value)}, ${where})`;
}

/** `aggregate` of values that are there alone. */
function present(aggregate: AggregateSql): AggregateSql {
  const { args: [value], where } = aggregate;
  const isThere = `isNotNull(${value})`;
  return { ...aggregate, where: where === undefined ? isThere : `${where} and ${isThere}` };
}

function distinctCount(aggregate: AggregateSql): string {
  return `toInt64(${applied("uniqExact", aggregate, (value) => value)})`;
}

/** Not-a-number is more than any number. */
function extreme(name: "min" | "max", aggregate: AggregateSql): string {
  const { type } = aggregate.call;
  if (type === "guid") throw unsupported(`${name}() of guids`);
  if (type === "string") return applied(name, aggregate, (value) => value);
  const found = applied(name, aggregate, (value) => `toNullable(${value})`);
  if (type !== "real" || name === "min") return found;
  const [value = ""] = aggregate.args;
  const nans = applied("count", { ...aggregate, args: [`if(isNaN(${value}), 1, NULL)`] }, (x) => x);
  return `if(${nans} > 0, nan, ${found})`;
}

/** An array of `form` of each row's value, in the order of the rows where it matters. */
function collected(aggregate: AggregateSql, form: (value: string) => string): string {
  const { order } = aggregate;
  if (order === undefined) return applied("groupArray", aggregate, form);
  const pairs = applied(
    "groupArray",
    aggregate,
    (value) => `tuple(${order}, ${form(value)})`,
  );
  return `arrayMap(p -> p.2, arraySort(p -> p.1, ${pairs}))`;
}

/** A JSON array of the values that are present; elements of dynamic arrays stand for themselves. */
function jsonList(aggregate: AggregateSql): string {
  return arrayJson(sliced(aggregate, elementsIn(aggregate)));
}

function elementsIn(aggregate: AggregateSql): string {
  const from = aggregate.call.args[0]?.type ?? "string";
  if (from === "dynamic") {
    const values = collected(aggregate, (value) => `ifNull(${value}, 'null')`);
    return `arrayFlatten(arrayMap(d -> if(JSONType(d) = 'Array', ${
      elementsOf("d")
    }, [d]), ${values}))`;
  }
  const values = from === "string" ? aggregate : present(aggregate);
  return collected(values, (value) => `ifNull(${toDynamic(value, from)}, 'null')`);
}

/** In the order of the values, which is at least always the same. */
function jsonSet(aggregate: AggregateSql): string {
  const from = aggregate.call.args[0]?.type ?? "string";
  if (from === "dynamic") {
    const all = `arrayDistinct(arrayFilter(d -> d != 'null', ${elementsIn(aggregate)}))`;
    return arrayJson(sliced(aggregate, all));
  }
  const isDirect = from === "bool" || from === "int" || from === "long" || from === "string";
  const values = applied(
    "groupUniqArray",
    from === "string" ? aggregate : present(aggregate),
    (value) => isDirect ? value : `ifNull(${toDynamic(value, from)}, 'null')`,
  );
  const texts = isDirect
    ? `arrayMap(d -> ifNull(${toDynamic("d", from)}, 'null'), arraySort(${values}))`
    : `arraySort(${values})`;
  return arrayJson(sliced(aggregate, texts));
}

function sliced({ call }: AggregateSql, list: string): string {
  const [, limit] = call.args;
  if (limit === undefined) return list;
  if (limit.kind === "literal" && typeof limit.value === "bigint") {
    return `arraySlice(${list}, 1, ${limit.value})`;
  }
  throw unsupported(`the size of ${call.name}() that is no constant`);
}

/** `value` of the row with the greatest or least key; of any row where no key is present. */
function argument(name: "argMax" | "argMin"): Print {
  return ({ args: [value, key], call: { type, args }, where }) => {
    if (args[1]?.type === "guid" || args[1]?.type === "dynamic") {
      throw unsupported(`${name}() by a ${args[1].type}`);
    }
    const row = `tuple(${type === "string" ? value : `toNullable(${value})`})`;
    const isThere = [where, `isNotNull(${key})`].filter((one) => one !== undefined).join(" and ");
    // ClickHouse leaves not-a-number out; here it is more than any number.
    const place = args[1]?.type === "real"
      ? `tuple(ifNull(isNaN(${key}), 0), ifNull(${key}, 0))`
      : `assumeNotNull(${key})`;
    const best = `${name}If(${row}, ${place}, ${isThere})`;
    const found = name === "argMin" && args[1]?.type === "real"
      ? unless(
        `countIf(isNaN(${key}) and ${where ?? "1"}) > 0`,
        best,
        "custos: arg_min() over not-a-number",
      )
      : best;
    const any = where === undefined ? `any(${row})` : `anyIf(${row}, ${where})`;
    return `if(countIf(${isThere}) > 0, ${found}, ${any}).1`;
  };
}

function spread(name: string, least: number): Print {
  return (aggregate) => {
    const count = applied("count", aggregate, (value) => value);
    const found = applied(name, aggregate, (value) => `toFloat64(${value})`);
    return `if(${count} < ${least}, 0., ifNull(${found}, 0.))`;
  };
}

function bits(name: string): Print {
  return (aggregate) => {
    const count = applied("count", aggregate, (value) => value);
    const found = applied(name, aggregate, (value) => `toInt64(${value})`);
    return `if(${count} = 0, ${nullOf("long")}, ${found})`;
  };
}
