/**
 * SIP and tel URIs (RFC 3261 §19.1, RFC 3966).
 *
 * @module
 */
import { byteAt, DIGIT, type Found, hasWord, is, lookedAt, type Text, WORD } from "./text.ts";

const AT = 64;
const [LETTER_P, LETTER_S, LETTER_L] = Buffer.from("psl");
const PLUS = 43;
const MOST_BYTES = 320;
const LEAST_DIGITS = 3;

/** The URI whose scheme ends with the colon at `at`. Of `tel:` the number alone is found. */
export function findUri(text: Text, at: number): Found | undefined {
  const last = byteAt(text, at - 1) | 32;
  if (last !== LETTER_P && last !== LETTER_S && last !== LETTER_L) return undefined;
  for (const scheme of ["sip", "sips"] as const) {
    if (isScheme(text, at, scheme)) return findSip(text, at - scheme.length, at + 1);
  }
  return isScheme(text, at, "tel") ? findTel(text, at + 1) : undefined;
}

function isScheme(text: Text, colon: number, scheme: string): boolean {
  const start = colon - scheme.length;
  return hasWord(text, start, scheme) && !is(text, start - 1, WORD);
}

function findSip(text: Text, start: number, from: number): Found | undefined {
  const limit = Math.min(text.end, from + MOST_BYTES);
  let end = from;
  let hasName = false;
  for (; end < limit && !endsUri(text.bytes[end]!); end++) hasName ||= text.bytes[end] === AT;
  lookedAt(text, end);
  while (end > from && isTrailing(text.bytes[end - 1]!)) end--;
  return end === from || !hasName ? undefined : { what: "sip", start, end, kept: false };
}

function findTel(text: Text, from: number): Found | undefined {
  const limit = Math.min(text.end, from + 40);
  let end = byteAt(text, from) === PLUS ? from + 1 : from;
  let digits = 0;
  let last = from;
  for (; end < limit; end++) {
    if (is(text, end, DIGIT)) {
      digits++;
      last = end + 1;
    } else if (!isVisual(text.bytes[end]!)) break;
  }
  return digits < LEAST_DIGITS ? undefined : { what: "tel", start: from, end: last, kept: false };
}

/** White space, quotes, brackets and what begins parameters. */
function endsUri(byte: number): boolean {
  return byte <= 34 || byte === 39 || byte === 44 || (byte >= 59 && byte <= 63 && byte !== 61) ||
    byte === 123 || byte === 125 || byte === 93;
}

function isTrailing(byte: number): boolean {
  return byte === 46 || byte === 58 || byte === 41;
}

/** `-`, `.`, `(`, `)`: RFC 3966 visual separators. */
function isVisual(byte: number): boolean {
  return byte === 45 || byte === 46 || byte === 40 || byte === 41;
}
