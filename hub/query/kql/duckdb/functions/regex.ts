/**
 * SQL of functions of regular expressions, which are RE2's in KQL and in the engine.
 *
 * @module
 */
import { KqlError } from "../../kql_error.ts";
import type { Call } from "../../plan.ts";
import { once, textOf } from "./sql_function.ts";
import { type FunctionTable, textLiteral } from "../printer.ts";

/** How many groups KQL lets a pattern of `extract_all` have. */
const MAX_GROUPS = 16;

export const REGEX_SQL: FunctionTable = {
  extract: ([pattern = "", , text = ""], call) => {
    const group = call.args[1];
    const index = group?.kind === "literal" && typeof group.value === "bigint" ? group.value : -1n;
    const groups = groupNames(textOf(call, 0)).length;
    if (index < 0n || index > BigInt(groups)) return "''";
    if (index < 10n) return `coalesce(regexp_extract(${text}, ${pattern}, ${index}), '')`;
    const names = Array.from({ length: Number(index) }, (_, at) => `'g${at + 1}'`).join(", ");
    return `coalesce(regexp_extract(${text}, ${pattern}, [${names}]).g${index}, '')`;
  },
  extract_all: (args, call) => extractAll(args, call),
  replace_regex: ([text, pattern, rewrite]) =>
    `regexp_replace(${text}, ${pattern}, ${rewrite}, 'g')`,
  trim: ([, text = ""], call) => trimmed(text, call, "both"),
  trim_start: ([, text = ""], call) => trimmed(text, call, "start"),
  trim_end: ([, text = ""], call) => trimmed(text, call, "end"),
  countof_regex: ([text, pattern]) => `len(regexp_extract_all(${text}, ${pattern}))::BIGINT`,
  indexof_regex: (args) => indexOfRegex(args),
};

/** Position of the match number `occurrence` that begins within `length` of `start`. */
function indexOfRegex(
  [text = "", pattern = "", start = "0", length = "-1", occurrence = "1"]: readonly string[],
): string {
  const rest = `substr(${text}, (${start}) + 1)`;
  return once([rest, start, length], (s, from, count) => {
    const whole =
      `'(?s)^((?:.*?(?-s:' || ${pattern} || ')){' || ((${occurrence}) - 1) || '}.*?)(?-s:' || ${pattern} || ')'`;
    const at = `length(regexp_extract(${s}, ${whole}, 1))`;
    const found = `regexp_matches(${s}, ${whole}) AND (${count} < 0 OR ${at} < ${count})`;
    return `CASE WHEN ${from} >= 0 THEN CASE WHEN ${found} THEN ${at} + ${from} ELSE -1 END END::BIGINT`;
  });
}

function trimmed(text: string, call: Call, side: "start" | "end" | "both"): string {
  const pattern = textOf(call, 0);
  const start = side === "end" ? text : replaced(text, `^(?:${pattern})`);
  return side === "start" ? start : replaced(start, `(?:${pattern})$`);
}

function replaced(text: string, pattern: string): string {
  return `regexp_replace(${text}, ${textLiteral(pattern)}, '')`;
}

/** Groups of each match: a list of texts if there is one group, else of lists. */
function extractAll([pattern = "", ...rest]: readonly string[], call: Call): string {
  const groups = groupNames(textOf(call, 0));
  if (groups.length === 0 || groups.length > MAX_GROUPS) {
    throw new KqlError({
      code: "semantic",
      message: `the pattern of ${call.name}() has ${groups.length} groups`,
      expected: `1 to ${MAX_GROUPS} groups`,
    });
  }
  const [text = ""] = rest.slice(-1);
  const chosen = rest.length > 1 ? chosenGroups(call, groups) : groups.map((_, index) => index);
  const names = groups.map((_, index) => `'g${index}'`).join(", ");
  const all = `regexp_extract_all(${text}, ${pattern}, [${names}])`;
  const [first = 0] = chosen;
  const item = chosen.length === 1 ? groupOf(first) : `[${chosen.map(groupOf).join(", ")}]`;
  return once(
    [all],
    (matches) =>
      `CASE WHEN len(${matches}) > 0 THEN to_json(list_transform(${matches}, lambda m: ${item})) END`,
  );
}

/** A group that took no part in the match is empty. */
function groupOf(index: number): string {
  return `coalesce(m.g${index}, '')`;
}

/** What `dynamic([1, "name"])` chooses. */
function chosenGroups(call: Call, groups: readonly (string | undefined)[]): readonly number[] {
  const choice: unknown = JSON.parse(textOf(call, 1));
  if (!Array.isArray(choice)) return groups.map((_, index) => index);
  return choice.flatMap((one: unknown) => {
    const index = typeof one === "string" ? groups.indexOf(one) : Number(one) - 1;
    return index >= 0 && index < groups.length ? [index] : [];
  });
}

/** Each capturing group of an RE2 pattern, in order, by its name if it has one. */
export function groupNames(pattern: string): readonly (string | undefined)[] {
  const groups: (string | undefined)[] = [];
  const piece =
    /\\Q[\s\S]*?(?:\\E|$)|\\[\s\S]|\[\^?\]?(?:\\[\s\S]|\[:\^?\w+:\]|[^\]\\])*\]|\(\?P?<([A-Za-z_]\w*)>|\(\?|\(/g;
  for (const { 0: text, 1: name } of pattern.matchAll(piece)) {
    if (name !== undefined) groups.push(name);
    else if (text === "(") groups.push(undefined);
  }
  return groups;
}
