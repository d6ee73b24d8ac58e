/**
 * SQL of operators on text: `has`, `contains` and their kin, which ignore case but for `_cs`.
 *
 * A term is a run of letters and digits.
 *
 * @module
 */
import type { Call, Expr } from "../../plan.ts";
import { lowerSql } from "../letter_case.ts";
import {
  type FunctionSql,
  type FunctionTable,
  once,
  textLiteral,
  unsupported,
} from "../printer.ts";
import { textsOf } from "./places.ts";

interface Sides {
  readonly start: boolean;
  readonly end: boolean;
}

const BOTH: Sides = { start: true, end: true };
const START: Sides = { start: true, end: false };
const END: Sides = { start: false, end: true };

export const TEXT_OPERATOR_SQL: FunctionTable = {
  "=~": (args, call) => `(${folded(args, call, 0)} = ${folded(args, call, 1)})`,
  contains: (args, call) => `(position(${folded(args, call, 0)}, ${folded(args, call, 1)}) > 0)`,
  contains_cs: ([text, part]) => `(position(${text}, ${part}) > 0)`,
  startswith: (args, call) => `startsWith(${folded(args, call, 0)}, ${folded(args, call, 1)})`,
  startswith_cs: ([text, part]) => `startsWith(${text}, ${part})`,
  endswith: (args, call) => `endsWith(${folded(args, call, 0)}, ${folded(args, call, 1)})`,
  endswith_cs: ([text, part]) => `endsWith(${text}, ${part})`,
  has: term("(?i)", BOTH),
  has_cs: term("", BOTH),
  hasprefix: term("(?i)", START),
  hasprefix_cs: term("", START),
  hassuffix: term("(?i)", END),
  hassuffix_cs: term("", END),
  "matches regex": ([text, pattern]) => `match(${text}, ${patternSql(pattern!)})`,
  has_any_array: ([text, list]) =>
    `ifNull(arrayExists(t -> ${termSql([text!, "t"], "(?i)", BOTH)}, ${textsOf(list!)}), 0)`,
  has_all_array: ([text, list]) =>
    `ifNull(arrayAll(t -> ${termSql([text!, "t"], "(?i)", BOTH)}, ${textsOf(list!)}), 0)`,
  has_any_index: ([text, list]) =>
    `(toInt64(arrayFirstIndex(t -> ${termSql([text!, "t"], "(?i)", BOTH)}, ${
      textsOf(list!)
    })) - 1)`,
};

/** A pattern as Kusto takes it: a point is no end of a line, which it is in ClickHouse. */
export function patternSql(pattern: string): string {
  return `concat('(?-s)', ${pattern})`;
}

export function constantText(arg: Expr | undefined): string | undefined {
  return arg?.kind === "literal" && typeof arg.value === "string" ? arg.value : undefined;
}

/** In lower case, which a constant is at once. */
function folded(args: readonly string[], call: Call, index: number): string {
  const text = constantText(call.args[index]);
  if (text === undefined) return lowerSql(args[index]!);
  if (/[ΣİK]/.test(text)) throw unsupported("a text with Σ, İ or K where case is ignored");
  return textLiteral(text.toLowerCase());
}

const EDGE = "[^\\p{L}\\p{N}]";

/**
 * Whether a text has a term: what stands next to it is no letter and no digit. A side on which what
 * is sought has a delimiter itself is not looked at.
 */
function term(flags: string, sides: Sides): FunctionSql {
  return ([text, sought = ""], call) => {
    const constant = constantText(call.args[1]);
    if (constant === "") return "true";
    return constant === undefined
      ? termSql([text!, sought], flags, sides)
      : `match(${text}, ${textLiteral(termPattern(constant, flags, sides))})`;
  };
}

/** Of a term that is not known before. */
function termSql([text, sought]: readonly [string, string], flags: string, sides: Sides): string {
  return once([sought], (one) => {
    const start = sides.start ? `${edgeOf(one, "^", `(?:^|${EDGE})`)}, ` : "";
    const end = sides.end ? `, ${edgeOf(one, "$", `(?:${EDGE}|$)`)}` : "";
    const quoted = `replaceRegexpAll(${one}, ${textLiteral("[\\\\^$.|?*+()\\[\\]{}-]")}, ${
      textLiteral("\\\\\\0")
    })`;
    return `match(${text}, concat(${textLiteral(flags)}, ${start}${quoted}${end}))`;
  });
}

function edgeOf(sought: string, side: "^" | "$", edge: string): string {
  const isTerm = side === "^" ? "^[\\p{L}\\p{N}]" : "[\\p{L}\\p{N}]$";
  return `if(match(${sought}, ${textLiteral(isTerm)}), ${textLiteral(edge)}, '')`;
}

function termPattern(sought: string, flags: string, sides: Sides): string {
  const start = sides.start && /^[\p{L}\p{N}]/u.test(sought) ? `(?:^|${EDGE})` : "";
  const end = sides.end && /[\p{L}\p{N}]$/u.test(sought) ? `(?:${EDGE}|$)` : "";
  return flags + start + escapePattern(sought) + end;
}

/** `text` as an RE2 pattern that matches it and nothing else. */
function escapePattern(text: string): string {
  return text.replaceAll(/[\\^$.|?*+()[\]{}-]/g, "\\$&").replaceAll("\0", "\\x00");
}
