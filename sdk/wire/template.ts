/**
 * Free text as templates (form 12): the constant words of a message once, its variable parts as
 * streams.
 *
 * A template is the message with markers in place of variable words. The variables of the rows of
 * one template are written together, those of one marker after those of another: there neighbours
 * resemble each other.
 *
 * | marker               | stands for                                  | variable             |
 * | -------------------- | ------------------------------------------- | -------------------- |
 * | `11`                 | a whole number without leading zeros        | a number             |
 * | `12`, `30` + n       | n digits, with leading zeros                | a number             |
 * | `13`                 | an IPv4 address                             | an address           |
 * | `14`, `30` + r, r × (`30` + n) | r runs of n lower-case hex digits, `-` between | hex bytes |
 * | `15`                 | any other word                              | a word               |
 * | `16`                 | the 26 digits of a token's base32           | a token              |
 *
 * | content                                                                                       |
 * | --------------------------------------------------------------------------------------------- |
 * | varint: bytes of all text; templates; indexes: template of each row                           |
 * | of each template of 24 rows or more, of each variable in it: its values in these rows          |
 * | numbers, words, addresses, tokens of all other rows: their values, row by row                 |
 * | words; varint n: addresses, 4 planes of n bytes; varint n: tokens, 16 bytes each               |
 * | varint n: hex bytes of all rows; n bytes                                                      |
 *
 * The value of a word, an address or a token is 0 for the next one that has not stood before, else
 * its place in the order of their first ones, plus 1: most occur once. Streams are as `ints.ts`
 * says. Bytes under 20 (hex) other than a tab never stand in a template themselves: a word that has
 * one is a variable. The idea of logs as templates and variables: CLP, OSDI 2021.
 *
 * @module
 */
import { type Strings, TOKEN_BYTES } from "../columns/column.ts";
import { SLACK_BYTES } from "../columns/words.ts";
import type { ByteWriter } from "./bytes.ts";
import { TemplateStreams } from "./template_streams.ts";
import { readTokenDigits, TOKEN_DIGITS } from "./template_token.ts";
import {
  CLASS,
  CONTROL,
  DASH,
  DIGIT,
  DOT,
  HEX_LETTER,
  hexPairsEnd,
  isDecimal,
  MARK_HEX,
  MARK_INT,
  MARK_IP,
  MARK_PAD,
  MARK_TOKEN,
  MARK_WORD,
  readIp,
  SEPARATOR,
} from "./template_words.ts";

const MOST_DIGITS = 15;
const FEWEST_ROWS = 16;
/** More digits of a key epoch are no part of the template. */
const MOST_EPOCH_DIGITS = 4;
const COLON = 58;

/** How often words occurred, over frames: only decides which words are constant. */
export interface WordCounts {
  readonly counts: Uint16Array;
  rows: number;
}

export function wordCounts(): WordCounts {
  return { counts: new Uint16Array(1 << 14), rows: 0 };
}

/** Splits messages into templates and streams. One instance serves all columns, one at a time. */
export class TemplateEncoder {
  readonly #streams = new TemplateStreams();
  readonly #ip = new Uint8Array(4);
  readonly #token = new Uint8Array(TOKEN_BYTES + SLACK_BYTES);
  readonly #tokenView = new DataView(this.#token.buffer);
  #template = new Uint8Array(1 << 16);
  #view = new DataView(this.#template.buffer);
  #used = 0;

  /** Writes `rows` to `out` and returns true; or false, having written nothing, if it is no gain. */
  encode(out: ByteWriter, rows: Strings, seen: WordCounts): boolean {
    const count = rows.ends.length;
    if (count < FEWEST_ROWS) return false;
    const streams = this.#streams;
    streams.clear();
    let start = 0;
    for (let row = 0; row < count; row++) {
      const end = rows.ends[row]!;
      this.#addRow(rows.bytes, start, end, seen);
      start = end;
    }
    const isGain = streams.isBounded() && streams.byteLength() < rows.bytes.length * 0.8;
    if (isGain) streams.write(out, rows.bytes.length);
    return isGain;
  }

  // oxlint-disable-next-line max-params -- the hot path
  #addRow(source: Uint8Array, start: number, end: number, seen: WordCounts): void {
    if ((++seen.rows & 0xffff) === 0) decay(seen);
    this.#ensure((end - start) * 2 + 256);
    const rare = (seen.rows / 300) | 0;
    const counts = seen.counts;
    const template = this.#template;
    let i = start;
    let used = 0;
    while (i < end) {
      let c = source[i]!;
      let kind = CLASS[c]!;
      if (kind === SEPARATOR) {
        template[used++] = c;
        i++;
        continue;
      }
      let j = i;
      let kinds = 0;
      let hash = 0;
      let write = used;
      do {
        kinds |= kind;
        template[write++] = c;
        hash = (Math.imul(hash, 31) + c) | 0;
        if (++j === end) break;
        c = source[j]!;
        kind = CLASS[c]!;
      } while (kind !== SEPARATOR);
      if ((kinds & (DIGIT | CONTROL)) === 0 && isCommon(counts, hash, rare)) {
        used = write;
      } else {
        this.#used = used;
        const pairs = j - i === 2 && source[j] === COLON ? hexPairsEnd(source, i, end) : 0;
        if (pairs > 0) {
          this.#word(source, i, pairs);
          j = pairs;
        } else if (kinds === DIGIT && source[j] === COLON && this.#tokenAfter(source, i, j, end)) {
          j += 1 + TOKEN_DIGITS;
        } else this.#variable(source, i, j, kinds);
        used = this.#used;
      }
      i = j;
    }
    const number = this.#streams.templates.numberInView(this.#view, 0, used);
    this.#streams.rowTemplates.push(number);
  }

  #ensure(bytes: number): void {
    if (bytes <= this.#template.length) return;
    this.#template = new Uint8Array(bytes * 2);
    this.#view = new DataView(this.#template.buffer);
  }

  // oxlint-disable-next-line max-params -- the hot path: an options object an event would cost more than all of it
  #variable(source: Uint8Array, i: number, j: number, kinds: number): void {
    const length = j - i;
    if (kinds === DIGIT && length <= MOST_DIGITS) this.#number(source, i, j);
    else if (kinds === (DIGIT | DOT)) this.#dotted(source, i, j);
    else if ((kinds & ~(DIGIT | HEX_LETTER | DASH)) === 0 && length >= 8 && length <= 64) {
      if (!this.#hexWord(source, i, j)) this.#word(source, i, j);
    } else this.#word(source, i, j);
  }

  /** Takes a key epoch and the token after it; false, having done nothing, where there is none. */
  // oxlint-disable-next-line max-params -- the hot path, as above
  #tokenAfter(source: Uint8Array, i: number, j: number, end: number): boolean {
    const from = j + 1;
    const to = from + TOKEN_DIGITS;
    if (to > end || j - i > MOST_EPOCH_DIGITS) return false;
    if (to < end && CLASS[source[to]!] !== SEPARATOR) return false;
    if (!readTokenDigits(source, from, this.#token)) return false;
    for (let k = i; k < from; k++) this.#mark(source[k]!);
    this.#mark(MARK_TOKEN);
    const { tokens, variables } = this.#streams;
    variables.push(tokens.numberInView(this.#tokenView, 0, TOKEN_BYTES));
    return true;
  }

  /** Digits and dots: an IPv4 address, a decimal number, or else a word. */
  #dotted(source: Uint8Array, i: number, j: number): void {
    let dots = 0;
    let dot = i;
    for (let k = i; k < j; k++) {
      if (source[k] !== 46) continue;
      if (dots++ === 0) dot = k;
    }
    if (dots === 1 && isDecimal(source, i, { dot, end: j })) {
      this.#number(source, i, dot);
      this.#mark(46);
      this.#padded(source, dot + 1, j);
    } else if (dots === 3 && readIp(source, i, { end: j, target: this.#ip })) {
      this.#streams.variables.push(this.#streams.ips.number(this.#ip, 0, 4));
      this.#mark(MARK_IP);
    } else this.#word(source, i, j);
  }

  /** Digits of which all count, leading zeros too. */
  #padded(source: Uint8Array, i: number, j: number): void {
    let value = 0;
    for (let k = i; k < j; k++) value = value * 10 + source[k]! - 48;
    this.#streams.variables.push(value);
    this.#mark(MARK_PAD);
    this.#mark(48 + j - i);
  }

  #number(source: Uint8Array, i: number, j: number): void {
    let value = 0;
    for (let k = i; k < j; k++) value = value * 10 + source[k]! - 48;
    this.#streams.variables.push(value);
    const length = j - i;
    // Two digits beside a colon are a part of a time: always padded, or 8 templates would arise.
    const clock = length === 2 && (source[i - 1] === 58 || source[j] === 58);
    if (clock || (source[i] === 48 && length > 1)) {
      this.#mark(MARK_PAD);
      this.#mark(48 + length);
    } else this.#mark(MARK_INT);
  }

  #word(source: Uint8Array, i: number, j: number): void {
    this.#streams.variables.push(this.#streams.words.numberByWords(source, i, j));
    this.#mark(MARK_WORD);
  }

  /** False, having done nothing, if the word is no runs of an even number of hex digits. */
  #hexWord(source: Uint8Array, i: number, j: number): boolean {
    let digits = 0;
    let runs = 1;
    for (let k = i; k < j; k++) {
      if (source[k] === 45) runs++;
      else digits++;
    }
    if ((digits & 1) !== 0 || runs > 8) return false;
    this.#streams.ensureHex(digits);
    this.#mark(MARK_HEX);
    this.#mark(48 + runs);
    let half = -1;
    let run = 0;
    for (let k = i; k < j; k++) {
      const c = source[k]!;
      if (c === 45) {
        this.#mark(48 + run);
        run = 0;
        continue;
      }
      run++;
      const digit = c < 58 ? c - 48 : c - 87;
      if (half < 0) half = digit;
      else {
        this.#streams.hex[this.#streams.hexUsed++] = (half << 4) | digit;
        half = -1;
      }
    }
    this.#mark(48 + run);
    return true;
  }

  #mark(byte: number): void {
    this.#template[this.#used++] = byte;
  }
}

function isCommon(counts: Uint16Array, hash: number, rare: number): boolean {
  const slot = Math.imul(hash, -1640531527) >>> 18;
  const count = counts[slot]!;
  if (count < 65_535) counts[slot] = count + 1;
  return count >= rare;
}

function decay(seen: WordCounts): void {
  const { counts } = seen;
  for (let i = 0; i < counts.length; i++) counts[i]! >>= 1;
  seen.rows = 32_768;
}
