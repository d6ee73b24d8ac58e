/**
 * Free text as templates: the constant words of a message once, its variable parts as streams.
 *
 * A template is the message with markers in place of variable words. Streams are kept by slot (the
 * position of the variable in its message), where neighbours resemble each other.
 *
 * | marker               | stands for                                  | stream               |
 * | -------------------- | ------------------------------------------- | -------------------- |
 * | `11`                 | a whole number without leading zeros        | numbers of the slot  |
 * | `12`, `30` + n       | n digits, with leading zeros                | numbers of the slot  |
 * | `13`                 | an IPv4 address                             | addresses of the slot |
 * | `14`, `30` + r, r × (`30` + n) | r runs of n lower-case hex digits, `-` between | hex bytes    |
 * | `15`                 | any other word                              | words of the slot    |
 *
 * Bytes under 20 (hex) other than a tab never stand in a template themselves: a word that has one
 * is a variable. The idea of logs as templates and variables: CLP, OSDI 2021.
 *
 * @module
 */
import { type Strings } from "../columns/column.ts";
import { Interner } from "../columns/strings.ts";
import type { ByteWriter } from "./bytes.ts";
import { writeInts } from "./ints.ts";
import {
  CLASS,
  CONTROL,
  DASH,
  DIGIT,
  DOT,
  HEX_LETTER,
  hexPairsEnd,
  isDecimal,
  readIp,
  SEPARATOR,
} from "./template_words.ts";

export const MARK_INT = 0x11;
export const MARK_PAD = 0x12;
export const MARK_IP = 0x13;
export const MARK_HEX = 0x14;
export const MARK_WORD = 0x15;
/** Slots; variables further right share the last. */
export const SLOTS = 64;
/** Most variables of the last slot: bounds what a decoder must hold. */
export const MAX_LAST_SLOT = 1 << 20;
const MOST_DIGITS = 15;
const FEWEST_ROWS = 16;

/** How often words occurred, over frames: only decides which words are constant. */
export interface WordCounts {
  readonly counts: Uint16Array;
  rows: number;
}

export function wordCounts(): WordCounts {
  return { counts: new Uint16Array(1 << 14), rows: 0 };
}

/** Numbers of one slot. */
class NumberList {
  values = new Float64Array(256);
  count = 0;

  push(value: number): void {
    if (this.count === this.values.length) {
      const grown = new Float64Array(this.count * 2);
      grown.set(this.values);
      this.values = grown;
    }
    this.values[this.count++] = value;
  }
}

/** Splits messages into templates and streams. One instance serves all columns, one at a time. */
export class TemplateEncoder {
  readonly #templates = new Interner();
  readonly #words = new Interner();
  /** IPv4 addresses, 4 bytes each. */
  readonly #ips = new Interner();
  readonly #ip = new Uint8Array(4);
  readonly #numbers: NumberList[] = [];
  readonly #wordNumbers: NumberList[] = [];
  readonly #ipNumbers: NumberList[] = [];
  readonly #rowTemplates = new NumberList();
  #hex: Buffer = Buffer.allocUnsafeSlow(1 << 12);
  #hexUsed = 0;
  #template: Buffer = Buffer.allocUnsafeSlow(1 << 16);
  #used = 0;
  #hash = 0;

  constructor() {
    for (let slot = 0; slot < SLOTS; slot++) {
      this.#numbers.push(new NumberList());
      this.#wordNumbers.push(new NumberList());
      this.#ipNumbers.push(new NumberList());
    }
  }

  /** Writes `rows` to `out` and returns true; or false, having written nothing, if it is no gain. */
  encode(out: ByteWriter, rows: Strings, seen: WordCounts): boolean {
    const count = rows.ends.length;
    if (count < FEWEST_ROWS) return false;
    this.#clear();
    let start = 0;
    for (let row = 0; row < count; row++) {
      const end = rows.ends[row]!;
      this.#addRow(rows.bytes, start, end, seen);
      start = end;
    }
    if (!this.#worthwhile(rows.bytes.length, count)) return false;
    this.#write(out, rows.bytes.length);
    return true;
  }

  #clear(): void {
    this.#templates.clear();
    this.#words.clear();
    this.#ips.clear();
    this.#rowTemplates.count = 0;
    this.#hexUsed = 0;
    for (let slot = 0; slot < SLOTS; slot++) {
      this.#numbers[slot]!.count = 0;
      this.#wordNumbers[slot]!.count = 0;
      this.#ipNumbers[slot]!.count = 0;
    }
  }

  #worthwhile(plainBytes: number, rows: number): boolean {
    const last = SLOTS - 1;
    const lists = [this.#numbers, this.#wordNumbers, this.#ipNumbers];
    if (lists.some((list) => list[last]!.count > MAX_LAST_SLOT)) return false;
    if (this.#ips.count > MAX_LAST_SLOT || this.#words.count > MAX_LAST_SLOT) return false;
    let variables = 0;
    for (let slot = 0; slot < SLOTS; slot++) {
      variables += this.#numbers[slot]!.count * 3 + this.#wordNumbers[slot]!.count * 2 +
        this.#ipNumbers[slot]!.count * 2;
    }
    const own = this.#templates.arena.used + this.#words.arena.used + this.#ips.arena.used +
      this.#hexUsed + variables + rows * 2;
    return own < plainBytes * 0.8;
  }

  // oxlint-disable-next-line max-params -- the hot path
  #addRow(source: Uint8Array, start: number, end: number, seen: WordCounts): void {
    if ((++seen.rows & 0xffff) === 0) decay(seen);
    if (this.#template.length < (end - start) * 2 + 256) {
      this.#template = Buffer.allocUnsafeSlow((end - start) * 4);
    }
    const rare = (seen.rows / 300) | 0;
    const counts = seen.counts;
    const template = this.#template;
    let slot = 0;
    let i = start;
    this.#used = 0;
    this.#hash = 0;
    while (i < end) {
      let c = source[i]!;
      let kind = CLASS[c]!;
      if (kind === SEPARATOR) {
        template[this.#used++] = c;
        this.#hash = (Math.imul(this.#hash, 31) + c) | 0;
        i++;
        continue;
      }
      let j = i;
      let kinds = 0;
      let hash = 0;
      let write = this.#used;
      do {
        kinds |= kind;
        template[write++] = c;
        hash = (Math.imul(hash, 31) + c) | 0;
        if (++j === end) break;
        c = source[j]!;
        kind = CLASS[c]!;
      } while (kind !== SEPARATOR);
      if ((kinds & (DIGIT | CONTROL)) === 0 && isCommon(counts, hash, rare)) {
        this.#used = write;
        this.#hash = (Math.imul(this.#hash, 1_000_003) + hash) | 0;
      } else {
        const pairs = j - i === 2 && source[j] === 58 ? hexPairsEnd(source, i, end) : 0;
        if (pairs > 0) {
          this.#wordNumbers[slot]!.push(this.#words.number(source, i, pairs));
          this.#mark(MARK_WORD);
          slot = next(slot);
          j = pairs;
        } else slot = this.#variable(source, i, j, kinds, hash, slot);
      }
      i = j;
    }
    this.#rowTemplates.push(
      this.#templates.numberHashed(template, 0, this.#used, this.#hash),
    );
  }

  /** Takes one variable word; gives the slot of the next. */
  // oxlint-disable-next-line max-params -- the hot path: an options object an event would cost more than all of it
  #variable(source: Uint8Array, i: number, j: number, kinds: number, hash: number, slot: number) {
    const length = j - i;
    if (kinds === DIGIT && length <= MOST_DIGITS) this.#number(source, i, j, slot);
    else if (kinds === (DIGIT | DOT)) return this.#dotted(source, i, j, hash, slot);
    else if ((kinds & ~(DIGIT | HEX_LETTER | DASH)) === 0 && length >= 8 && length <= 64) {
      if (!this.#hexWord(source, i, j)) this.#word(source, i, j, hash, slot);
    } else this.#word(source, i, j, hash, slot);
    return next(slot);
  }

  /** Digits and dots: an IPv4 address, a decimal number, or else a word. */
  // oxlint-disable-next-line max-params -- the hot path, as above
  #dotted(source: Uint8Array, i: number, j: number, hash: number, slot: number): number {
    let dots = 0;
    let dot = i;
    for (let k = i; k < j; k++) {
      if (source[k] !== 46) continue;
      if (dots++ === 0) dot = k;
    }
    if (dots === 1) {
      if (isDecimal(source, i, { dot, end: j })) {
        this.#number(source, i, dot, slot);
        this.#mark(46);
        const after = next(slot);
        this.#padded(source, dot + 1, j, after);
        return next(after);
      }
    } else if (dots === 3 && readIp(source, i, { end: j, target: this.#ip })) {
      this.#ipNumbers[slot]!.push(this.#ips.number(this.#ip, 0, 4));
      this.#mark(MARK_IP);
      return next(slot);
    }
    this.#word(source, i, j, hash, slot);
    return next(slot);
  }

  /** Digits of which all count, leading zeros too. */
  // oxlint-disable-next-line max-params -- the hot path, as above
  #padded(source: Uint8Array, i: number, j: number, slot: number): void {
    let value = 0;
    for (let k = i; k < j; k++) value = value * 10 + source[k]! - 48;
    this.#numbers[slot]!.push(value);
    this.#mark(MARK_PAD);
    this.#mark(48 + j - i);
  }

  // oxlint-disable-next-line max-params -- the hot path
  #number(source: Uint8Array, i: number, j: number, slot: number): void {
    let value = 0;
    for (let k = i; k < j; k++) value = value * 10 + source[k]! - 48;
    this.#numbers[slot]!.push(value);
    const length = j - i;
    // Two digits beside a colon are a part of a time: always padded, or 8 templates would arise.
    const clock = length === 2 && (source[i - 1] === 58 || source[j] === 58);
    if (clock || (source[i] === 48 && length > 1)) {
      this.#mark(MARK_PAD);
      this.#mark(48 + length);
    } else this.#mark(MARK_INT);
  }

  // oxlint-disable-next-line max-params -- the hot path, as above
  #word(source: Uint8Array, i: number, j: number, hash: number, slot: number): void {
    this.#wordNumbers[slot]!.push(this.#words.numberHashed(source, i, j, hash));
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
    if (this.#hexUsed + digits > this.#hex.length) {
      this.#hex = Buffer.concat([this.#hex, Buffer.allocUnsafe(this.#hex.length + digits)]);
    }
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
        this.#hex[this.#hexUsed++] = (half << 4) | digit;
        half = -1;
      }
    }
    this.#mark(48 + run);
    return true;
  }

  #mark(byte: number): void {
    this.#template[this.#used++] = byte;
    this.#hash = (Math.imul(this.#hash, 31) + byte) | 0;
  }

  #write(out: ByteWriter, plainBytes: number): void {
    const list = (numbers: NumberList): void => {
      out.varint(numbers.count);
      writeInts(out, numbers.values.subarray(0, numbers.count));
    };
    out.varint(plainBytes);
    writeStrings(out, this.#templates.arena.view());
    writeStrings(out, this.#words.arena.view());
    list(this.#rowTemplates);
    const { bytes, ends } = this.#ips.arena.view();
    out.varint(ends.length);
    for (let k = 0; k < 4; k++) {
      out.ensure(ends.length);
      for (let n = 0; n < ends.length; n++) out.bytes[out.used++] = bytes[n * 4 + k]!;
    }
    for (const lists of [this.#numbers, this.#wordNumbers, this.#ipNumbers]) {
      let used = SLOTS;
      while (used > 0 && lists[used - 1]!.count === 0) used--;
      out.varint(used);
      for (let slot = 0; slot < used; slot++) list(lists[slot]!);
    }
    out.varint(this.#hexUsed);
    out.raw(this.#hex.subarray(0, this.#hexUsed));
  }
}

/** Writes entries: how many, their lengths as numbers, their bytes. */
export function writeStrings(out: ByteWriter, strings: Strings): void {
  const { ends } = strings;
  const lengths = new Uint32Array(ends.length);
  let before = 0;
  for (let i = 0; i < ends.length; i++) {
    lengths[i] = ends[i]! - before;
    before = ends[i]!;
  }
  out.varint(ends.length);
  writeInts(out, lengths);
  out.raw(strings.bytes);
}

function next(slot: number): number {
  return slot < SLOTS - 1 ? slot + 1 : slot;
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
