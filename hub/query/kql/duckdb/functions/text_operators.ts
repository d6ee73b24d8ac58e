/**
 * SQL of operators on text: `has`, `contains` and their kin, which ignore case but for `_cs`.
 *
 * A term is a run of letters and digits.
 *
 * @module
 */
import type { Call } from "../../plan.ts";
import { foldedContains } from "./folded_search.ts";
import { constantText, once } from "./sql_function.ts";
import { type FunctionSql, type FunctionTable, textLiteral } from "../printer.ts";

interface Sides {
  readonly start: boolean;
  readonly end: boolean;
}

const BOTH: Sides = { start: true, end: true };
const START: Sides = { start: true, end: false };
const END: Sides = { start: false, end: true };

export const TEXT_OPERATOR_SQL: FunctionTable = {
  "=~": ([left, right], call) => `(${folded(left, call, 0)} = ${folded(right, call, 1)})`,
  contains: ([text, part], call) => {
    const constant = constantText(call.args[1]);
    return constant !== undefined && call.args[0]?.kind === "field"
      ? foldedContains(text!, constant.toLowerCase())
      : `contains(${folded(text, call, 0)}, ${folded(part, call, 1)})`;
  },
  contains_cs: ([text, part]) => `contains(${text}, ${part})`,
  startswith: ([text, part], call) =>
    `starts_with(${folded(text, call, 0)}, ${folded(part, call, 1)})`,
  startswith_cs: ([text, part]) => `starts_with(${text}, ${part})`,
  endswith: ([text, part], call) => `suffix(${folded(text, call, 0)}, ${folded(part, call, 1)})`,
  endswith_cs: ([text, part]) => `suffix(${text}, ${part})`,
  has: term("(?i)", BOTH),
  has_cs: term("", BOTH),
  hasprefix: term("(?i)", START),
  hasprefix_cs: term("", START),
  hassuffix: term("(?i)", END),
  hassuffix_cs: term("", END),
  "matches regex": ([text, pattern]) => `regexp_matches(${text}, ${pattern})`,
  like: ([text, pattern]) => `(${text} ILIKE ${pattern})`,
  like_cs: ([text, pattern]) => `(${text} LIKE ${pattern})`,
  has_any_array: ([text = "", list = ""]) => `(${firstTerm(text, list)} IS NOT NULL)`,
  has_all_array: ([text = "", list = ""]) =>
    once(
      [text, texts(list)],
      (one, all) =>
        `coalesce(list_bool_and(list_transform(${all}, lambda t: ${
          termSql([one, "t"], "(?i)", BOTH)
        })), true)`,
    ),
  has_any_index: ([text = "", list = ""]) => `coalesce(${firstTerm(text, list)} - 1, -1)::BIGINT`,
};

/** Position from 1 of the first of a list's texts that is a term of `text`. */
function firstTerm(text: string, list: string): string {
  return once(
    [text, texts(list)],
    (one, all) =>
      `nullif(list_position(list_transform(${all}, lambda t: ${
        termSql([one, "t"], "(?i)", BOTH)
      }), true), 0)`,
  );
}

/** The texts of a dynamic array, or of a single dynamic value. */
function texts(list: string): string {
  return once(
    [list],
    (one) =>
      `CASE WHEN json_type(${one}) = 'ARRAY' THEN ${one} ->> '$[*]' WHEN ${one} IS NULL THEN [] ELSE [${one} ->> '$'] END`,
  );
}

/** In lower case, which a constant is at once. */
function folded(sql: string | undefined, call: Call, index: number): string {
  const text = constantText(call.args[index]);
  return text === undefined ? `lower(${sql})` : textLiteral(text.toLowerCase());
}

const EDGE = "[^\\p{L}\\p{N}]";

/**
 * Whether a text has a term: what stands next to it is no letter and no digit. A side on which what
 * is sought has a delimiter itself is not looked at.
 */
function term(flags: string, sides: Sides): FunctionSql {
  return ([text, sought = ""], call) => {
    const constant = constantText(call.args[1]);
    if (constant !== undefined) {
      const found = `regexp_matches(${text}, ${textLiteral(termPattern(constant, flags, sides))})`;
      // What is no part at all is no term, which is cheaper to find.
      if (constant === "") return "true";
      const part = flags === ""
        ? `contains(${text}, ${textLiteral(constant)})`
        : call.args[0]?.kind === "field"
        ? foldedContains(text!, constant.toLowerCase())
        : `contains(lower(${text}), ${textLiteral(constant.toLowerCase())})`;
      return `(${part} AND ${found})`;
    }
    return termSql([text!, sought], flags, sides);
  };
}

/** Of a term that is not known before. */
function termSql([text, sought]: readonly [string, string], flags: string, sides: Sides): string {
  return once([sought], (one) => {
    const start = sides.start ? `${edgeOf(one, "^", `(?:^|${EDGE})`)} || ` : "";
    const end = sides.end ? ` || ${edgeOf(one, "$", `(?:${EDGE}|$)`)}` : "";
    return `regexp_matches(${text}, ${textLiteral(flags)} || ${start}regexp_escape(${one})${end})`;
  });
}

function edgeOf(sought: string, side: "^" | "$", edge: string): string {
  const isTerm = side === "^" ? "^[\\p{L}\\p{N}]" : "[\\p{L}\\p{N}]$";
  return `CASE WHEN regexp_matches(${sought}, ${textLiteral(isTerm)}) THEN ${
    textLiteral(edge)
  } ELSE '' END`;
}

function termPattern(
  sought: string,
  flags: string,
  sides: Sides,
): string {
  const start = sides.start && /^[\p{L}\p{N}]/u.test(sought) ? `(?:^|${EDGE})` : "";
  const end = sides.end && /[\p{L}\p{N}]$/u.test(sought) ? `(?:${EDGE}|$)` : "";
  return flags + start + escapePattern(sought) + end;
}

/** `text` as an RE2 pattern that matches it and nothing else. */
export function escapePattern(text: string): string {
  return text.replaceAll(/[\\^$.|?*+()[\]{}-]/g, "\\$&").replaceAll("\0", "\\x00");
}
