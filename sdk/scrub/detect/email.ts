/**
 * E-mail addresses and user principal names (RFC 5321 §4.1.2, without quoted names).
 *
 * @module
 */
import { parseAddress } from "../address.ts";
import { isWellKnown } from "../well_known.ts";
import {
  byteAt,
  type Found,
  HOST,
  is,
  leftOver,
  LETTER,
  LOCAL,
  lowerText,
  rightOver,
  type Text,
} from "./text.ts";

const DOT = 46;
const MOST_LOCAL = 64;
const MOST_LABEL = 63;
const MOST_LABELS = 16;

/** Names of systemd's units, such as `getty@tty1.service`, are no addresses. Of 5 to 7 letters. */
const UNITS = new Set([
  "service",
  "socket",
  "timer",
  "scope",
  "slice",
  "mount",
  "target",
  "device",
]);

/** The address around the `@` at `at`. */
export function findEmail(text: Text, at: number): Found | undefined {
  let start = leftOver(text, at, LOCAL, MOST_LOCAL);
  while (start < at && isPunctuation(text.bytes[start]!)) start++;
  if (start === at) return undefined;
  const end = domainEnd(text, at + 1);
  if (end < 0) return undefined;
  return { what: "email", start, end, kept: isWellKnown(text.bytes.subarray(start, at)) };
}

/** Where the domain that starts at `from` ends: it has a dot and a last label of letters, or is an address. */
export function domainEnd(text: Text, from: number): number {
  let end = -1;
  let at = from;
  for (let labels = 1; labels <= MOST_LABELS; labels++) {
    const next = rightOver(text, at, HOST, MOST_LABEL);
    if (next === at || is(text, next, HOST)) break;
    if (labels > 1 && isTop(text, at, next)) end = next;
    if (labels === 4 && end < 0 && isAddress(text, from, next)) return next;
    if (byteAt(text, next) !== DOT) break;
    at = next + 1;
  }
  return end;
}

function isTop(text: Text, start: number, end: number): boolean {
  if (end - start < 2 || !is(text, start, LETTER) || !is(text, end - 1, HOST)) return false;
  const isWord = rightOver(text, start, LETTER, end - start) === end;
  if (isWord && (end - start < 5 || end - start > 7)) return true;
  const label = lowerText(text, start, end);
  return (isWord || label.startsWith("xn--")) && !UNITS.has(label);
}

function isAddress(text: Text, start: number, end: number): boolean {
  return parseAddress(lowerText(text, start, end)) !== undefined;
}

/** `.`, `-`, `+` and `%` are in names, and do not begin them. */
function isPunctuation(byte: number): boolean {
  return byte === DOT || byte === 45 || byte === 43 || byte === 37;
}
