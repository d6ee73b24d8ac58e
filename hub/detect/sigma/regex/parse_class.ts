/**
 * Parses bracketed classes and escapes of regular expressions.
 *
 * @module
 */
import type { CharReader } from "./char_reader.ts";
import {
  BLANK,
  type CodeSet,
  DIGITS,
  inverse,
  MOST_POINT,
  NEWLINE,
  propertySet,
  setOf,
  SPACE,
  withoutCase,
  WORD,
} from "./code_set.ts";
import { RegexError } from "./regex_error.ts";
import type { Assertion, RegexNode } from "./syntax.ts";

const MOST_SHOWN = 40;

/** The set after a `[` that was taken, up to its `]`. */
export function readClass(reader: CharReader, ignoreCase: boolean): CodeSet {
  const start = reader.at - 1;
  const isInverse = reader.take("^");
  const pairs: number[] = [];
  for (let isFirst = true; isFirst || !reader.take("]"); isFirst = false) {
    if (reader.isAtEnd) throw new RegexError("syntax", start, '"[" is not closed');
    pairs.push(...readItem(reader));
  }
  const set = ignoreCase ? withoutCase(setOf(pairs)) : setOf(pairs);
  return isInverse ? inverse(set) : set;
}

/** An escape after a `\` that was taken. */
export function readEscape(reader: CharReader, ignoreCase: boolean): RegexNode {
  const at = reader.at - 1;
  const assertion = ASSERTIONS[reader.peek()];
  if (assertion !== undefined) {
    reader.next();
    return { kind: "assert", at: assertion };
  }
  const set = readClassEscape(reader);
  if (set !== undefined) return { kind: "set", set };
  if (/[1-9gkRXKGCQE]/.test(reader.peek())) {
    const why = `"\\${reader.peek()}" cannot run in linear time, or is not supported`;
    throw new RegexError("unsupported", at, why);
  }
  const point = readPointEscape(reader);
  return { kind: "set", set: ignoreCase ? withoutCase([point, point]) : [point, point] };
}

const ASSERTIONS: Readonly<Record<string, Assertion>> = {
  b: "word-edge",
  B: "no-word-edge",
  A: "text-start",
  Z: "final-end",
  z: "text-end",
};

const CLASS_ESCAPES: Readonly<Record<string, CodeSet>> = {
  d: DIGITS,
  D: inverse(DIGITS),
  w: WORD,
  W: inverse(WORD),
  s: SPACE,
  S: inverse(SPACE),
  h: BLANK,
  H: inverse(BLANK),
  v: [10, 13],
  V: inverse([10, 13]),
  N: inverse(NEWLINE),
};

/** POSIX names; ASCII only. */
const NAMED: ReadonlyMap<string, CodeSet> = new Map([
  ["alnum", [48, 57, 65, 90, 97, 122]],
  ["alpha", [65, 90, 97, 122]],
  ["ascii", [0, 127]],
  ["blank", BLANK],
  ["cntrl", [0, 31, 127, 127]],
  ["digit", DIGITS],
  ["graph", [33, 126]],
  ["lower", [97, 122]],
  ["print", [32, 126]],
  ["punct", [33, 47, 58, 64, 91, 96, 123, 126]],
  ["space", SPACE],
  ["upper", [65, 90]],
  ["word", WORD],
  ["xdigit", [48, 57, 65, 70, 97, 102]],
]);

/** A character, a range, or a class within brackets. */
function readItem(reader: CharReader): CodeSet {
  const at = reader.at;
  const named = reader.takeMatch(/\[:(\^?)([a-z]+):\]/y);
  if (named !== undefined) {
    const set = NAMED.get(named[2] ?? "");
    if (set === undefined) throw new RegexError("syntax", at, `"${shown(named[2])}" is no class`);
    return named[1] === "^" ? inverse(set) : set;
  }
  const low = readMember(reader);
  if (typeof low !== "number") return low;
  if (reader.peek() !== "-" || reader.ahead(2) === "-]" || reader.ahead(2) === "-") {
    return [low, low];
  }
  reader.next();
  const high = readMember(reader);
  // A class cannot end a range: the dash is a character.
  if (typeof high !== "number") return [low, low, 45, 45, ...high];
  if (high < low) throw new RegexError("syntax", at, "a range is out of order");
  return [low, high];
}

function readMember(reader: CharReader): number | CodeSet {
  if (!reader.take("\\")) return reader.next().codePointAt(0)!;
  if (reader.take("b")) return 8;
  return readClassEscape(reader) ?? readPointEscape(reader);
}

function readClassEscape(reader: CharReader): CodeSet | undefined {
  const at = reader.at;
  const property = reader.takeMatch(/([pP])(?:\{(\^?)([^}]*)\}|([A-Z]))/y);
  if (property !== undefined) {
    const [, letter, not, long, short] = property;
    const set = propertySet(long ?? short ?? "");
    if (set === undefined) throw new RegexError("syntax", at, `"${shown(long)}" is no property`);
    return (letter === "P") === (not === "^") ? set : inverse(set);
  }
  const set = CLASS_ESCAPES[reader.peek()];
  if (set !== undefined) reader.next();
  return set;
}

const POINT_ESCAPES: Readonly<Record<string, number>> = {
  a: 7,
  e: 27,
  f: 12,
  n: 10,
  r: 13,
  t: 9,
};

/** One code point: `\n`, `\x41`, `\x{1F600}`, `\u0041`, `\0`, `\.`. */
function readPointEscape(reader: CharReader): number {
  const at = reader.at - 1;
  const hex = reader.takeMatch(/x\{([0-9a-fA-F]{1,6})\}|x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})/y);
  if (hex !== undefined) {
    const point = Number.parseInt(hex[1] ?? hex[2] ?? hex[3] ?? "", 16);
    if (point <= MOST_POINT && !(point >= 0xd800 && point < 0xe000)) return point;
    throw new RegexError("syntax", at, "it names no code point");
  }
  const octal = reader.takeMatch(/0[0-7]{0,2}|o\{([0-7]{1,6})\}/y);
  if (octal !== undefined) return Number.parseInt(octal[1] ?? octal[0] ?? "", 8);
  const char = reader.next();
  const point = POINT_ESCAPES[char];
  if (point !== undefined) return point;
  if (/[A-Za-z0-9]/.test(char)) throw new RegexError("syntax", at, `"\\${char}" is no escape`);
  return char.codePointAt(0)!;
}

/** A name of a pattern may be as long as it. */
function shown(name: string | undefined): string {
  return (name ?? "").slice(0, MOST_SHOWN);
}
