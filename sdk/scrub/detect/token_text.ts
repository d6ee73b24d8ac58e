/**
 * Finds tokens, `kind:epoch:base32`, so that no detector takes one for something else.
 *
 * @module
 */
import { byteAt, DIGIT, type Found, is, lookedAt, rightOver, type Text, WORD } from "./text.ts";

const COLON = 58;
const MOST_KIND = 32;
const MOST_EPOCH = 10;
const DIGITS = 26;

/** The token whose first colon is at `at`. */
export function findToken(text: Text, at: number): Found | undefined {
  if (!is(text, at + 1, DIGIT)) return undefined;
  let start = at;
  while (start > text.floor && at - start < MOST_KIND && isKind(text.bytes[start - 1]!)) start--;
  const end = start === at ? -1 : tokenEnd(text, at);
  return end < 0 ? undefined : { what: "token", start, end, kept: true };
}

/** Where the token that starts at `start` ends; -1 if there is none. */
export function tokenAt(text: Text, start: number): number {
  let at = start;
  while (at < text.end && at - start < MOST_KIND && isKind(text.bytes[at]!)) at++;
  lookedAt(text, at);
  return at > start && byteAt(text, at) === COLON ? tokenEnd(text, at) : -1;
}

function tokenEnd(text: Text, colon: number): number {
  const epoch = rightOver(text, colon + 1, DIGIT, MOST_EPOCH);
  if (epoch === colon + 1 || byteAt(text, epoch) !== COLON) return -1;
  const end = epoch + 1 + DIGITS;
  lookedAt(text, end);
  if (end > text.end) return -1;
  for (let at = epoch + 1; at < end; at++) if (!isBase32(text.bytes[at]!)) return -1;
  return is(text, end, WORD) ? -1 : end;
}

function isKind(byte: number): boolean {
  return isLower(byte) || (byte >= 48 && byte <= 57) || byte === 95 || byte === 45;
}

function isBase32(byte: number): boolean {
  return isLower(byte) || (byte >= 50 && byte <= 55);
}

function isLower(byte: number): boolean {
  return byte >= 97 && byte <= 122;
}
