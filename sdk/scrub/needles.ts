/**
 * Needles: what of a typed value is looked for elsewhere in its event, and how it is compared.
 *
 * @module
 */
import type { Range } from "./runs.ts";
import { isWellKnown } from "./well_known.ts";

/** What is looked for. */
export interface Needle {
  readonly name: Uint8Array;
  /** The value that it is, or is a name in. */
  readonly value: Uint8Array;
  /** Folded, at most {@link MOST_BYTES}. */
  readonly folded: Uint8Array;
  /** Shorter ones count as whole words alone. */
  readonly isShort: boolean;
}

/** Shorter values say nothing; of digits alone, even those of three. */
export const LEAST_BYTES = 3;
const LEAST_DIGITS = 4;
/** From that length on a value is found within words too. */
const LEAST_WITHIN = 6;
/** A longer value is looked for by its beginning. */
const MOST_BYTES = 256;
/** They stand for no value. */
const EMPTY_WORDS = new Set([
  "none",
  "null",
  "unknown",
  "undefined",
  "n/a",
  "localhost",
  "true",
  "false",
]);

const FOLD = folds(0);
/** For filters: also makes bytes equal that differ by case in some letter that is not ASCII. */
export const COARSE: Uint8Array = folds(32);
const BACKSLASH = 92;
const AT = 64;
const COLON = 58;
const PLUS = 43;

/** Tells where a value, and the names in it, begin. */
export function eachStart(
  bytes: Uint8Array,
  { start, end }: Range,
  tell: (start: number) => void,
): void {
  tell(start);
  for (let at = start; at < end; at++) if (startsName(bytes[at]!)) tell(at + 1);
}

/** True for what a name may follow in a value: of a domain, a scheme, an international number. */
function startsName(byte: number): boolean {
  return byte === BACKSLASH || byte === COLON || byte === PLUS;
}

/** A value, and the names in it: of `DOMAIN\name`, of `sip:name@host`, of `+49…`. */
function namesIn(value: Uint8Array): readonly Uint8Array[] {
  const names = [value];
  const scheme = value.indexOf(COLON);
  const bare = scheme >= 0 && scheme <= 4 ? value.subarray(scheme + 1) : value;
  const name = bare.subarray(bare.lastIndexOf(BACKSLASH) + 1);
  const at = name.indexOf(AT);
  const local = at < 0 ? name : name.subarray(0, at);
  for (const part of [bare, name, local, local[0] === PLUS ? local.subarray(1) : local]) {
    if (part.length < names.at(-1)!.length) names.push(part);
  }
  return names.filter(isTelling);
}

/** False for what is too short, or the same on every host. */
function isTelling(value: Uint8Array): boolean {
  if (value.length < LEAST_BYTES || isWellKnown(value)) return false;
  const isNumber = value.every((byte) => byte >= 48 && byte <= 57);
  if (isNumber && value.length < LEAST_DIGITS) return false;
  if (!value.some(isAlphanumeric)) return false;
  return value.length > 9 || !EMPTY_WORDS.has(Buffer.from(value).toString("latin1").toLowerCase());
}

/** The needles of a value: itself and the names in it, those that are worth looking for. */
export function needlesOf(value: Uint8Array): readonly Needle[] {
  return namesIn(value).map((name) => needleOf(name, value));
}

function needleOf(name: Uint8Array, value: Uint8Array): Needle {
  // A copy: `slice` of a Buffer is none.
  const folded = new Uint8Array(name.subarray(0, MOST_BYTES));
  for (let i = folded.length - 1; i >= 0; i--) folded[i] = foldAt(folded, i);
  return { name, value, folded, isShort: name.length < LEAST_WITHIN };
}

/** More steps are not taken to tell that a value does not stand somewhere. */
export const MOST_GLANCE_STEPS = 64;

/**
 * False if no needle of `value` stands at a place of a text that ends at `end`: whatever begins in it
 * goes on to an `@` or to its end. Cheaper than to make the needles.
 */
// oxlint-disable-next-line max-params -- hot path: an object a place is what it avoids
export function mayStandAt(text: Uint8Array, at: number, end: number, value: Uint8Array): boolean {
  let steps = 0;
  for (let start = 0; start < value.length; start++) {
    if (++steps > MOST_GLANCE_STEPS) return true;
    if (start > 0 && !startsName(value[start - 1]!)) continue;
    const rest = value.length - start;
    let equal = 0;
    while (equal < rest) {
      if (++steps > MOST_GLANCE_STEPS) return true;
      if (equal >= LEAST_BYTES && value[start + equal] === AT) return true;
      if (at + equal >= end || foldAt(text, at + equal) !== foldAt(value, start + equal)) break;
      equal++;
    }
    if (equal === rest && equal >= LEAST_BYTES) return true;
  }
  return false;
}

/** How many bytes are equal before the first that is not. */
export function equalBytes(text: Uint8Array, start: number, folded: Uint8Array): number {
  for (let i = 0; i < folded.length; i++) {
    if (foldAt(text, start + i) !== folded[i]) return i;
  }
  return folded.length;
}

/** Short values are whole words; a number never goes on, or begins earlier. */
export function isWhole(
  text: Uint8Array,
  { start, end, isShort }: {
    readonly start: number;
    readonly end: number;
    readonly isShort: boolean;
  },
): boolean {
  const [before, after] = [text[start - 1] ?? 0, text[end] ?? 0];
  if (isShort) return !isAlphanumeric(before) && !isAlphanumeric(after);
  return !(isDigit(before) && isDigit(text[start]!)) &&
    !(isDigit(after) && isDigit(text[end - 1]!));
}

function isDigit(byte: number): boolean {
  return byte >= 48 && byte <= 57;
}

function isAlphanumeric(byte: number): boolean {
  const lower = byte | 32;
  return isDigit(byte) || (lower >= 97 && lower <= 122) || byte >= 128;
}

/** In lower case: ASCII, and the letters of Latin-1 in UTF-8. */
function foldAt(bytes: Uint8Array, at: number): number {
  const byte = bytes[at]!;
  if (byte >= 0x80 && byte <= 0x9e && bytes[at - 1] === 0xc3) return byte | 32;
  return FOLD[byte]!;
}

function folds(beyondAscii: number): Uint8Array {
  return Uint8Array.from({ length: 256 }, (_, byte) => {
    if (byte >= 128) return byte | beyondAscii;
    return byte >= 65 && byte <= 90 ? byte | 32 : byte;
  });
}
