/**
 * Numbers of accounts and cards: IBAN (ISO 13616, mod 97) and cards (ISO/IEC 7812-1, Luhn).
 *
 * @module
 */
import {
  byteAt,
  DIGIT,
  type Found,
  is,
  LETTER,
  lowerText,
  rightOver,
  type Text,
  WORD,
} from "./text.ts";

const SPACE = 32;
const DASH = 45;
const DOT = 46;
const MOST_IBAN = 34;

/** Length of each country's IBANs. */
const IBAN_LENGTHS: ReadonlyMap<string, number> = new Map(
  ("ad24 ae23 al28 at20 az28 ba20 be16 bg22 bh22 bi27 br29 by28 ch21 cr22 cy28 cz24 de22 dj27 dk18 " +
    "do28 ee20 eg29 es24 fi18 fk18 fo18 fr27 gb22 ge22 gi23 gl18 gr27 gt28 hr21 hu28 ie22 il23 " +
    "iq23 is26 it27 jo30 kw30 kz20 lb28 lc32 li21 lt20 lu20 lv21 ly25 mc27 md24 me22 mk19 mn20 " +
    "mr27 mt31 mu30 ni28 nl18 no15 om23 pk24 pl28 ps29 pt25 qa29 ro24 rs22 ru33 sa24 sc31 sd18 " +
    "se24 si19 sk24 sm27 so23 st25 sv28 tl23 tn24 tr26 ua29 va22 vg24 xk20 ye30")
    .split(" ").map((entry) => [entry.slice(0, 2), Number(entry.slice(2))]),
);

/** The IBAN whose two check digits begin at `at`: in one piece, or in groups of four. */
export function findIban(text: Text, at: number): Found | undefined {
  const start = at - 2;
  if (!is(text, start, LETTER) || !is(text, at - 1, LETTER) || is(text, start - 1, WORD)) {
    return undefined;
  }
  const length = IBAN_LENGTHS.get(lowerText(text, start, at));
  if (length === undefined || !is(text, at + 1, DIGIT)) return undefined;
  let digits = "";
  let end = start;
  const limit = Math.min(text.end, start + MOST_IBAN + 9);
  for (; end < limit && digits.length < length; end++) {
    if (is(text, end, DIGIT | LETTER)) digits += String.fromCharCode(text.bytes[end]!);
    else if (text.bytes[end] !== SPACE || digits.length % 4 !== 0) return undefined;
  }
  if (digits.length < length || is(text, end, WORD) || remainder97(digits) !== 1) return undefined;
  return { what: "iban", start, end, kept: false };
}

function remainder97(iban: string): number {
  let rest = 0;
  for (const character of iban.slice(4) + iban.slice(0, 4)) {
    const value = Number.parseInt(character, 36);
    rest = (rest * (value > 9 ? 100 : 10) + value) % 97;
  }
  return rest;
}

/** Groups in which numbers of cards are written. */
const CARD_GROUPS: ReadonlySet<string> = new Set([
  "4-4-4-4",
  "4-6-5",
  "4-6-4",
  "4-4-5",
  "4-4-4-4-3",
]);
const LEAST_CARD = 12;
const MOST_CARD = 19;

/** The card number whose digits begin at `at`. */
export function findCard(text: Text, at: number): Found | undefined {
  if (isInside(text, at - 1, -1)) return undefined;
  let end = rightOver(text, at, DIGIT, MOST_CARD + 1);
  if (end - at === 4) end = groupsEnd(text, at);
  if (end < 0 || isInside(text, end, 1)) return undefined;
  const digits = lowerText(text, at, end).replaceAll(/[ -]/g, "");
  if (digits.length < LEAST_CARD || digits.length > MOST_CARD) return undefined;
  if (isTime(digits) || !isLuhn(digits)) return undefined;
  return { what: "card", start: at, end, kept: false };
}

/** True if byte `at`, next to digits, shows that they are part of something longer. */
function isInside(text: Text, at: number, way: 1 | -1): boolean {
  const byte = byteAt(text, at);
  if (is(text, at, WORD)) return true;
  return (byte === DOT || byte === DASH) && is(text, at + way, WORD);
}

function groupsEnd(text: Text, at: number): number {
  const separator = byteAt(text, at + 4);
  if (separator !== SPACE && separator !== DASH) return -1;
  // The second group has four digits at least.
  if (rightOver(text, at + 5, DIGIT, 4) < at + 9) return -1;
  const lengths: number[] = [];
  let end = at;
  for (let from = at; lengths.length < 5;) {
    const next = rightOver(text, from, DIGIT, 7);
    if (next === from) break;
    lengths.push(next - from);
    if (CARD_GROUPS.has(lengths.join("-"))) end = next;
    if (byteAt(text, next) !== separator) break;
    from = next + 1;
  }
  return end > at ? end : -1;
}

/** Milliseconds, microseconds and nanoseconds since 1970 of this century; no card begins with 1 there. */
function isTime(digits: string): boolean {
  return digits.startsWith("1") && [13, 16, 19].includes(digits.length);
}

function isLuhn(digits: string): boolean {
  let sum = 0;
  for (let i = 0; i < digits.length; i++) {
    const digit = digits.charCodeAt(digits.length - 1 - i) - 48;
    const doubled = digit > 4 ? digit * 2 - 9 : digit * 2;
    sum += i % 2 === 0 ? digit : doubled;
  }
  return sum % 10 === 0 && sum > 0;
}
