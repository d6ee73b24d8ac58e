/**
 * The shape of a message: its words (`template.ts`) as bytes, made in one pass over the bytes of a
 * column, without strings. Messages of one shape have the same words.
 *
 * Each word is followed by a space, and the byte 1 stands for a parameter: neither is in a word.
 *
 * @module
 */
import { MOST_WORDS } from "./template.ts";

const [SPACE, MARK] = [32, 1];
const [LESS, STAR, GREATER] = [60, 42, 62];
/** Kinds of bytes: a word ends before what is no more than a space, and after what ends one. */
const [OTHER, DIGIT, HEX_LETTER, LETTER, JOINER, END] = [0, 1, 2, 3, 4, 5];
const KINDS = Uint8Array.from({ length: 256 }, (_, byte) => {
  const char = String.fromCharCode(byte);
  if (/[0-9]/.test(char)) return DIGIT;
  if (/[a-fA-F]/.test(char)) return HEX_LETTER;
  if (/[a-zA-Z]/.test(char)) return LETTER;
  if (/[:=,]/.test(char)) return END;
  return /[./_-]/.test(char) ? JOINER : OTHER;
});
const [COLON, ZERO, SMALL_X, UNDERSCORE] = [58, 48, 120, 95];
const BASE32_LENGTH = 26;
/** FNV-1a. */
const [HASH_START, HASH_PRIME] = [0x811c9dc5, 0x01000193];

/** Room for one shape, used again for the next. */
export class Shape {
  /** The first `length` are the shape's. */
  readonly bytes: Uint8Array;
  length = 0;
  /** Where the words begin. */
  readonly #starts = new Int32Array(MOST_WORDS);
  #words = 0;
  /** The word that is read has something in it that may be a parameter. */
  #isPlain = true;

  /** For messages of at most `mostBytes`. */
  constructor(mostBytes: number) {
    // A parameter is no longer than what it stands for; each word has a space more.
    this.bytes = new Uint8Array(2 * mostBytes + 1);
  }

  /** Takes the message that is `bytes[from, to)`. */
  take(bytes: Uint8Array, from: number, to: number): void {
    this.length = 0;
    this.#words = 0;
    this.#isPlain = true;
    let start = from;
    for (let i = from; i < to && this.#words < MOST_WORDS; i++) {
      const byte = bytes[i]!;
      const kind = KINDS[byte]!;
      if (kind === DIGIT || byte === LESS) this.#isPlain = false;
      if (byte > SPACE && kind !== END) continue;
      this.#add(bytes, start, byte > SPACE ? i + 1 : i);
      start = i + 1;
    }
    if (this.#words < MOST_WORDS) this.#add(bytes, start, to);
  }

  /** Of the shape and `seed`, 32 bits. */
  hash(seed: number): number {
    let hash = HASH_START ^ seed;
    for (let i = 0; i < this.length; i++) hash = Math.imul(hash ^ this.bytes[i]!, HASH_PRIME);
    return hash;
  }

  /** True if `other` has its bytes. */
  equals(other: Uint8Array): boolean {
    if (other.length !== this.length) return false;
    for (let i = 0; i < other.length; i++) if (other[i] !== this.bytes[i]) return false;
    return true;
  }

  #add(bytes: Uint8Array, start: number, end: number): void {
    if (end <= start) return;
    if (this.#isToken(bytes, start, end)) {
      this.#words -= 2;
      this.length = this.#starts[this.#words]!;
      this.#begin();
      this.bytes[this.length++] = MARK;
    } else {
      this.#begin();
      if (this.#isPlain) this.#copy(bytes, start, end);
      else this.#mask(bytes, start, end);
    }
    this.bytes[this.length++] = SPACE;
    this.#isPlain = true;
  }

  #begin(): void {
    this.#starts[this.#words++] = this.length;
  }

  #copy(bytes: Uint8Array, start: number, end: number): void {
    for (let i = start; i < end; i++) this.bytes[this.length++] = bytes[i]!;
  }

  /** The last part of a token: two words `KIND:` and `EPOCH:` stand before it. */
  #isToken(bytes: Uint8Array, start: number, end: number): boolean {
    if (end - start < BASE32_LENGTH || this.#words < 2) return false;
    const epoch = this.#starts[this.#words - 1]!;
    if (this.length - epoch !== 3 || this.bytes[epoch] !== MARK) return false;
    if (this.bytes[epoch + 1] !== COLON || !isKind(this.bytes, epoch)) return false;
    for (let i = start; i < start + BASE32_LENGTH; i++) {
      if (!isBase32(bytes[i]!)) return false;
    }
    return end - start === BASE32_LENGTH || !isLowerOrDigit(bytes[start + BASE32_LENGTH]!);
  }

  #mask(bytes: Uint8Array, start: number, end: number): void {
    const from = this.length;
    let hasDigit = false;
    for (let i = start; i < end;) {
      const kind = KINDS[bytes[i]!]!;
      if (kind >= DIGIT && kind <= LETTER) {
        const to = runEnd(bytes, i, end);
        if (this.#run(bytes, i, to)) hasDigit = true;
        i = to;
      } else if (isParameter(bytes, i, end)) {
        this.bytes[this.length++] = MARK;
        i += 3;
      } else this.bytes[this.length++] = bytes[i++]!;
    }
    if (hasDigit) this.#join(from);
  }

  /** Letters and digits; true if there was a digit. */
  #run(bytes: Uint8Array, from: number, to: number): boolean {
    let hasDigit = false;
    const isHex0x = to - from > 2 && bytes[from] === ZERO && bytes[from + 1] === SMALL_X;
    let isHex = true;
    for (let i = from; i < to; i++) {
      const kind = KINDS[bytes[i]!]!;
      if (kind === DIGIT) hasDigit = true;
      else if (kind === LETTER && !(isHex0x && i === from + 1)) isHex = false;
    }
    if (hasDigit && isHex) {
      this.bytes[this.length++] = MARK;
      return true;
    }
    let wasDigit = false;
    for (let i = from; i < to; i++) {
      const isDigit = KINDS[bytes[i]!] === DIGIT;
      if (!isDigit) this.bytes[this.length++] = bytes[i]!;
      else if (!wasDigit) this.bytes[this.length++] = MARK;
      wasDigit = isDigit;
    }
    return hasDigit;
  }

  /** Parameters with one joining byte between them, or none, become one. */
  #join(from: number): void {
    const { bytes, length } = this;
    let kept = from;
    for (let i = from; i < length;) {
      const byte = bytes[i++]!;
      bytes[kept++] = byte;
      if (byte !== MARK) continue;
      for (;;) {
        if (i < length && bytes[i] === MARK) i++;
        else if (i + 1 < length && bytes[i + 1] === MARK && isJoiner(bytes[i]!)) i += 2;
        else break;
      }
    }
    this.length = kept;
  }
}

/** `<*>` as it was written. */
function isParameter(bytes: Uint8Array, at: number, end: number): boolean {
  return at + 2 < end && bytes[at] === LESS && bytes[at + 1] === STAR && bytes[at + 2] === GREATER;
}

function runEnd(bytes: Uint8Array, from: number, end: number): number {
  let to = from + 1;
  for (; to < end; to++) {
    const kind = KINDS[bytes[to]!]!;
    if (kind < DIGIT || kind > LETTER) break;
  }
  return to;
}

/** True if the word that ends with a space before `next` ends with a kind and a colon. */
function isKind(bytes: Uint8Array, next: number): boolean {
  return bytes[next - 2] === COLON && isKindByte(bytes[next - 3] ?? SPACE);
}

function isKindByte(byte: number): boolean {
  return (byte >= 97 && byte <= 122) || byte === UNDERSCORE;
}

function isBase32(byte: number): boolean {
  return (byte >= 97 && byte <= 122) || (byte >= 50 && byte <= 55);
}

function isLowerOrDigit(byte: number): boolean {
  return (byte >= 97 && byte <= 122) || (byte >= ZERO && byte <= 57);
}

function isJoiner(byte: number): boolean {
  return KINDS[byte] === JOINER || byte === COLON;
}
