/**
 * Addresses in text: IPv4, IPv6 (RFC 4291 §2.2) and MAC.
 *
 * @module
 */
import { categoryOf, parseAddress } from "../address.ts";
import {
  byteAt,
  CLASSES,
  DIGIT,
  type Found,
  HEX,
  HOST,
  is,
  leftOver,
  LETTER,
  lookedAt,
  lowerText,
  type Text,
  WORD,
} from "./text.ts";

const DOT = 46;
const COLON = 58;
const DASH = 45;
const MOST_V6 = 45;
/** The last two letters of `version`, `ver` and `release`. */
const [ENDS_ION, ENDS_VER, ENDS_RELEASE] = ["on", "er", "se"].map((letters) =>
  letters.charCodeAt(0) << 8 | letters.charCodeAt(1)
);

/** The IPv4 address whose digits begin at `at`. Addresses of every host, and of networks, stay. */
export function findIpv4(text: Text, at: number): Found | undefined {
  const end = quadEnd(text, at);
  if (end < 0) return undefined;
  const isPart = byteAt(text, end) === DOT && is(text, end + 1, HOST);
  if (isPart || is(text, end, WORD) || is(text, at - 1, WORD)) return undefined;
  if (byteAt(text, at - 1) === DOT || isVersion(text, at)) return undefined;
  const bits = quadBits(text, at, end);
  const isNetwork = (bits & 0xffffff) === 0;
  return { what: "ip", start: at, end, kept: isNetwork || bits >>> 24 === 127 || bits === -1 };
}

/** Where the four numbers at `at` end, each below 256 and without leading zeros; -1 for none. */
function quadEnd(text: Text, start: number): number {
  const { bytes, end } = text;
  let parts = 1;
  let octet = -1;
  let at = start;
  for (; at < end; at++) {
    const digit = bytes[at]! - 48;
    if (digit >= 0 && digit <= 9) {
      if (octet === 0) break;
      octet = octet < 0 ? digit : octet * 10 + digit;
      if (octet > 255) break;
    } else {
      if (bytes[at] !== DOT || octet < 0 || parts === 4) break;
      parts++;
      octet = -1;
    }
  }
  if (at > text.reach) text.reach = at;
  const isDigit = at < end && (CLASSES[bytes[at]!]! & DIGIT) !== 0;
  return parts === 4 && octet >= 0 && !isDigit ? at : -1;
}

function quadBits({ bytes }: Text, start: number, end: number): number {
  let bits = 0;
  let octet = 0;
  for (let at = start; at < end; at++) {
    if (bytes[at] === DOT) {
      bits = (bits << 8) | octet;
      octet = 0;
    } else octet = octet * 10 + bytes[at]! - 48;
  }
  return (bits << 8) | octet;
}

/** True after `Version=`, `version `, `ver. `: four numbers that are no address. */
function isVersion(text: Text, at: number): boolean {
  const last = byteAt(text, at - 1);
  if (last !== 32 && last !== 61 && last !== COLON) return false;
  // What may stand between, or the last letters of one of those words.
  const before2 = byteAt(text, at - 2);
  if (is(text, at - 2, LETTER)) {
    const pair = (byteAt(text, at - 3) | 32) << 8 | before2 | 32;
    if (pair !== ENDS_ION && pair !== ENDS_VER && pair !== ENDS_RELEASE) return false;
    if (pair === ENDS_ION && (byteAt(text, at - 4) | 32) !== 105) return false;
  } else if (!" =:.\"'".includes(String.fromCharCode(before2))) return false;
  const before = lowerText(text, Math.max(text.floor, at - 10), at);
  return /(version|ver\.?|release)["']?[ :=]{1,2}$/.test(before);
}

/** The IPv6 address that the colon at `at` is the first one of. */
export function findIpv6(text: Text, at: number): Found | undefined {
  if (!is(text, at + 1, HEX) && byteAt(text, at + 1) !== COLON) return undefined;
  const start = leftOver(text, at, HEX, 4);
  if (is(text, start - 1, WORD) || byteAt(text, start - 1) === COLON) return undefined;
  let end = at;
  let colons = 0;
  let hasDouble = false;
  const limit = Math.min(text.end, start + MOST_V6);
  while (
    end < limit && (is(text, end, HEX) || text.bytes[end] === COLON || text.bytes[end] === DOT)
  ) {
    if (text.bytes[end] === COLON) {
      colons++;
      hasDouble ||= byteAt(text, end + 1) === COLON;
    }
    end++;
  }
  if (!hasDouble && colons < 6) return undefined;
  while (end > at && (text.bytes[end - 1] === DOT || isSingleColon(text, end - 1))) end--;
  if (is(text, end, WORD) || !/[\d]/.test(lowerText(text, start, end))) return undefined;
  return addressFound(text, start, end);
}

function isSingleColon({ bytes }: Text, at: number): boolean {
  return bytes[at] === COLON && bytes[at - 1] !== COLON;
}

function addressFound(text: Text, start: number, end: number): Found | undefined {
  const address = parseAddress(lowerText(text, start, end));
  if (address === undefined) return undefined;
  const category = categoryOf(address);
  const kept = category === "loopback" || category === "unspecified";
  return { what: "ip", start, end, kept };
}

const MAC_BYTES = 17;

/** The MAC address whose first separator, `:` or `-`, is at `at`. */
export function findMac(text: Text, at: number): Found | undefined {
  const start = at - 2;
  const end = start + MAC_BYTES;
  const separator = text.bytes[at]!;
  if (byteAt(text, at + 3) !== separator) return undefined;
  lookedAt(text, end);
  if (start < text.floor || end > text.end) return undefined;
  for (let i = 0; i < MAC_BYTES; i++) {
    const isRight = i % 3 === 2 ? text.bytes[start + i] === separator : is(text, start + i, HEX);
    if (!isRight) return undefined;
  }
  const isLonger = byteAt(text, end) === separator && is(text, end + 1, HEX);
  if (is(text, start - 1, WORD) || is(text, end, WORD) || isLonger) return undefined;
  if (separator === DASH && byteAt(text, start - 1) === DASH) return undefined;
  return { what: "mac", start, end, kept: isNobody(text, start) };
}

/** All zeros, or all ones. */
function isNobody({ bytes }: Text, start: number): boolean {
  const first = bytes[start]! | 32;
  if (first !== 48 && first !== 102) return false;
  for (let i = 1; i < MAC_BYTES; i++) {
    if (i % 3 !== 2 && (bytes[start + i]! | 32) !== first) return false;
  }
  return true;
}
