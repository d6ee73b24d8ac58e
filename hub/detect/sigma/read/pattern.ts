/**
 * Texts of rules with wildcards and escapes (Sigma rules specification 2.1, "Escaping").
 *
 * @module
 */
import type { SigmaAt, SigmaTest, SigmaWild } from "../ast.ts";

/** A text with its wildcards: no part is empty, no two texts and no two `many` are neighbours. */
export type Pattern = readonly SigmaWild[];

/** Reads `*` and `?`; a backslash makes them, and another backslash, plain. */
export function patternOf(raw: string): Pattern {
  const parts: SigmaWild[] = [];
  let text = "";
  const flush = (): void => {
    if (text !== "") parts.push({ text });
    text = "";
  };
  for (let at = 0; at < raw.length; at++) {
    const char = raw[at]!;
    const next = raw[at + 1];
    if (char === "\\" && (next === "\\" || next === "*" || next === "?")) {
      text += next;
      at++;
    } else if (char === "*" || char === "?") {
      flush();
      if (char === "?") parts.push("one");
      else if (parts.at(-1) !== "many") parts.push("many");
    } else text += char;
  }
  flush();
  return parts;
}

/** The text of a pattern that has no wildcard; undefined of another one. */
export function plainText(pattern: Pattern): string | undefined {
  const [first] = pattern;
  if (first === undefined) return "";
  return pattern.length === 1 && typeof first === "object" ? first.text : undefined;
}

/** `pattern` where it may stand `at` that place of a longer value. */
export function placed(pattern: Pattern, at: SigmaAt): Pattern {
  const before = at === "end" || at === "within";
  const after = at === "start" || at === "within";
  const parts = [...pattern];
  if (before && parts[0] !== "many") parts.unshift("many");
  if (after && parts.at(-1) !== "many") parts.push("many");
  return parts;
}

/** The cheapest test for `pattern`, which describes the whole value. */
export function patternTest(pattern: Pattern, cased: boolean): SigmaTest {
  if (pattern.length === 0) return { op: "empty" };
  const isOpenLeft = pattern[0] === "many";
  const isOpenRight = pattern.at(-1) === "many";
  if (pattern.length === 1 && isOpenLeft) return { op: "text", at: "within", text: "", cased };
  const inner = pattern.slice(isOpenLeft ? 1 : 0, isOpenRight ? -1 : undefined);
  const text = plainText(inner);
  if (text === undefined) return { op: "wildcard", parts: pattern, cased };
  if (isOpenLeft) return { op: "text", at: isOpenRight ? "within" : "end", text, cased };
  return { op: "text", at: isOpenRight ? "start" : "whole", text, cased };
}
