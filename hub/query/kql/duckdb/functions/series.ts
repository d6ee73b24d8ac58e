/**
 * What `make-series` and `parse` need, as SQL.
 *
 * @module
 */
import { castSql } from "../casts.ts";
import type { FunctionTable } from "../printer.ts";
import { once } from "./sql_function.ts";

const isReal = (type: string | undefined): boolean => type === "real" || type === "decimal";

export const SERIES_SQL: FunctionTable = {
  "series_index": ([value, base, step], { args: [arg] }) =>
    isReal(arg?.type)
      ? `floor((${value} - ${base}) / ${step})::bigint`
      : floorDivide(`${value} - ${base}`, step!),
  "series_end": ([to, base, step], { args: [arg] }) =>
    isReal(arg?.type)
      ? `ceil((${to} - ${base}) / ${step})::bigint`
      : `(-${floorDivide(`${base} - ${to}`, step!)})`,
  "series_axis": ([base, step, first, count], { args: [arg] }) => {
    const value = castSql(`(${base} + i * ${step})`, { from: arg!.type, to: "dynamic" });
    return `to_json(list_transform(range(${first}, ${first} + ${count}), lambda i: ${value}))`;
  },
  "parse_groups": ([text, regex], { args: [, , count] }) => {
    const groups = count?.kind === "literal" ? Number(count.value) : 0;
    const names = Array.from({ length: groups }, (_, i) => `'g${i}'`);
    return groups === 0 ? "null" : `regexp_extract(${text}, ${regex}, [${names.join(", ")}])`;
  },
  "parse_group": ([groups], { args: [, index] }) =>
    `coalesce(${groups}.g${index?.kind === "literal" ? Number(index.value) : 0}, '')`,
  "parse_matches": ([text, regex]) => `regexp_matches(${text}, ${regex})`,
  "parse_blanks": ([text]) => `trim(${text}, ' ' || chr(9) || chr(10) || chr(13))`,
};

/** Whole division that rounds down; the engine's rounds towards 0. */
function floorDivide(dividend: string, divisor: string): string {
  return once(
    [`(${dividend})`, `(${divisor})`],
    (a, b) => `(((${a}) - (((${a}) % (${b})) + (${b})) % (${b})) // nullif(${b}, 0))`,
  );
}
