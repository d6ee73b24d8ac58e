/**
 * Telephone numbers: in forms that nothing else has, and in any form where a word says so.
 *
 * Nothing in a number tells that it is one, so what is taken: `+` and up to 15 digits (ITU-T E.164);
 * `00` and groups; 3-3-4 digits with dots, dashes or brackets; a leading 0 with groups; and, next
 * to a word such as `phone` or `fax`, any groups of digits.
 *
 * @module
 */
import {
  byteAt,
  CLASSES,
  DIGIT,
  type Found,
  is,
  LETTER,
  lowerText,
  rightOver,
  type Text,
  WORD,
} from "./text.ts";

const PLUS = 43;
const OPEN = 40;
const CLOSE = 41;
const SPACE = 32;
const UNDERSCORE = 95;
const DASH = 45;
const DOT = 46;
const MOST_DIGITS = 15;
const LEAST_DIGITS = 6;
const MOST_GROUPS = 8;
/** Where a word may stand that says what the number is. */
const CUE_BYTES = 32;

interface Groups {
  readonly lengths: readonly number[];
  /** Lengths as hexadecimal digits: of groups of 3, 3 and 4 it is 0x334. */
  readonly shape: number;
  /** Between groups; undefined where they differ. */
  readonly separator: string | undefined;
  readonly digits: number;
  readonly end: number;
}

/** The number that begins at `at` with `+`, `(` or a digit. */
export function findPhone(text: Text, at: number): Found | undefined {
  if (isOneGroup(text, at)) return findBareNumber(text, at);
  if (isInside(text, at)) return undefined;
  if (hasFewDigits(text, at)) return undefined;
  const groups = groupsFrom(text, at);
  if (groups === undefined || groups.digits < LEAST_DIGITS || isContinued(text, groups.end)) {
    return undefined;
  }
  const isPhone = hasOwnForm(text, at, groups) || hasCue(text, at, groups);
  if (!isPhone) return undefined;
  return { what: "phone", start: at, end: extensionEnd(text, groups.end), kept: false };
}

/** True if there are too few digits in what may be groups, without telling them apart. */
function hasFewDigits(text: Text, start: number): boolean {
  const { bytes, end } = text;
  let digits = 0;
  let at = start;
  for (; at < end && digits < LEAST_DIGITS; at++) {
    const byte = bytes[at]!;
    if ((CLASSES[byte]! & DIGIT) !== 0) digits++;
    else if (!isBetweenGroups(byte) && (byte !== PLUS || at > start)) break;
  }
  if (at > text.reach) text.reach = at;
  return digits < LEAST_DIGITS;
}

function isBetweenGroups(byte: number): boolean {
  return byte === SPACE || byte === DASH || byte === DOT || byte === OPEN || byte === CLOSE;
}

/** True for digits that no other group follows. */
function isOneGroup(text: Text, at: number): boolean {
  const end = rightOver(text, at, DIGIT, MOST_DIGITS + 1);
  return end > at && gapAt(text, end) === undefined;
}

/** Digits that no other group follows: only a word directly before them says what they are. */
export function findBareNumber(text: Text, start: number): Found | undefined {
  if (!mayBeSaidBefore(text, start) || isInside(text, start)) return undefined;
  const end = rightOver(text, start, DIGIT, MOST_DIGITS + 1);
  const digits = end - start;
  if (digits < 7 || digits > MOST_DIGITS || isContinued(text, end)) return undefined;
  if (!isSaidBefore(text, start, CLOSE_CUE)) return undefined;
  return { what: "phone", start, end: extensionEnd(text, end), kept: false };
}

/** True if what is left of `at` shows that it is part of something else. */
function isInside(text: Text, at: number): boolean {
  const before = byteAt(text, at - 1);
  if (is(text, at - 1, WORD)) return true;
  if (before === PLUS || before === 35 || before === 64 || before === 92 || before === 37) {
    return true;
  }
  return (before === DASH || before === DOT || before === 47 || before === 58) &&
    is(text, at - 2, WORD) && (before !== 58 || is(text, at - 2, DIGIT));
}

function isContinued(text: Text, end: number): boolean {
  const next = byteAt(text, end);
  if (next === 120 || next === 88) return !is(text, end + 1, DIGIT);
  if (is(text, end, WORD) || next === 64 || next === 37) return true;
  return (next === DASH || next === DOT || next === 47 || next === 58) && is(text, end + 1, WORD);
}

/** `x4587` after a number. */
function extensionEnd(text: Text, end: number): number {
  const next = byteAt(text, end);
  if (next !== 120 && next !== 88) return end;
  const last = rightOver(text, end + 1, DIGIT, 6);
  return is(text, last, WORD) ? end : last;
}

function groupsFrom(text: Text, start: number): Groups | undefined {
  const lengths: number[] = [];
  let shape = 0;
  let separator: string | undefined;
  let differs = false;
  const isInternational = byteAt(text, start) === PLUS;
  let at = isInternational ? start + 1 : start;
  let digits = 0;
  let end = -1;
  while (lengths.length < MOST_GROUPS) {
    const inBrackets = bracketed(text, at);
    const next = inBrackets ?? rightOver(text, at, DIGIT, 16);
    const count = digitsIn(text, at, next);
    if (count === 0 || digits + count > MOST_DIGITS) break;
    if (inBrackets === undefined && is(text, next, DIGIT)) return undefined;
    digits += count;
    lengths.push(count);
    shape = shape * 16 + count;
    end = next;
    const gap = gapAt(text, next);
    if (gap === undefined || isWhole(digits, shape, isInternational)) break;
    if (gap !== "" && gap !== ")") {
      differs ||= separator !== undefined && separator !== gap;
      separator = gap;
    }
    at = next + (gap === ")" ? 0 : gap.length);
  }
  if (end < 0) return undefined;
  return { lengths, shape, separator: differs ? undefined : separator, digits, end };
}

function startsWithOne(shape: number): boolean {
  let first = shape;
  while (first >= 16) first = Math.floor(first / 16);
  return first === 1;
}

/** Digits in brackets. */
function bracketed(text: Text, at: number): number | undefined {
  if (byteAt(text, at) !== OPEN) return undefined;
  const end = rightOver(text, at + 1, DIGIT, 5);
  return end > at + 1 && byteAt(text, end) === CLOSE ? end + 1 : at;
}

function digitsIn(text: Text, start: number, end: number): number {
  if (end <= start) return 0;
  return byteAt(text, start) === OPEN ? end - start - 2 : end - start;
}

/** What stands between two groups at `at`; undefined if no group follows. */
function gapAt(text: Text, at: number): string | undefined {
  const byte = byteAt(text, at);
  if (byte === OPEN) return "";
  if (is(text, at, DIGIT)) return byteAt(text, at - 1) === CLOSE ? ")" : undefined;
  if (byte !== SPACE && byte !== DASH && byte !== DOT) return undefined;
  const follows = is(text, at + 1, DIGIT) || (byte === SPACE && byteAt(text, at + 1) === OPEN);
  return follows ? String.fromCharCode(byte) : undefined;
}

/** True if what follows a blank belongs to something else. */
function isWhole(digits: number, shape: number, isInternational: boolean): boolean {
  if (isInternational) return digits >= 12 || (digits === 11 && startsWithOne(shape));
  return shape === 0x334 || digits >= 12;
}

/** True for groups that hardly anything else has. */
function hasOwnForm(text: Text, at: number, groups: Groups): boolean {
  const { lengths, shape, separator, digits } = groups;
  const first = byteAt(text, at);
  if (first === PLUS) return digits >= 8;
  if (shape === 0x334) return first === OPEN || separator === "-" || separator === ".";
  if (first !== 48 || lengths.length < 3) return false;
  if (byteAt(text, at + 1) === 48) {
    return lengths[0]! <= 5 && digits >= 10 && (separator === "-" || separator === " ");
  }
  if (shape === 0x22222) return true;
  return separator === " " && digits >= 9 && digits <= 12 && lengths[0]! >= 3 &&
    lengths.every((length) => length >= 2 && length <= 4);
}

/** Words before a number; the last letters of each are free (`phones`, `calling`). */
const CUE =
  /(^|[^a-z])(phone|tel|telephone|mobile|cell|fax|call|calls|called|calling|caller|callee|dial|dialed|dialled|desk|sms|msisdn|telefon|handy|rufnummer|registered|contact)([^a-z]|$)/;
const CLOSE_CUE =
  /(phone|tel|telephone|mobile|cell|fax|caller|callee|calling|called|msisdn|telefon|handy|rufnummer)[a-z_ ]{0,10}["']?\.?\s?[:=#]?\s?["'+(]?$/;
const CUE_AFTER = /^ ?(office|fax|mobile|cell|phone|home|desk)\b/;

/** True if a word near the number says what it is. */
function hasCue(text: Text, at: number, groups: Groups): boolean {
  if (groups.lengths.length === 1 || isDate(groups)) return false;
  if (isSaidBefore(text, at, CUE)) return true;
  const { end } = groups;
  const next = byteAt(text, end) === SPACE ? end + 1 : end;
  return is(text, next, LETTER) &&
    CUE_AFTER.test(lowerText(text, end, Math.min(text.end, end + 8)));
}

/** First three letters of the words of {@link CUE}. */
const CUE_STARTS = startsOf("pho tel mob cel fax cal dia des sms msi han ruf reg con");
/** Those of {@link CLOSE_CUE}. */
const CLOSE_CUE_STARTS = startsOf("pho tel mob cel fax cal msi han ruf");

function startsOf(words: string): ReadonlySet<number> {
  return new Set(
    words.split(" ").map((word) =>
      word.charCodeAt(0) << 16 | word.charCodeAt(1) << 8 | word.charCodeAt(2)
    ),
  );
}

/** By byte, 1 for the first letters of those, in either case. */
const STARTS_CUE = Uint8Array.from(
  { length: 256 },
  (_, byte) => ("ptmcfdshr".includes(String.fromCharCode(byte | 32)) ? 1 : 0),
);

/** True if `cue` matches what stands before `at`; the expression is asked where it may. */
function isSaidBefore(text: Text, at: number, cue: RegExp): boolean {
  const { bytes } = text;
  const starts = cue === CUE ? CUE_STARTS : CLOSE_CUE_STARTS;
  const from = Math.max(text.floor, at - CUE_BYTES);
  for (let i = from; i + 2 < at; i++) {
    if (STARTS_CUE[bytes[i]!] === 0) continue;
    const three = (bytes[i]! | 32) << 16 | (bytes[i + 1]! | 32) << 8 | bytes[i + 2]! | 32;
    if (starts.has(three)) return cue.test(lowerText(text, from, at));
  }
  return false;
}

/** Most bytes that are no letters between a word of {@link CLOSE_CUE} and its number. */
const MOST_BETWEEN = 16;
/** Fewest letters of such a word. */
const LEAST_CUE = 3;

/** False if there are not as many letters in front of `at` as a word of {@link CLOSE_CUE} has. */
function mayBeSaidBefore({ bytes, floor }: Text, at: number): boolean {
  const limit = Math.max(floor, at - MOST_BETWEEN - 1);
  let last = at - 1;
  while (last >= limit && (CLASSES[bytes[last]!]! & LETTER) === 0) last--;
  if (last < limit || last - LEAST_CUE + 1 < floor) return false;
  for (let i = last - LEAST_CUE + 1; i < last; i++) {
    const byte = bytes[i]!;
    if ((CLASSES[byte]! & LETTER) === 0 && byte !== SPACE && byte !== UNDERSCORE) return false;
  }
  return true;
}

/** Dates, and the 3-2-4 of a social security number. */
function isDate({ lengths, shape, separator }: Groups): boolean {
  if (shape === 0x324) return true;
  const [first, second, third] = lengths;
  if (second === 2 && (first === 4 ? third === 2 : first === 2 && third === 4)) return true;
  return separator === "." && lengths.length === 4 && lengths.every((length) => length <= 3);
}
