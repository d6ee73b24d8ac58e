/**
 * Parses regular expressions in the syntax that Sigma rules use: PCRE without what a finite
 * automaton cannot do.
 *
 * Lazy quantifiers are read as greedy ones: whether a text matches is the same. Refused are
 * lookarounds, back references, conditionals, recursion, atomic groups and possessive quantifiers.
 *
 * @module
 */
import { CharReader } from "./char_reader.ts";
import { ALL, inverse, NEWLINE, withoutCase } from "./code_set.ts";
import { readClass, readEscape } from "./parse_class.ts";
import { RegexError } from "./regex_error.ts";
import { EMPTY, type RegexFlags, type RegexNode } from "./syntax.ts";

/** Groups within groups at most. */
const MOST_DEPTH = 100;
/** PCRE's own limit. */
const MOST_REPEATS = 65_535;

/**
 * Parses `source`.
 *
 * @throws {RegexError} If it is no regular expression, or none that runs in linear time.
 */
export function parseRegex(source: string, flags: RegexFlags): RegexNode {
  const reader = new CharReader(source);
  const node = readEither(reader, { ...flags, isExtended: false }, 0);
  if (!reader.isAtEnd) throw new RegexError("syntax", reader.at, '")" closes no group');
  return node;
}

/** Flags may change up to the end of the group that sets them. */
interface Flags extends RegexFlags {
  /** Blanks and comments do not count. */
  readonly isExtended: boolean;
}

function readEither(reader: CharReader, flags: Flags, depth: number): RegexNode {
  if (depth > MOST_DEPTH) {
    throw new RegexError("unsupported", reader.at, `groups are over ${MOST_DEPTH} deep`);
  }
  const options: RegexNode[] = [];
  let within = flags;
  let parts: RegexNode[] = [];
  while (!reader.isAtEnd && reader.peek() !== ")") {
    if (reader.take("|")) {
      options.push(concat(parts));
      parts = [];
      continue;
    }
    const changed = readFlags(reader, within);
    if (changed !== undefined) {
      within = changed;
      continue;
    }
    if (within.isExtended && skipBlank(reader)) continue;
    parts.push(readRepeats(reader, readAtom(reader, within, depth), within));
  }
  options.push(concat(parts));
  return options.length === 1 ? options[0]! : { kind: "either", of: options };
}

function concat(parts: readonly RegexNode[]): RegexNode {
  return parts.length === 1 ? parts[0]! : { kind: "concat", of: parts };
}

function skipBlank(reader: CharReader): boolean {
  if (reader.takeAny(" \t\r\n\f\v") !== undefined) return true;
  if (!reader.take("#")) return false;
  while (!reader.isAtEnd && !reader.take("\n")) reader.next();
  return true;
}

/** `(?i)` and alike: flags for the rest of the group; undefined: there are none here. */
function readFlags(reader: CharReader, flags: Flags): Flags | undefined {
  const found = reader.takeMatch(/\(\?([imsx]*)(?:-([imsx]*))?\)/y);
  return found === undefined ? undefined : changedFlags(flags, found);
}

function changedFlags(flags: Flags, [, on = "", off = ""]: readonly (string | undefined)[]): Flags {
  const value = (letter: string, before: boolean) =>
    (before || on.includes(letter)) && !off.includes(letter);
  return {
    ignoreCase: value("i", flags.ignoreCase),
    multiLine: value("m", flags.multiLine),
    dotAll: value("s", flags.dotAll),
    isExtended: value("x", flags.isExtended),
  };
}

function readAtom(reader: CharReader, flags: Flags, depth: number): RegexNode {
  const at = reader.at;
  const char = reader.next();
  switch (char) {
    case "(":
      return readGroup(reader, flags, depth);
    case "[":
      return { kind: "set", set: readClass(reader, flags.ignoreCase) };
    case ".":
      return { kind: "set", set: flags.dotAll ? ALL : inverse(NEWLINE) };
    case "^":
      return { kind: "assert", at: flags.multiLine ? "line-start" : "text-start" };
    case "$":
      return { kind: "assert", at: flags.multiLine ? "line-end" : "final-end" };
    case "\\":
      return readEscape(reader, flags.ignoreCase);
    case "*":
    case "+":
    case "?":
      throw new RegexError("syntax", at, `"${char}" repeats nothing`);
    default: {
      const point = char.codePointAt(0)!;
      const set = [point, point];
      return { kind: "set", set: flags.ignoreCase ? withoutCase(set) : set };
    }
  }
}

function readGroup(reader: CharReader, flags: Flags, depth: number): RegexNode {
  const at = reader.at - 1;
  if (reader.takeMatch(/\?#[^)]*\)/y) !== undefined) return EMPTY;
  const set = reader.takeMatch(/\?([imsx]*)(?:-([imsx]*))?:/y);
  const isNamed = reader.takeMatch(/\?(?:P?<[A-Za-z_]\w*>|'[A-Za-z_]\w*')/y) !== undefined;
  if (set === undefined && !isNamed && reader.peek() === "?") {
    throw new RegexError("unsupported", at, `"(${reader.ahead(3)}" cannot run in linear time`);
  }
  if (reader.peek() === "*") {
    throw new RegexError("unsupported", at, 'verbs such as "(*SKIP)" cannot run in linear time');
  }
  const within = set === undefined ? flags : changedFlags(flags, set);
  const node = readEither(reader, within, depth + 1);
  if (!reader.take(")")) throw new RegexError("syntax", at, '"(" is not closed');
  return node;
}

/** What stands after an atom; `{` that begins no count is a character. */
function readRepeats(reader: CharReader, atom: RegexNode, flags: Flags): RegexNode {
  while (flags.isExtended && skipBlank(reader));
  const at = reader.at;
  const count = readCount(reader);
  if (count === undefined) return atom;
  const [least, most] = count;
  if (least > most || Math.max(least, most === Infinity ? 0 : most) > MOST_REPEATS) {
    throw new RegexError("syntax", at, `{${least},${most}} is no count`);
  }
  if (reader.take("+")) {
    throw new RegexError("unsupported", at, "possessive quantifiers cannot run in linear time");
  }
  reader.take("?");
  if (readCount(reader) !== undefined) {
    throw new RegexError("syntax", at, "one quantifier follows another");
  }
  return { kind: "repeat", of: atom, least, most };
}

function readCount(reader: CharReader): readonly [number, number] | undefined {
  if (reader.take("*")) return [0, Infinity];
  if (reader.take("+")) return [1, Infinity];
  if (reader.take("?")) return [0, 1];
  const found = reader.takeMatch(/\{(\d+)(,(\d*))?\}|\{,(\d+)\}/y);
  if (found === undefined) return undefined;
  const [, least, comma, most, upTo] = found;
  if (upTo !== undefined) return [0, Number(upTo)];
  if (comma === undefined) return [Number(least), Number(least)];
  return [Number(least), most === "" ? Infinity : Number(most)];
}
