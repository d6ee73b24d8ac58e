/**
 * SQL of functions of regular expressions, which are RE2's in KQL and in ClickHouse.
 *
 * @module
 */
import type { Call } from "../../plan.ts";
import { groupNames } from "../../duckdb/functions/regex.ts";
import { type FunctionTable, once, textLiteral, unsupported } from "../printer.ts";
import { arrayJson } from "./places.ts";
import { constantText, patternSql } from "./text_operators.ts";

export const REGEX_SQL: FunctionTable = {
  extract: ([, , text = ""], call) => {
    const pattern = patternOf(call, 0);
    const group = call.args[1];
    const index = group?.kind === "literal" && typeof group.value === "bigint" ? group.value : -1n;
    if (index < 0n || index > BigInt(groupNames(pattern).length)) return "''";
    // The whole match is a group around all.
    const whole = textLiteral(`(?-s)(${pattern})`);
    return `extractGroups(${text}, ${whole})[${index + 1n}]`;
  },
  extract_all: (args, call) => {
    const pattern = patternOf(call, 0);
    const groups = groupNames(pattern).length;
    if (args.length !== 2 || groups === 0 || groups > 16) throw unsupported("this extract_all()");
    const all = `extractAllGroupsVertical(${args.at(-1)}, ${textLiteral(`(?-s)${pattern}`)})`;
    const item = groups === 1
      ? "toJSONString(m[1])"
      : arrayJson("arrayMap(g -> toJSONString(g), m)");
    return once(
      [all],
      (matches) =>
        `if(length(${matches}) > 0, ${arrayJson(`arrayMap(m -> ${item}, ${matches})`)}, NULL)`,
    );
  },
  replace_regex: ([text, pattern, rewrite], call) => {
    checkNeverEmpty(patternOf(call, 1));
    return `replaceRegexpAll(${text}, ${patternSql(pattern!)}, ${rewrite})`;
  },
  trim: ([, text = ""], call) => trimmed(text, call, "both"),
  trim_start: ([, text = ""], call) => trimmed(text, call, "start"),
  trim_end: ([, text = ""], call) => trimmed(text, call, "end"),
  countof_regex: ([text, pattern], call) => {
    checkNeverEmpty(patternOf(call, 1));
    return `toInt64(countMatches(${text}, ${patternSql(pattern!)}))`;
  },
  parse_groups: ([text], { args: [, regex, count] }) => {
    const pattern = constantText(regex);
    const groups = count?.kind === "literal" ? Number(count.value) : 0;
    if (groups === 0) return "['']";
    if (pattern === undefined) throw unsupported("parse with a pattern that is no constant");
    return `extractGroups(${text}, ${textLiteral(`(?-s)${pattern}`)})`;
  },
  parse_group: ([groups], { args: [, index] }) =>
    `${groups}[${index?.kind === "literal" ? Number(index.value) + 1 : 1}]`,
  parse_matches: ([text, regex]) => `match(${text}, ${patternSql(regex!)})`,
  parse_blanks: ([text]) =>
    `replaceRegexpAll(${text}, '^[ \\\\t\\\\n\\\\r]+|[ \\\\t\\\\n\\\\r]+$', '')`,
};

function patternOf(call: Call, index: number): string {
  const pattern = constantText(call.args[index]);
  if (pattern === undefined) {
    throw unsupported(`${call.name}() with a pattern that is no constant`);
  }
  return pattern;
}

/** Where nothing is found, ClickHouse goes on otherwise than RE2 in Kusto. */
function checkNeverEmpty(pattern: string): void {
  if (/[*?{|^$]|\\b/i.test(pattern)) {
    throw unsupported("a pattern that may match nothing");
  }
}

function trimmed(text: string, call: Call, side: "start" | "end" | "both"): string {
  const pattern = patternOf(call, 0);
  const start = side === "end" ? text : replaced(text, `^(?:${pattern})`);
  return side === "start" ? start : replaced(start, `(?:${pattern})$`);
}

function replaced(text: string, pattern: string): string {
  return `replaceRegexpOne(${text}, ${textLiteral(`(?-s)${pattern}`)}, '')`;
}
