/**
 * SQL of functions of dynamic values, and of what `make-series` needs.
 *
 * @module
 */
import { castSql } from "../casts.ts";
import { type FunctionTable, once, textLiteral, unsupported } from "../printer.ts";
import { arrayJson, elementsOf, membersOf } from "./places.ts";

export const DYNAMIC_SQL: FunctionTable = {
  elements: ([value]) => spreadSql(value!, "[]"),
  elements_or_absent: ([value]) => spreadSql(value!, "[CAST(NULL AS Nullable(String))]"),
  gettype: ([value], call) => {
    const type = call.args[0]?.type ?? "dynamic";
    if (type !== "dynamic") return textLiteral(type);
    return once(
      [value!],
      (j) =>
        `ifNull(transform(toString(JSONType(${j})), ['Array', 'Object', 'String', 'Bool', 'Double', 'Int64', 'UInt64'], ['array', 'dictionary', 'string', 'bool', 'double', 'long', 'long'], 'null'), 'null')`,
    );
  },
  array_length: ([value]) =>
    once(
      [value!],
      (j) => `if(JSONType(${j}) = 'Array', toInt64(JSONLength(assumeNotNull(${j}))), NULL)`,
    ),
  pack_array: (args) => arrayJson(`[${args.map((arg) => `ifNull(${arg}, 'null')`).join(", ")}]`),
  parse_dynamic: ([value]) =>
    once(
      [value!],
      (j) =>
        `if(JSONType(${j}) = 'String', ${jsonOf(`JSONExtractString(assumeNotNull(${j}))`)}, ${j})`,
    ),
  parse_json: ([text]) => jsonOf(text!),
  series_index: ([value, base, step], { args: [arg] }) =>
    isReal(arg?.type)
      ? `toInt64(floor((${value} - ${base}) / ${step}))`
      : floorDivide(`toInt128(${value}) - toInt128(${base})`, step!),
  series_end: ([to, base, step], { args: [arg] }) =>
    isReal(arg?.type)
      ? `toInt64(ceil((${to} - ${base}) / ${step}))`
      : `(-${floorDivide(`toInt128(${base}) - toInt128(${to})`, step!)})`,
  series_axis: ([base, step, first, count], { args: [arg] }) => {
    const value = castSql(`(${base} + i * ${step})`, { from: arg!.type, to: "dynamic" });
    return arrayJson(
      `arrayMap(i -> ifNull(${value}, 'null'), ${rangeSql(first!, `${first} + ${count}`)})`,
    );
  },
};

function rangeSql(from: string, to: string): string {
  return `range(toInt64(ifNull(${from}, 0)), toInt64(ifNull(${to}, 0)))`;
}

function isReal(type: string | undefined): boolean {
  if (type === "decimal") throw unsupported("make-series over decimals");
  return type === "real";
}

/** Those of an array, each member of a bag, a value itself; `otherwise` where there is none. */
function spreadSql(value: string, otherwise: string): string {
  return once(
    [value],
    (j) =>
      `CAST(multiIf(isNull(${j}), ${otherwise}, JSONType(${j}) = 'Array', ${
        elementsOf(j)
      }, JSONType(${j}) = 'Object', arrayMap(m -> concat('{', toJSONString(m.1), ':', m.2, '}'), ${
        membersOf(j)
      }), [assumeNotNull(${j})]) AS Array(Nullable(String)))`,
  );
}

/** Text that is no JSON stands for itself. */
function jsonOf(text: string): string {
  return once(
    [text],
    (s) =>
      `multiIf(trim(${s}) = '', NULL, isValidJSON(${s}), nullIf(JSONExtractRaw(${s}), 'null'), toJSONString(${s}))`,
  );
}

/** Whole division that rounds down. */
function floorDivide(dividend: string, divisor: string): string {
  return once(
    [`toInt128(${dividend})`, `toInt128(${divisor})`],
    (a, b) =>
      `toInt64(intDivOrNull(${a} - moduloOrNull(moduloOrNull(${a}, ${b}) + ${b}, ${b}), ${b}))`,
  );
}
