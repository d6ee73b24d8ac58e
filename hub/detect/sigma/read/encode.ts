/**
 * Modifiers that change a value into the forms in which it may occur.
 *
 * @module
 */
import type { SigmaWild } from "../ast.ts";
import type { Encoder } from "./modifiers.ts";
import { type Pattern, plainText } from "./pattern.ts";
import { SigmaError } from "./sigma_error.ts";

/** All forms of one value: patterns, and regexes where there would be too many of them. */
export interface Forms {
  readonly patterns: readonly Pattern[];
  /** Of a whole value, for a search without case. */
  readonly regexes: readonly string[];
}

/** Characters of the forms that are listed: five dashes in the places of four, of a short text. */
const MOST_CHARACTERS = 100_000;

/** What is being encoded: a pattern, or bytes after UTF-16. */
type Value = Pattern | Uint8Array;

/**
 * Applies `encoders` in their order to `pattern`, which stands at offset `at`.
 *
 * @throws {SigmaError} If an encoder cannot take it, such as base64 a wildcard.
 */
export function encoded(pattern: Pattern, encoders: readonly Encoder[], at: number): Forms {
  let values: readonly Value[] = [pattern];
  for (const [i, encoder] of encoders.entries()) {
    if (encoder === "windash" && values.reduce((n, one) => n + forms(one), 0) > MOST_CHARACTERS) {
      if (i === encoders.length - 1) return { patterns: [], regexes: values.map(dashRegex) };
      throw new SigmaError("too-large", at, "it has too many dashes for what follows windash");
    }
    values = values.flatMap((value) => step(value, encoder, at));
  }
  return { patterns: values.map(patternOfValue), regexes: [] };
}

function step(value: Value, encoder: Encoder, at: number): readonly Value[] {
  switch (encoder) {
    case "windash":
      return windash(value);
    case "base64":
      return [[{ text: Buffer.from(bytesOf(value, encoder, at)).toString("base64") }]];
    case "base64offset":
      return base64Offsets(bytesOf(value, encoder, at));
    case "wide":
    case "utf16le":
      return [utf16(value, encoder, at)];
    case "utf16be":
      return [swapped(utf16(value, encoder, at))];
    case "utf16":
      return [Buffer.concat([Uint8Array.of(0xff, 0xfe), utf16(value, encoder, at)])];
  }
}

function bytesOf(value: Value, encoder: Encoder, at: number): Uint8Array {
  return value instanceof Uint8Array ? value : Buffer.from(textFor(value, encoder, at), "utf8");
}

function utf16(value: Value, encoder: Encoder, at: number): Uint8Array {
  if (!(value instanceof Uint8Array)) {
    return Buffer.from(textFor(value, encoder, at), "utf16le");
  }
  throw new SigmaError("modifier", at, `"${encoder}" cannot follow another encoding of UTF-16`);
}

function textFor(pattern: Pattern, encoder: Encoder, at: number): string {
  const text = plainText(pattern);
  if (text !== undefined && text !== "") return text;
  const what = text === "" ? "an empty text" : "a text with wildcards";
  throw new SigmaError("value", at, `"${encoder}" cannot encode ${what}`);
}

function swapped(bytes: Uint8Array): Uint8Array {
  return Buffer.from(bytes).swap16();
}

/**
 * The part of the text that does not depend on the neighbours, for each of the three positions that
 * a byte may have in a group of three.
 */
function base64Offsets(bytes: Uint8Array): readonly Pattern[] {
  const patterns: Pattern[] = [];
  for (const before of [0, 1, 2]) {
    const text = Buffer.concat([new Uint8Array(before), bytes]).toString("base64");
    const skipped = [0, 2, 3][before]!;
    const cut = [0, 3, 2][(bytes.length + before) % 3]!;
    const fixed = text.slice(skipped, text.length - cut);
    if (fixed !== "") patterns.push([{ text: fixed }]);
  }
  return patterns;
}

/** Bytes that are left are shown as the characters of ISO 8859-1: NUL stands between letters. */
function patternOfValue(value: Value): Pattern {
  return value instanceof Uint8Array ? [{ text: Buffer.from(value).toString("latin1") }] : value;
}

const DASHES = ["-", "/", "\u2013", "\u2014", "\u2015"];
/** A dash that begins a word and ends none: `-x` of `-x-y`. */
const FLAG = /(?<![\p{L}\p{N}_])[-/\u2013\u2014\u2015](?=[\p{L}\p{N}_])/gu;

/** Characters of all forms with other dashes. */
function forms(value: Value): number {
  if (value instanceof Uint8Array) return 0;
  const flags = value.reduce((n, part) => n + flagsOf(part).length, 0);
  const length = value.reduce(
    (n, part) => n + (typeof part === "object" ? part.text.length : 1),
    0,
  );
  return flags === 0 ? 0 : length * DASHES.length ** flags;
}

function flagsOf(part: SigmaWild): readonly string[] {
  return typeof part === "object" ? part.text.match(FLAG) ?? [] : [];
}

function windash(value: Value): readonly Value[] {
  if (value instanceof Uint8Array) return [value];
  let patterns: SigmaWild[][] = [[]];
  for (const part of value) {
    const choices = typeof part === "object" ? dashed(part.text).map((text) => ({ text })) : [part];
    patterns = patterns.flatMap((before) => choices.map((choice) => [...before, choice]));
  }
  return patterns;
}

function dashed(text: string): readonly string[] {
  const pieces = text.split(FLAG);
  let texts = [pieces[0]!];
  for (const piece of pieces.slice(1)) {
    texts = texts.flatMap((before) => DASHES.map((dash) => before + dash + piece));
  }
  return texts;
}

function dashRegex(value: Value): string {
  const parts = patternOfValue(value).map((part) => {
    if (part === "many") return "[\\s\\S]*";
    if (part === "one") return "[\\s\\S]";
    return part.text.split(FLAG).map(escaped).join("[-/\u2013\u2014\u2015]");
  });
  return parts.join("");
}

function escaped(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|]/g, "\\$&");
}
