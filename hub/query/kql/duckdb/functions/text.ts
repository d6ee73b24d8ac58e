/**
 * SQL of functions of text. A string is never NULL.
 *
 * @module
 */
import type { FunctionTable } from "../printer.ts";
import { once } from "./sql_function.ts";

/** The most that `strrep` repeats. */
const MAX_REPEATS = 67_108_864;

export const TEXT_SQL: FunctionTable = {
  strcat: (args) => `(${args.join(" || ")})`,
  strcat_delim: (args) => `concat_ws(${args.join(", ")})`,
  strcmp: ([left = "", right = ""]) =>
    once(
      [left, right],
      (a, b) => `CASE WHEN ${a} < ${b} THEN -1 WHEN ${a} > ${b} THEN 1 ELSE 0 END`,
    ) +
    "::BIGINT",
  strrep: ([text = "", count = "", delimiter]) => {
    const times = `greatest(0, least(${count}, ${MAX_REPEATS}))`;
    if (delimiter === undefined) return `repeat(${text}, ${times})`;
    return once(
      [text, delimiter, times],
      (one, between, most) =>
        `CASE WHEN ${most} > 0 THEN repeat(${one} || ${between}, ${most} - 1) || ${one} ELSE '' END`,
    );
  },
  strlen: ([text]) => `length(${text})::BIGINT`,
  string_size: ([text]) => `strlen(${text})::BIGINT`,
  toupper: ([text]) => `upper(${text})`,
  tolower: ([text]) => `lower(${text})`,
  reverse: ([text]) => `reverse(${text})`,
  isempty: ([text]) => `(${text} = '')`,
  isnotempty: ([text]) => `(${text} <> '')`,
  isascii: ([text]) => once([text!], (one) => `(strlen(${one}) = length(${one}))`),
  isutf8: ([text]) => `(${text} IS NOT NULL)`,
  substring: ([text = "", start = "", length]) =>
    once([text, start], (of, from) => {
      const first = /^\d+$/.test(from)
        ? `${from} + 1`
        : `CASE WHEN ${from} < 0 THEN greatest(length(${of}) + ${from}, 0) ELSE ${from} END + 1`;
      const count = length === undefined ? "" : `, greatest(${length}, 0)::BIGINT`;
      return `coalesce(substr(${of}, (${first})::BIGINT${count}), '')`;
    }),
  indexof: ([text, match]) => `(instr(${text}, ${match}) - 1)::BIGINT`,
  split: ([text = "", delimiter = "", index]) => {
    const parts = `string_split(${text}, ${delimiter})`;
    if (index === undefined) return `to_json(${parts})`;
    return once(
      [parts, index],
      (list, at) =>
        `CASE WHEN ${at} >= 0 AND ${at} < len(${list}) THEN to_json([(${list})[${at} + 1]]) END`,
    );
  },
  replace_string: ([text, lookup, rewrite]) => `replace(${text}, ${lookup}, ${rewrite})`,
  translate: ([search = "", replacement = "", text = ""]) =>
    once(
      [search, replacement],
      (from, to) =>
        `translate(${text}, ${from}, CASE WHEN ${to} = '' THEN '' ELSE rpad(${to}, greatest(length(${from}), length(${to}))::INTEGER, right(${to}, 1)) END)`,
    ),
  regex_quote: ([text]) => `regexp_escape(${text})`,
  tohex: ([value = "", width]) => {
    const digits = `lower(to_hex(${value}))`;
    if (width === undefined) return `coalesce(${digits}, '')`;
    return once(
      [digits, width],
      (hex, least) =>
        `coalesce(lpad(${hex}, greatest(length(${hex}), ${least})::INTEGER, '0'), '')`,
    );
  },
  new_guid: () => "uuid()",
};
