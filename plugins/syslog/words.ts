/**
 * Words of a message: where they end, and what they stand for.
 *
 * @module
 */
const SPACE = 32;
const DASH = 45;
const MAX_INT = 2_147_483_647;

export function wordEnd(bytes: Uint8Array, at: number, end: number): number {
  let i = at;
  while (i < end && bytes[i] !== SPACE) i++;
  return i;
}

export function isNil(bytes: Uint8Array, at: number, end: number): boolean {
  return end === at + 1 && bytes[at] === DASH;
}

/** A whole number that an int column holds, or NaN. */
export function number(bytes: Uint8Array, at: number, end: number): number {
  let value = 0;
  for (let i = at; i < end; i++) {
    const digit = bytes[i]! - 48;
    if (!(digit >= 0 && digit <= 9)) return NaN;
    value = value * 10 + digit;
  }
  return at < end && value <= MAX_INT ? value : NaN;
}

/** Past the byte order mark that RFC 5424 §6.4 puts before UTF-8. */
export function afterMark(bytes: Uint8Array, at: number): number {
  const isMark = bytes[at] === 0xef && bytes[at + 1] === 0xbb && bytes[at + 2] === 0xbf;
  return isMark ? at + 3 : at;
}

/** Whether a message in the Common Event Format begins at `at`: `CEF:0|`, `CEF: 1|`. */
export function isCef(bytes: Uint8Array, at: number): boolean {
  if (bytes[at] !== 67 || bytes[at + 1] !== 69 || bytes[at + 2] !== 70 || bytes[at + 3] !== 58) {
    return false;
  }
  const version = bytes[at + 4] === SPACE ? at + 5 : at + 4;
  const digit = bytes[version]! - 48;
  return digit >= 0 && digit <= 9;
}
