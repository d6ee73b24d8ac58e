/**
 * The text that detectors look at, and what they find in it.
 *
 * Detectors are written by hand and not as regular expressions: each starts at a byte that seldom
 * is part of a word (`@`, `:`, `\`, a digit, …), looks a bounded way to both sides and never again
 * at what was found before, so that hostile text costs no more than any other of its length.
 *
 * @module
 */

/** UTF-8 text between two places. */
export interface Text {
  readonly bytes: Uint8Array;
  readonly end: number;
  /** Where the last find ended: nothing before it belongs to another one. */
  floor: number;
  /** The farthest byte that was looked at: bytes beyond it have no part in what was found or not. */
  reach: number;
}

/** What detectors find. */
export type Detected =
  | "token"
  | "email"
  | "sip"
  | "tel"
  | "phone"
  | "sid"
  | "guid"
  | "iban"
  | "card"
  | "ip"
  | "mac"
  | "jwt"
  | "path"
  | "account";

/** One find. */
export interface Found {
  readonly what: Detected;
  readonly start: number;
  readonly end: number;
  /** True of what stays: tokens, and names that every host has. */
  readonly kept: boolean;
}

/** Looks at the anchor byte at `at`. */
export type Detector = (text: Text, at: number) => Found | undefined;

/** Classes of bytes: a byte has a bit for each. */
export const DIGIT = 1;
export const HEX = 2;
/** Letters, digits, `_` and all that is not ASCII. */
export const WORD = 4;
/** ASCII letters. */
export const LETTER = 8;
/** What the name before an `@` is made of. */
export const LOCAL = 16;
/** What labels of host names are made of. */
export const HOST = 32;
/** What ends a segment of a path. */
export const STOP = 64;
/** base64url. */
export const BASE64URL = 128;

/** By byte: the bits of its classes. */
export const CLASSES: Uint8Array = classes();

/** Says that a detector has looked at byte `at`: for those that read without {@link byteAt}. */
export function lookedAt(text: Text, at: number): void {
  if (at > text.reach) text.reach = at;
}

/** True if byte `at` is of one of the classes; what is before the floor or past the end is of none. */
export function is(text: Text, at: number, mask: number): boolean {
  if (at > text.reach) text.reach = at;
  return at >= text.floor && at < text.end && (CLASSES[text.bytes[at]!]! & mask) !== 0;
}

/** Byte `at`; 0 before the floor and past the end. */
export function byteAt(text: Text, at: number): number {
  if (at > text.reach) text.reach = at;
  return at >= text.floor && at < text.end ? text.bytes[at]! : 0;
}

/** Goes right over bytes of the classes, at most `most` of them. */
// oxlint-disable-next-line max-params -- hot path: an object a call is what it avoids
export function rightOver(text: Text, from: number, mask: number, most: number): number {
  const limit = Math.min(text.end, from + most);
  let at = from;
  while (at < limit && (CLASSES[text.bytes[at]!]! & mask) !== 0) at++;
  if (at > text.reach) text.reach = at;
  return at;
}

/** Goes left over bytes of the classes; gives where they begin. */
// oxlint-disable-next-line max-params -- hot path: an object a call is what it avoids
export function leftOver(text: Text, to: number, mask: number, most: number): number {
  const limit = Math.max(text.floor, to - most);
  let at = to;
  while (at > limit && (CLASSES[text.bytes[at - 1]!]! & mask) !== 0) at--;
  return at;
}

/** True if `word`, lower case ASCII letters, stands at `at` in any case. */
export function hasWord(text: Text, at: number, word: string): boolean {
  lookedAt(text, at + word.length - 1);
  if (at < text.floor || at + word.length > text.end) return false;
  for (let i = 0; i < word.length; i++) {
    if ((text.bytes[at + i]! | 32) !== word.charCodeAt(i)) return false;
  }
  return true;
}

/** `bytes[start, end)` in Latin-1, lower case. */
export function lowerText(text: Text, start: number, end: number): string {
  lookedAt(text, end - 1);
  const { bytes } = text;
  const last = Math.min(end, text.end);
  return Buffer.from(bytes.subarray(start, last)).toString("latin1").toLowerCase();
}

function classes(): Uint8Array {
  const table = new Uint8Array(256);
  const add = (characters: string, mask: number): void => {
    for (const character of characters) table[character.charCodeAt(0)]! |= mask;
  };
  const upper = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
  const letters = upper + upper.toLowerCase();
  const digits = "0123456789";
  add(digits, DIGIT);
  add(`${digits}abcdefABCDEF`, HEX);
  add(`${letters}${digits}_`, WORD);
  add(letters, LETTER);
  add(`${letters}${digits}._%+-`, LOCAL);
  add(`${letters}${digits}-`, HOST);
  add(`${letters}${digits}_-`, BASE64URL);
  add("\\/\"'<>|:*?,;()[]{}=&`", STOP);
  for (let byte = 0; byte < 32; byte++) table[byte]! |= STOP;
  for (let byte = 128; byte < 256; byte++) table[byte]! |= WORD | LOCAL;
  return table;
}
