/**
 * The shape of a message: its words (`template.ts`) as bytes, made in one pass over the bytes of a
 * column, without strings. Messages of one shape have the same words.
 *
 * Each word is followed by a space, and the byte 1 stands for a parameter: neither is in a word.
 *
 * @module
 */
import { MOST_WORDS } from "./template.ts";

const SPACE = 32;
const MARK = 1;
const COLON = 58;
const ZERO = 48;
const SMALL_X = 120;
const LESS = 60;
const STAR = 42;
const GREATER = 62;
/** Kinds of bytes, one bit each. */
const DIGIT = 1;
const HEX_LETTER = 2;
const LETTER = 4;
const ALPHANUMERIC = DIGIT | HEX_LETTER | LETTER;
const JOINER = 8;
/** The last byte of its word. */
const END = 16;
const BLANK = 32;
/** In tokens: what kinds end with, what the last part is of, and what may not follow it. */
const KIND_END = 64;
const BASE32 = 128;
const LOWER_OR_DIGIT = 256;
const KINDS = Uint16Array.from({ length: 256 }, (_, byte) => {
  const char = String.fromCharCode(byte);
  const is = (kind: number, of: RegExp): number => of.test(char) ? kind : 0;
  return is(DIGIT, /[0-9]/) | is(HEX_LETTER, /[a-fA-F]/) | is(LETTER, /[g-zG-Z]/) |
    is(JOINER, /[.:/_-]/) | is(END, /[:=,]/) | (byte <= SPACE ? BLANK : 0) |
    is(KIND_END, /[a-z_]/) | is(BASE32, /[a-z2-7]/) | is(LOWER_OR_DIGIT, /[a-z0-9]/);
});
const BASE32_LENGTH = 26;

/** Room for one shape, used again for the next. */
export class Shape {
  /** The first {@link length} are the shape's. */
  readonly bytes: Uint8Array;
  /** The same, four at a time. */
  readonly #fours: Int32Array;
  #length = 0;
  /** Where the words begin. */
  readonly #starts = new Int32Array(MOST_WORDS);

  /** For messages of at most `mostBytes`. */
  constructor(mostBytes: number) {
    // A parameter is no longer than what it stands for; each word has a space more.
    this.#fours = new Int32Array(Math.ceil(mostBytes / 2) + 1);
    this.bytes = new Uint8Array(this.#fours.buffer);
  }

  get length(): number {
    return this.#length;
  }

  /** Takes the message that is `bytes[from, to)`. */
  take(bytes: Uint8Array, from: number, to: number): void {
    const starts = this.#starts;
    let words = 0;
    this.#length = 0;
    for (let i = from; i < to && words < MOST_WORDS;) {
      if (bytes[i]! <= SPACE) {
        i++;
        continue;
      }
      const token = this.#isToken(words) ? lastPartEnd(bytes, i, to) : 0;
      if (token > 0) {
        words -= 1;
        i = token;
        this.#length = starts[words - 1]!;
        this.bytes[this.#length++] = MARK;
      } else {
        starts[words++] = this.#length;
        i = this.#word(bytes, i, to);
      }
      this.bytes[this.#length++] = SPACE;
    }
    // The rest of the last four.
    for (let n = this.#length; (n & 3) !== 0; n++) this.bytes[n] = 0;
  }

  /** Of the shape and `seed`, 32 bits. */
  hash(seed: number): number {
    const fours = this.#fours;
    const count = (this.#length + 3) >>> 2;
    let hash = seed ^ this.#length;
    for (let i = 0; i < count; i++) {
      hash = Math.imul(hash ^ fours[i]!, 0x9e3779b1);
      hash ^= hash >>> 15;
    }
    return hash;
  }

  /** Its bytes, to be compared with others. */
  copy(): Int32Array {
    return this.#fours.slice(0, (this.#length + 3) >>> 2);
  }

  /** True if `other` is a copy of a shape with the same bytes. */
  equals(other: Int32Array): boolean {
    const fours = this.#fours;
    if (other.length !== (this.#length + 3) >>> 2) return false;
    for (let i = 0; i < other.length; i++) if (other[i] !== fours[i]) return false;
    return true;
  }

  /** Adds the word that begins at `start`, without a space; gives where it ends. */
  #word(bytes: Uint8Array, start: number, to: number): number {
    const out = this.bytes;
    const begin = this.#length;
    let n = begin;
    let seen = 0;
    let i = start;
    while (i < to) {
      const byte = bytes[i]!;
      const kind = KINDS[byte]!;
      if ((kind & ALPHANUMERIC) !== 0) {
        const run = n;
        let kinds = 0;
        for (; i < to && (KINDS[bytes[i]!]! & ALPHANUMERIC) !== 0; i++) {
          kinds |= KINDS[bytes[i]!]!;
          out[n++] = bytes[i]!;
        }
        if ((kinds & DIGIT) !== 0) {
          n = (kinds & LETTER) === 0 ? maskHex(out, run) : maskRun(out, run, n);
        }
        seen |= kinds;
        continue;
      }
      if ((kind & BLANK) !== 0) break;
      i++;
      out[n++] = byte;
      if ((kind & END) !== 0) break;
      if (byte === GREATER) n = maskWritten(out, begin, n);
    }
    this.#length = (seen & DIGIT) === 0 ? n : join(out, begin, n);
    return i;
  }

  /** True if the last two of `words` are the `KIND:` and `EPOCH:` of a token. */
  #isToken(words: number): boolean {
    const epoch = this.#length - 3;
    const out = this.bytes;
    if (words < 2 || out[epoch + 1] !== COLON || out[epoch] !== MARK) return false;
    return this.#starts[words - 1] === epoch && out[epoch - 2] === COLON &&
      (KINDS[out[epoch - 3] ?? SPACE]! & KIND_END) !== 0;
  }
}

/** Where the word at `start` ends, if it begins as the last part of a token does; or 0. */
function lastPartEnd(bytes: Uint8Array, start: number, to: number): number {
  let i = start;
  const end = start + BASE32_LENGTH;
  if (end > to) return 0;
  for (; i < end; i++) if ((KINDS[bytes[i]!]! & BASE32) === 0) return 0;
  if (i < to && (KINDS[bytes[i]!]! & LOWER_OR_DIGIT) !== 0) return 0;
  for (; i < to; i++) {
    const kind = KINDS[bytes[i]!]!;
    if ((kind & BLANK) !== 0) return i;
    if ((kind & END) !== 0) return i + 1;
  }
  return to;
}

function maskHex(out: Uint8Array, at: number): number {
  out[at] = MARK;
  return at + 1;
}

/** Makes parameters of letters and digits with a digit among them; gives where they end. */
function maskRun(out: Uint8Array, from: number, to: number): number {
  if (isPrefixedHex(out, from, to)) return maskHex(out, from);
  let n = from;
  let before = 0;
  for (let i = from; i < to; i++) {
    const byte = out[i]!;
    const digit = KINDS[byte]! & DIGIT;
    if (digit === 0) out[n++] = byte;
    else if (before === 0) out[n++] = MARK;
    before = digit;
  }
  return n;
}

/** `0x` and digits. */
function isPrefixedHex(out: Uint8Array, from: number, to: number): boolean {
  if (to - from < 3 || out[from] !== ZERO || out[from + 1] !== SMALL_X) return false;
  for (let i = from + 2; i < to; i++) if ((KINDS[out[i]!]! & LETTER) !== 0) return false;
  return true;
}

/** A parameter that was written as `<*>` is one, too. */
function maskWritten(out: Uint8Array, begin: number, n: number): number {
  if (n - begin < 3 || out[n - 3] !== LESS || out[n - 2] !== STAR) return n;
  out[n - 3] = MARK;
  return n - 2;
}

/** Parameters with one joining byte between them, or none, become one; gives where it ends. */
function join(out: Uint8Array, from: number, to: number): number {
  let n = from;
  for (let i = from; i < to;) {
    const byte = out[i++]!;
    out[n++] = byte;
    if (byte === MARK) i = afterParameters(out, i, to);
  }
  return n;
}

function afterParameters(out: Uint8Array, from: number, to: number): number {
  let i = from;
  for (;;) {
    if (i < to && out[i] === MARK) i++;
    else if (i + 1 < to && out[i + 1] === MARK && (KINDS[out[i]!]! & JOINER) !== 0) i += 2;
    else return i;
  }
}
