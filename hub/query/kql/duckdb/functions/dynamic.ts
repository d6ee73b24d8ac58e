/**
 * SQL of functions of dynamic values, which are JSON; JSON's null is NULL.
 *
 * @module
 */
import { castSql } from "../casts.ts";
import { type FunctionTable, textLiteral } from "../printer.ts";
import { nameStep } from "./places.ts";
import { once } from "./sql_function.ts";

export const DYNAMIC_SQL: FunctionTable = {
  elements: ([value]) => elements(value!, "[]::JSON[]"),
  elements_or_absent: ([value]) => elements(value!, "[NULL::JSON]"),
  pairs: ([value]) => elements(value!, "[]::JSON[]", "json_array"),
  pairs_or_absent: ([value]) => elements(value!, "[NULL::JSON]", "json_array"),
  gettype: ([value], call) => {
    const type = call.args[0]?.type ?? "dynamic";
    if (type !== "dynamic") return textLiteral(type);
    return `CASE json_type(${value}) WHEN 'ARRAY' THEN 'array' WHEN 'OBJECT' THEN 'dictionary' WHEN 'VARCHAR' THEN 'string' WHEN 'BOOLEAN' THEN 'bool' WHEN 'DOUBLE' THEN 'double' WHEN 'UBIGINT' THEN 'long' WHEN 'BIGINT' THEN 'long' ELSE 'null' END`;
  },
  array_length: ([value = ""]) =>
    once(
      [value],
      (array) =>
        `CASE WHEN json_type(${array}) = 'ARRAY' THEN json_array_length(${array})::BIGINT END`,
    ),
  pack_array: (args) => `to_json([${args.join(", ")}]::JSON[])`,
  parse_dynamic: ([value = ""]) =>
    once(
      [value],
      (j) => `CASE WHEN json_type(${j}) = 'VARCHAR' THEN ${jsonOf(`(${j} ->> '$')`)} ELSE ${j} END`,
    ),
  range_datetime: (args) => timeRange(args, "datetime"),
  range_timespan: (args) => timeRange(args, "timespan"),
  parse_json: ([text = ""]) => jsonOf(text),
};

/** Those of an array, each member of a bag, a value itself; `otherwise` where there is none. */
function elements(value: string, otherwise: string, member = "json_object"): string {
  return once(
    [value],
    (j) =>
      `CASE WHEN ${j} IS NULL THEN ${otherwise} WHEN json_type(${j}) = 'ARRAY' THEN json_extract(${j}, '$[*]') WHEN json_type(${j}) = 'OBJECT' THEN list_transform(json_keys(${j}), lambda k: ${member}(k, json_extract(${j}, ${
        nameStep("k")
      }))) ELSE [${j}] END`,
  );
}

/** Text that is no JSON stands for itself. */
function jsonOf(text: string): string {
  return once(
    [text],
    (s) =>
      `CASE WHEN trim(${s}) = '' THEN NULL WHEN json_valid(${s}) THEN nullif(json(${s}), 'null'::JSON) ELSE to_json(${s}) END`,
  );
}

/** As the texts of times, at most 2^20 of them. */
function timeRange(args: readonly string[], type: "datetime" | "timespan"): string {
  return once(
    args,
    (start = "", stop = "", step = "") =>
      `CASE WHEN ${step} <> 0 THEN to_json(list_transform(range(0, greatest(0, least(1048576, (${stop} - ${start}) // ${step} + 1))), lambda i: ${
        castSql(`(${start} + i * ${step})`, { from: type, to: "dynamic" })
      })) END`,
  );
}
