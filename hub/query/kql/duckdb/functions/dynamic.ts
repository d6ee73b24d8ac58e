/**
 * Functions of dynamic values, and of what is absent, as SQL.
 *
 * @module
 */
import { type FunctionSql, isNullable } from "../printer.ts";

const isAbsent: FunctionSql = ([x], { args: [arg] }) =>
  arg !== undefined && isNullable(arg) ? `(${x} is null)` : "false";

const isEmpty: FunctionSql = ([x], { args: [arg] }) => {
  if (arg?.type === "string") return `(${x} = '')`;
  return arg?.type === "dynamic" ? `(k_dynamic_text(${x}) = '')` : `(${x} is null)`;
};

const negated = (test: FunctionSql): FunctionSql => (...call) => `(not ${test(...call)})`;

const parseJson: FunctionSql = ([x], { args: [arg] }) =>
  arg?.type === "dynamic" ? x! : arg?.type === "string" ? `k_parse_json(${x})` : `to_json(${x})`;

const bagPack: FunctionSql = (args) => `json_object(${args.join(", ")})`;

export const DYNAMIC_SQL: Readonly<Record<string, FunctionSql>> = {
  "elements": ([x]) => `k_elements(${x}, []::json[])`,
  "elements_or_absent": ([x]) => `k_elements(${x}, [null::json])`,
  "pairs": ([x]) => `k_pairs(${x}, []::json[])`,
  "pairs_or_absent": ([x]) => `k_pairs(${x}, [null::json])`,
  "member": ([value, key]) => `k_member(${value}, ${key})`,
  "element": ([value, index]) => `k_element(${value}, ${index})`,
  "element_or_member": ([value, key]) =>
    `case when json_type(${key}) = 'VARCHAR' then k_member(${value}, k_dynamic_text(${key}))
      else k_element(${value}, k_dynamic_long(${key})) end`,
  "isnull": isAbsent,
  "isnotnull": negated(isAbsent),
  "notnull": negated(isAbsent),
  "isempty": isEmpty,
  "isnotempty": negated(isEmpty),
  "notempty": negated(isEmpty),
  "coalesce": (args, { type }) =>
    type === "string"
      ? `coalesce(${args.map((arg) => `nullif(${arg}, '')`).join(", ")}, '')`
      : `coalesce(${args.join(", ")})`,
  "parse_json": parseJson,
  "parsejson": parseJson,
  "todynamic": parseJson,
  "toobject": parseJson,
  "array_length": ([x]) =>
    `case when json_type(${x}) = 'ARRAY' then json_array_length(${x})::bigint end`,
  "pack_array": (args) => `json_array(${args.join(", ")})`,
  "bag_pack": bagPack,
  "pack": bagPack,
  "pack_dictionary": bagPack,
  "bag_keys": ([x]) => `case when json_type(${x}) = 'OBJECT' then to_json(json_keys(${x})) end`,
};
