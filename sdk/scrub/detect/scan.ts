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
import { findPhone } from "./phone.ts";
import {
  byteAt,
  type Detector,
  DIGIT,
  type Found,
  is,
  rightOver,
  type Text,
  WORD,
} from "./text.ts";
import { findToken } from "./token_text.ts";
import { findUri } from "./uri.ts";
import { findGuid, findSid } from "./windows_ids.ts";

const SPACE = 32;
const OPEN = 40;
const DASH = 45;
const DOT = 46;

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
const OF_DIGITS: readonly Detector[] = [findNumber];

const ANCHORED = byByte();
/** 1 for an anchor, 2 for a digit. */
const ANCHORS = Uint8Array.from(
  ANCHORED,
  (detectors) => (detectors === OF_DIGITS ? 2 : detectors.length > 0 ? 1 : 0),
);

/** All finds of `bytes[start, end)`, in order; they do not overlap. */
export function findAll(bytes: Uint8Array, start: number, end: number): readonly Found[] {
  const found: Found[] = [];
  const text: Text = { bytes, end, floor: start };
  let at = start;
  while (at < end) {
    const anchor = ANCHORS[bytes[at]!]!;
    if (anchor === 0) {
      at++;
      continue;
    }
    const find = firstOf(ANCHORED[bytes[at]!]!, text, at);
    if (find === undefined) {
      at = anchor === 2 ? rightOver(text, at, DIGIT, end) : at + 1;
    } else {
      found.push(find);
      text.floor = find.end;
      at = find.end;
    }
  }
  return found;
}

/** Asks those that a run of digits of that length, between those neighbours, may belong to. */
function findNumber(text: Text, at: number): Found | undefined {
  const end = rightOver(text, at, DIGIT, text.end);
  const length = end - at;
  const next = byteAt(text, end);
  if (is(text, at - 1, WORD)) return length < 2 ? undefined : findIban(text, at);
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
  const isLong = length >= 6 && length <= 15;
  const isFirst = isGroup || (next === DOT && goesOn) || next === OPEN ||
    (next === SPACE && byteAt(text, end + 1) === OPEN);
  return (isLong || isFirst) ? findPhone(text, at) : undefined;
}

function firstOf(detectors: readonly Detector[], text: Text, at: number): Found | undefined {
  for (const detect of detectors) {
    const found = detect(text, at);
    if (found !== undefined) return found;
  }
  return undefined;
}

function byByte(): readonly (readonly Detector[])[] {
  return Array.from({ length: 256 }, (_, byte) => {
    const character = String.fromCharCode(byte);
    return byte >= 48 && byte <= 57 ? OF_DIGITS : DETECTORS[character] ?? [];
  });
}
