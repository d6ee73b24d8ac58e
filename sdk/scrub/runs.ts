/**
 * Looks through a text for what may be another encoding of something: escapes, zeros, and runs of the
 * digits of hex and base64.
 *
 * @module
 */

/** Bytes `[start, end)` of a text. */
export interface Range {
  readonly start: number;
  readonly end: number;
}

export interface Run extends Range {
  readonly isHex: boolean;
  readonly isBase64: boolean;
}

export interface Survey {
  /** Which of {@link ESCAPE} and {@link NUL} are there. */
  readonly seen: number;
  readonly runs: readonly Run[];
}

/** `%` and `\`. */
export const ESCAPE = 32;
export const NUL = 64;

const PERCENT = 37;
const BACKSLASH = 92;
const UPPER = 1;
const LOWER = 2;
const DIGIT = 4;
/** Any other digit of base64 or base64url. */
const OTHER = 8;
const NO_HEX = 16;
const IN_RUN = UPPER | LOWER | DIGIT | OTHER;
const CLASSES = classes();

/** Shorter runs hold no value of three bytes. */
const LEAST_RUN = 6;
const NO_RUNS: readonly Run[] = [];

/** Runs of at least so many digits. */
export interface LeastRun {
  readonly hex: number;
  readonly base64: number;
}

const ANY_RUN: LeastRun = { hex: LEAST_RUN, base64: LEAST_RUN };

/** Surveys `bytes[start, end)`. */
export function surveyOf(bytes: Uint8Array, start: number, end: number): Survey {
  let runs: Run[] | undefined;
  let seen = 0;
  let from = start;
  let first = 0;
  let rest = 0;
  for (let at = start; at <= end; at++) {
    const mask = at < end ? CLASSES[bytes[at]!]! : 0;
    if ((mask & IN_RUN) !== 0) {
      if (at === from) first = mask;
      else rest |= mask;
      continue;
    }
    seen |= mask;
    if (at - from >= LEAST_RUN) {
      const run = runOf({ start: from, end: at }, { first, rest, least: ANY_RUN });
      if (run !== undefined) (runs ??= []).push(run);
    }
    from = at + 1;
    rest = 0;
  }
  return { seen, runs: runs ?? NO_RUNS };
}

/**
 * The runs of at least `least` digits in `bytes[start, end)`. Where such a run may be, one byte in as
 * many tells: the others are not looked at.
 */
// oxlint-disable-next-line max-params -- hot path: an object a text is what it avoids
export function longRunsIn(
  bytes: Uint8Array,
  start: number,
  end: number,
  least: LeastRun,
): readonly Run[] {
  const step = Math.min(least.hex, least.base64);
  let runs: Run[] | undefined;
  let done = start;
  for (let at = start + step - 1; at < end;) {
    if ((CLASSES[bytes[at]!]! & IN_RUN) === 0) {
      at += step;
      continue;
    }
    let from = at;
    while (from > done && (CLASSES[bytes[from - 1]!]! & IN_RUN) !== 0) from--;
    while (at < end && (CLASSES[bytes[at]!]! & IN_RUN) !== 0) at++;
    if (at - from >= step) {
      const first = CLASSES[bytes[from]!]!;
      const rest = classesOf(bytes, from + 1, at);
      const run = runOf({ start: from, end: at }, { first, rest, least });
      if (run !== undefined) (runs ??= []).push(run);
    }
    done = at;
    at += step;
  }
  return runs ?? NO_RUNS;
}

function classesOf(bytes: Uint8Array, start: number, end: number): number {
  let mask = 0;
  for (let at = start; at < end; at++) mask |= CLASSES[bytes[at]!]!;
  return mask;
}

/** True of a digit of hex or base64. */
export function isInRun(byte: number): boolean {
  return (CLASSES[byte]! & IN_RUN) !== 0;
}

function runOf(
  { start, end }: Range,
  { first, rest, least }: {
    readonly first: number;
    readonly rest: number;
    readonly least: LeastRun;
  },
): Run | undefined {
  const length = end - start;
  const isHex = length >= least.hex && ((first | rest) & (NO_HEX | OTHER)) === 0;
  // A word, with or without a capital, is none: text in base64 mixes digits or cases, two of the
  // three classes at least. The digits of a card may come without any small letter.
  const mixed = rest & (UPPER | LOWER | DIGIT);
  const isBase64 = length >= least.base64 && (mixed & (mixed - 1)) !== 0;
  return isHex || isBase64 ? { start, end, isHex, isBase64 } : undefined;
}

/** True if `bytes[start, end)` has an escape. */
export function hasEscape(bytes: Uint8Array, start: number, end: number): boolean {
  for (let at = start; at < end; at++) {
    const byte = bytes[at]!;
    if ((byte === PERCENT || byte === BACKSLASH) && escapeAt(bytes, at, end)[1] > 1) return true;
  }
  return false;
}

/** What stands at `at`, and how long it is: `%41`, `\u0041`, `\x41`, a surrogate pair, or a byte. */
export function escapeAt(bytes: Uint8Array, at: number, end: number): readonly [number, number] {
  const byte = bytes[at]!;
  if (byte === PERCENT) {
    const value = hexAt(bytes, at + 1, 2, end);
    if (value >= 0) return [value, 3];
  }
  const letter = byte === BACKSLASH && at + 1 < end ? bytes[at + 1]! | 32 : 0;
  if (letter === 120) {
    const value = hexAt(bytes, at + 2, 2, end);
    if (value >= 0) return [value, 4];
  }
  if (letter === 117) return unitAt(bytes, at, end);
  return [byte, 1];
}

function unitAt(bytes: Uint8Array, at: number, end: number): readonly [number, number] {
  const value = hexAt(bytes, at + 2, 4, end);
  if (value < 0) return [bytes[at]!, 1];
  if (value >= 0xd800 && value < 0xdc00 && at + 6 < end && bytes[at + 6] === BACKSLASH) {
    const low = hexAt(bytes, at + 8, 4, end);
    if (low >= 0xdc00 && low < 0xe000) {
      return [0x10000 + ((value - 0xd800) << 10) + (low - 0xdc00), 12];
    }
  }
  return [value, 6];
}

/** The number of `digits` hex digits at `at`; -1 if they are none, or not all before `end`. */
// oxlint-disable-next-line max-params -- hot path: an object a byte is what it avoids
export function hexAt(bytes: Uint8Array, at: number, digits: number, end: number): number {
  if (at + digits > end) return -1;
  let value = 0;
  for (let i = at; i < at + digits; i++) {
    const byte = bytes[i]!;
    const lower = byte | 32;
    if (byte >= 48 && byte <= 57) value = value * 16 + byte - 48;
    else if (lower >= 97 && lower <= 102) value = value * 16 + lower - 87;
    else return -1;
  }
  return value;
}

function classes(): Uint8Array {
  const table = new Uint8Array(256);
  for (let byte = 65; byte <= 90; byte++) table[byte] = UPPER | (byte > 70 ? NO_HEX : 0);
  for (let byte = 97; byte <= 122; byte++) table[byte] = LOWER | (byte > 102 ? NO_HEX : 0);
  for (let byte = 48; byte <= 57; byte++) table[byte] = DIGIT;
  for (const byte of Buffer.from("+/-_")) table[byte] = OTHER;
  table[PERCENT] = ESCAPE;
  table[BACKSLASH] = ESCAPE;
  table[0] = NUL;
  return table;
}
