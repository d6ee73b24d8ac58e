/**
 * Finds what may name a person in free text, in one pass over its bytes.
 *
 * @module
 */
import { findAccount, findPathName } from "./account.ts";
import { findCard, findIban } from "./bank.ts";
import { findEmail } from "./email.ts";
import { findJwt } from "./jwt.ts";
import { findIpv4, findIpv6, findMac } from "./network_ids.ts";
import { findBareNumber, findPhone } from "./phone.ts";
import {
  byteAt,
  CLASSES,
  type Detector,
  DIGIT,
  type Found,
  HEX,
  HOST,
  is,
  LETTER,
  LOCAL,
  rightOver,
  type Text,
  WORD,
} from "./text.ts";
import { findToken } from "./token_text.ts";
import { findUri } from "./uri.ts";
import { findGuid, findSid } from "./windows_ids.ts";

const SPACE = 32;
const OPEN = 40;
const CLOSE = 41;
const DASH = 45;
const DOT = 46;
const SLASH = 47;
const AT = 64;
const COLON = 58;
const PERCENT = 37;
const BACKSLASH = 92;
const DIGIT_ONE = 49;
const [LETTER_E, LETTER_I, LETTER_L, LETTER_M] = Buffer.from("eilm");
const [LETTER_P, LETTER_R, LETTER_G, LETTER_S, LETTER_Y] = Buffer.from("prgsy");

/** Digits that may be a number without anything beside them. */
const LEAST_BARE = 7;

/** By anchor, in the order in which they are asked. */
const DETECTORS: Readonly<Record<string, readonly Detector[]>> = {
  "@": [findEmail],
  ":": [findToken, findUri, findMac, findIpv6],
  "\\": [findPathName, findAccount],
  "/": [findPathName],
  "-": [findSid, findGuid, findMac],
  ".": [findJwt],
  "+": [findPhone],
  "(": [findPhone],
};
const OF_NONE: readonly Detector[] = [];
const ANCHORED: readonly (readonly Detector[])[] = Array.from(
  { length: 256 },
  (_, byte) => DETECTORS[String.fromCharCode(byte)] ?? OF_NONE,
);
const IS_ANCHOR = 1;
const IS_DIGIT = 2;
/** `%` and zero: nothing is asked there, but there may be other encodings. */
const IS_SIGN = 4;
const ANCHORS = Uint8Array.from(ANCHORED, (detectors, byte) => {
  if (byte === 0 || byte === PERCENT) return IS_SIGN;
  if (byte >= 48 && byte <= 57) return IS_DIGIT;
  return detectors.length > 0 ? IS_ANCHOR : 0;
});

/** An anchor before a find of which bytes had a part in what was found at the anchor, or not. */
export interface Open {
  readonly at: number;
  /** As it was then. */
  readonly floor: number;
  /** Number of the find. */
  readonly before: number;
}

/** What is found in a text, and what may change where finds are replaced. */
export interface Scan {
  /** In order; they do not overlap. */
  readonly found: readonly Found[];
  /** Where something may be found, or something else, once later finds are replaced. */
  readonly open: readonly Open[];
  /** False: there may be other such places. */
  readonly isOpenKnown: boolean;
  /** True if `%`, `\` or a zero is there. */
  readonly hasSigns: boolean;
}

const NOTHING: Scan = { found: [], open: [], isOpenKnown: true, hasSigns: false };
const NOTHING_BUT_SIGNS: Scan = { ...NOTHING, hasSigns: true };

/** All finds of `bytes[start, end)`, in order; they do not overlap. */
export function findAll(bytes: Uint8Array, start: number, end: number): readonly Found[] {
  return scan(bytes, start, end).found;
}

/** As {@link findAll}, with what may change. */
export function scan(bytes: Uint8Array, start: number, end: number): Scan {
  const text: Text = { bytes, end, floor: start, reach: 0 };
  let result: Result | undefined;
  let asked: Asked[] = NOT_ASKED;
  let signs = 0;
  for (let at = nextAnchor(bytes, start, end); at < end; at = nextAnchor(bytes, at, end)) {
    const anchor = ANCHORS[bytes[at]!]!;
    const next = anchor === IS_DIGIT ? digitsEnd(bytes, at, end) : at + 1;
    if (anchor === IS_SIGN || bytes[at] === BACKSLASH) signs++;
    if (anchor === IS_DIGIT ? !mayBeNumber(text, at, next) : !mayFind(bytes, at)) {
      at = next;
      continue;
    }
    text.reach = next;
    const find = findAt(text, at, next);
    if (find === undefined || find.kept) {
      const { floor, reach } = text;
      if (reach >= next + LOOKED_AT) {
        asked = withAsked(asked, { at, floor, reach });
      }
    }
    if (find === undefined) {
      at = next;
      continue;
    }
    result ??= { found: [], open: [], isOpenKnown: true, hasSigns: false };
    if (!find.kept) {
      close(result, { text, asked, start: find.start });
      asked = NOT_ASKED;
    }
    result.found.push(find);
    signs += signsIn(bytes, at, find.end);
    text.floor = find.end;
    at = find.end;
  }
  if (result === undefined) return signs === 0 ? NOTHING : NOTHING_BUT_SIGNS;
  result.hasSigns = signs > 0;
  return result;
}

/** A loop of its own: as part of a larger function it was compiled to twice the time. */
function nextAnchor(bytes: Uint8Array, from: number, end: number): number {
  let at = from;
  while (at < end && ANCHORS[bytes[at]!]! === 0) at++;
  return at;
}

function digitsEnd(bytes: Uint8Array, from: number, end: number): number {
  let at = from + 1;
  while (at < end && ANCHORS[bytes[at]!]! === IS_DIGIT) at++;
  return at;
}

/** A find is not gone through byte by byte. */
function signsIn(bytes: Uint8Array, start: number, end: number): number {
  let signs = 0;
  for (let at = start; at < end; at++) {
    if (bytes[at] === BACKSLASH || ANCHORS[bytes[at]!] === IS_SIGN) signs++;
  }
  return signs;
}

/** True if something is found at the anchor at `at`, where the last find ended at `floor`. */
// oxlint-disable-next-line max-params -- hot path: an object a place is what it avoids
export function isFoundAt(bytes: Uint8Array, end: number, at: number, floor: number): boolean {
  const text: Text = { bytes, end, floor, reach: 0 };
  if (ANCHORS[bytes[at]!] === IS_ANCHOR) return findAt(text, at, at + 1) !== undefined;
  return findAt(text, at, rightOver(text, at, DIGIT, text.end)) !== undefined;
}

/** What is found at an anchor that ends at `next`. */
function findAt(text: Text, at: number, next: number): Found | undefined {
  const detectors = ANCHORED[text.bytes[at]!]!;
  if (detectors.length === 0) return findNumber(text, at, next);
  for (const detect of detectors) {
    const found = detect(text, at);
    if (found !== undefined) return found;
  }
  return undefined;
}

interface Asked {
  readonly at: number;
  readonly floor: number;
  readonly reach: number;
}

interface Result extends Scan {
  readonly found: Found[];
  readonly open: Open[];
  isOpenKnown: boolean;
  hasSigns: boolean;
}

const NOT_ASKED: Asked[] = [];
/** More are not remembered between two finds that are replaced. */
const MOST_ASKED = 64;

function withAsked(all: Asked[], asked: Asked): Asked[] {
  if (all === NOT_ASKED) return [asked];
  if (all.length < MOST_ASKED) all.push(asked);
  return all;
}

/** Notes what is open before a find that will be replaced. */
function close(
  result: Result,
  { text, asked, start }: {
    readonly text: Text;
    readonly asked: readonly Asked[];
    readonly start: number;
  },
): void {
  const before = result.found.length;
  if (asked.length === MOST_ASKED) result.isOpenKnown = false;
  for (const { at, floor, reach } of asked) {
    if (at >= start || reach < start) continue;
    result.open.push({ at, floor, before });
  }
  // Anchors from which it was not looked farther than that are not remembered.
  const { bytes, floor } = text;
  for (let at = start - 1; at >= floor && at >= start - LOOKED_AT; at--) {
    const anchor = ANCHORS[bytes[at]!];
    if (anchor === IS_DIGIT) {
      while (at > floor && ANCHORS[bytes[at - 1]!] === IS_DIGIT) at--;
    }
    if (anchor === IS_ANCHOR || anchor === IS_DIGIT) result.open.push({ at, floor, before });
  }
}

/** At most so many bytes after an anchor have a part in whether its detectors are asked. */
const LOOKED_AT = 5;

/** False if the bytes next to an anchor show that none of its detectors finds anything. */
function mayFind(bytes: Uint8Array, at: number): boolean {
  const before = at === 0 ? 0 : bytes[at - 1]!;
  const after = byteOf(bytes, at + 1);
  switch (bytes[at]) {
    case DOT:
      return after === LETTER_E && byteOf(bytes, at + 2) === LETTER_Y;
    case DASH:
      return mayFindAtDash(bytes, at, before);
    case COLON:
      return mayFindAtColon(bytes, at, before);
    case SLASH:
      return endsHome(bytes, at, before);
    case BACKSLASH:
      return (CLASSES[before]! & WORD) !== 0 || endsHome(bytes, at, before);
    case AT:
      return (CLASSES[before]! & LOCAL) !== 0 && (CLASSES[after]! & HOST) !== 0;
    case PERCENT:
    case 0:
      return false;
    case OPEN:
      return (CLASSES[after]! & DIGIT) !== 0 && mayBeBracketed(bytes, at + 2);
    default:
      return after === OPEN || (CLASSES[after]! & DIGIT) !== 0;
  }
}

/** False where other bytes than digits come before a bracket is closed. */
function mayBeBracketed(bytes: Uint8Array, from: number): boolean {
  for (let at = from; at < from + 4; at++) {
    const byte = byteOf(bytes, at);
    if ((CLASSES[byte]! & DIGIT) === 0) return byte === CLOSE;
  }
  return true;
}

/** As {@link mayFind}, of the digits in `[at, end)`: most are too short, and stand alone. */
function mayBeNumber({ bytes, floor }: Text, at: number, end: number): boolean {
  const before = at === floor ? 0 : CLASSES[bytes[at - 1]!]!;
  if ((before & WORD) !== 0) {
    return end - at > 1 && at > floor + 1 && (before & CLASSES[bytes[at - 2]!]! & LETTER) !== 0;
  }
  if (end - at >= LEAST_BARE) return true;
  const after = byteOf(bytes, end);
  if (after === SPACE || after === DASH || after === DOT) {
    const next = byteOf(bytes, end + 1);
    return next === OPEN || (CLASSES[next]! & DIGIT) !== 0;
  }
  return after === OPEN;
}

function byteOf(bytes: Uint8Array, at: number): number {
  return at < bytes.length ? bytes[at]! : 0;
}

function mayFindAtDash(bytes: Uint8Array, at: number, before: number): boolean {
  if ((before | 32) === LETTER_S && byteOf(bytes, at + 1) === DIGIT_ONE) return true;
  return (CLASSES[before]! & HEX) !== 0 &&
    (byteOf(bytes, at + 3) === DASH || byteOf(bytes, at + 5) === DASH);
}

/** A token has a digit there; all but tokens and URIs have one more colon after up to four digits. */
function mayFindAtColon(bytes: Uint8Array, at: number, before: number): boolean {
  const after = byteOf(bytes, at + 1);
  if (after === COLON || (CLASSES[after]! & DIGIT) !== 0) return true;
  if ((CLASSES[after]! & HEX) !== 0) {
    for (let i = at + 2; i <= at + 5; i++) if (byteOf(bytes, i) === COLON) return true;
  }
  return endsScheme(bytes, at, before);
}

/** True of the last letters of `sip`, `sips`, `tel`. */
function endsScheme(bytes: Uint8Array, at: number, before: number): boolean {
  const last = before | 32;
  if (last !== LETTER_P && last !== LETTER_S && last !== LETTER_L) return false;
  const second = at < 2 ? 0 : bytes[at - 2]! | 32;
  if (last !== LETTER_S) return second === (last === LETTER_P ? LETTER_I : LETTER_E);
  return second === LETTER_P && at > 2 && (bytes[at - 3]! | 32) === LETTER_I;
}

/** True of the last two letters of the folders of homes. */
function endsHome(bytes: Uint8Array, at: number, before: number): boolean {
  const last = before | 32;
  if (last !== LETTER_S && last !== LETTER_E) return false;
  const second = at < 2 ? 0 : bytes[at - 2]! | 32;
  if (last === LETTER_E) return second === LETTER_M;
  return second === LETTER_R || second === LETTER_G;
}

/** Asks those that the digits in `[at, end)`, between those neighbours, may belong to. */
function findNumber(text: Text, at: number, end: number): Found | undefined {
  const length = end - at;
  const next = byteAt(text, end);
  if (is(text, at - 1, WORD)) {
    return length < 2 || !is(text, at - 1, LETTER) ? undefined : findIban(text, at);
  }
  const goesOn = is(text, end + 1, DIGIT);
  if (next === DOT && length <= 3 && goesOn) {
    const found = findIpv4(text, at);
    if (found !== undefined) return found;
  }
  const isGroup = (next === SPACE || next === DASH) && goesOn;
  if (length >= 12 || (length === 4 && isGroup)) {
    const found = findCard(text, at);
    if (found !== undefined) return found;
  }
  const isLong = length >= LEAST_BARE && length <= 15;
  const isFirst = isGroup || (next === DOT && goesOn) || next === OPEN ||
    (next === SPACE && byteAt(text, end + 1) === OPEN);
  if (isFirst) return findPhone(text, at);
  return isLong ? findBareNumber(text, at) : undefined;
}
