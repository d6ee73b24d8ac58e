/**
 * Functions of text as SQL.
 *
 * @module
 */
import type { FunctionSql } from "../printer.ts";

export const TEXT_SQL: Readonly<Record<string, FunctionSql>> = {
  "strcat": (args) => `(${args.join(" || ")})`,
  "strlen": ([s]) => `length(${s})`,
  "tolower": ([s]) => `lower(${s})`,
  "toupper": ([s]) => `upper(${s})`,
  "replace_string": ([s, from, to]) => `replace(${s}, ${from}, ${to})`,
  "extract": ([pattern, group, s]) =>
    `coalesce(regexp_extract(${s}, ${pattern}, ${group}::integer), '')`,
  "substring": ([s, start, length]) =>
    `substr(${s}, greatest(${start}, 0) + 1${
      length === undefined ? "" : `, greatest(${length}, 0)`
    })`,
  "split": ([s, by, index]) =>
    index === undefined
      ? `to_json(string_split(${s}, ${by}))`
      : `to_json([string_split(${s}, ${by})[${index} + 1]])`,
};
