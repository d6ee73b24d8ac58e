/**
 * Values of `declare query_parameters` as clients give them: plain text, or a literal of the
 * declared type such as `long(7)` or `"text"`.
 *
 * @module
 */
import { convert } from "../functions/convert.ts";
import { type Expr, literal } from "../plan.ts";
import type { ScalarType } from "../types.ts";
import { writtenValue } from "./literal.ts";
import type { Lowering } from "./scope.ts";

/** What a letter behind a backslash stands for, if not for itself. */
const ESCAPED = new Map([
  ["a", "\x07"],
  ["b", "\b"],
  ["f", "\f"],
  ["n", "\n"],
  ["r", "\r"],
  ["t", "\t"],
  ["v", "\v"],
]);

export function givenValue(text: string, type: ScalarType, lowering: Lowering): Expr {
  if (type === "string") return literal("string", unquoted(text.trim()) ?? text);
  const content = new RegExp(`^\\s*${type}\\s*\\(([\\s\\S]*)\\)\\s*$`, "i").exec(text)?.[1];
  if (content !== undefined) {
    const value = type === "dynamic" ? jsonOf(content) : writtenValue(text, type, lowering);
    if (value !== undefined) return value;
  }
  return convert(literal("string", text), type);
}

/** What a quoted text stands for; undefined where it is none. */
function unquoted(text: string): string | undefined {
  const verbatim = /^@"((?:[^"]|"")*)"$|^@'((?:[^']|'')*)'$/.exec(text);
  if (verbatim !== null) {
    return verbatim[1]?.replaceAll('""', '"') ?? verbatim[2]!.replaceAll("''", "'");
  }
  const quoted = /^"((?:[^"\\\r\n]|\\.)*)"$|^'((?:[^'\\\r\n]|\\.)*)'$/.exec(text);
  const content = quoted?.[1] ?? quoted?.[2];
  return content?.replaceAll(/\\(?:[ux]([0-9a-f]{4}|[0-9a-f]{2})|(.))/gi, (_, digits, one) => {
    if (typeof digits === "string") return String.fromCharCode(Number.parseInt(digits, 16));
    return ESCAPED.get(String(one)) ?? String(one);
  });
}

function jsonOf(content: string): Expr | undefined {
  try {
    const value: unknown = JSON.parse(content);
    return literal("dynamic", value === null ? null : content.trim());
  } catch {
    return undefined;
  }
}
