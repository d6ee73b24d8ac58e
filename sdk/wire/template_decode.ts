/**
 * Reads what `template.ts` wrote: free text from templates and streams.
 *
 * @module
 */
import { entryBytes, type Strings } from "../columns/column.ts";
import { BodyError, type ByteReader } from "./bytes.ts";
import { readIndexes, readInts } from "./ints.ts";
import {
  MARK_HEX,
  MARK_INT,
  MARK_IP,
  MARK_PAD,
  MARK_WORD,
  MAX_LAST_SLOT,
  SLOTS,
} from "./template_streams.ts";

/** Most bytes of text of one column: bounds what a small hostile column can blow up to. */
const MAX_TEXT_BYTES = 32 * 1024 * 1024;
/** Most entries of one list of strings. */
const MAX_STRINGS = 1 << 20;

interface Streams {
  readonly templates: Strings;
  readonly words: Strings;
  readonly numbers: readonly Cursor<Float64Array>[];
  readonly wordNumbers: readonly Cursor<Uint32Array>[];
  /** 4 planes: all first bytes of the addresses, all second ones, … */
  readonly ips: Uint8Array;
  readonly ipNumbers: readonly Cursor<Uint32Array>[];
  readonly hex: Uint8Array;
  hexAt: number;
}

interface Cursor<T> {
  readonly values: T;
  at: number;
}

interface Output {
  readonly bytes: Uint8Array;
  used: number;
}

/**
 * Reads the text of `rows` rows.
 *
 * @throws {BodyError} If the streams do not fit together exactly.
 */
export function readTemplates(input: ByteReader, rows: number): Strings {
  const textBytes = input.varint();
  if (textBytes > MAX_TEXT_BYTES) throw new BodyError("Cannot read body: a text is too long");
  const templates = readStrings(input);
  const words = readStrings(input);
  if (input.varint() !== rows) throw new BodyError("Cannot read body: rows of a text are missing");
  const rowTemplates = readIndexes(input, rows, templates.ends.length - 1);
  const ipCount = input.varint();
  if (ipCount > MAX_STRINGS) throw new BodyError("Cannot read body: too many addresses");
  const ips = input.take(ipCount * 4);
  const streams: Streams = {
    templates,
    words,
    numbers: readSlots(input, rows, (n) => readInts(input, n)),
    wordNumbers: readSlots(input, rows, (n) => readIndexes(input, n, words.ends.length - 1)),
    ips,
    ipNumbers: readSlots(input, rows, (n) => readIndexes(input, n, ipCount - 1)),
    hex: input.take(input.varint()),
    hexAt: 0,
  };
  const out: Output = { bytes: new Uint8Array(textBytes), used: 0 };
  const ends = new Uint32Array(rows);
  for (let row = 0; row < rows; row++) {
    fill(out, entryBytes(templates, rowTemplates[row]!), streams);
    ends[row] = out.used;
  }
  if (out.used !== textBytes) throw new BodyError("Cannot read body: a text has another length");
  return { bytes: out.bytes, ends };
}

/**
 * Reads entries that `writeStrings` wrote.
 *
 * @throws {BodyError} If there are more of them than bytes left could hold.
 */
export function readStrings(input: ByteReader): Strings {
  const count = input.varint();
  if (count > MAX_STRINGS) throw new BodyError("Cannot read body: too many strings");
  const lengths = readInts(input, count);
  const ends = new Uint32Array(count);
  let end = 0;
  for (let i = 0; i < count; i++) {
    const length = lengths[i]!;
    if (length < 0 || length > input.left) throw new BodyError("Cannot read body: a bad length");
    end += length;
    if (end > input.left) throw new BodyError("Cannot read body: strings are past its end");
    ends[i] = end;
  }
  return { bytes: input.take(end), ends };
}

/** A row has at most one variable in each slot but the last, which takes all the rest. */
function readSlots<T>(input: ByteReader, rows: number, read: (n: number) => T): Cursor<T>[] {
  const used = input.varint();
  if (used > SLOTS) throw new BodyError("Cannot read body: too many slots");
  const slots: Cursor<T>[] = [];
  for (let slot = 0; slot < used; slot++) {
    const count = input.varint();
    const most = slot < SLOTS - 1 ? rows : MAX_LAST_SLOT;
    if (count > most) throw new BodyError("Cannot read body: too many variables");
    slots.push({ values: read(count), at: 0 });
  }
  return slots;
}

function fill(out: Output, template: Uint8Array, streams: Streams): void {
  let slot = 0;
  for (let i = 0; i < template.length; i++) {
    const byte = template[i]!;
    switch (byte) {
      case MARK_INT:
        putNumber(out, next(streams.numbers[slot]), 0);
        break;
      case MARK_PAD:
        putNumber(out, next(streams.numbers[slot]), (template[++i] ?? 48) - 48);
        break;
      case MARK_WORD:
        put(out, entryBytes(streams.words, next(streams.wordNumbers[slot])));
        break;
      case MARK_IP:
        putIp(out, streams.ips, next(streams.ipNumbers[slot]));
        break;
      case MARK_HEX:
        i = putHex(out, template, i + 1, streams);
        break;
      default:
        if (out.used === out.bytes.length) tooLong();
        out.bytes[out.used++] = byte;
        continue;
    }
    if (slot < SLOTS - 1) slot++;
  }
}

function next(stream: Cursor<Float64Array> | Cursor<Uint32Array> | undefined): number {
  const value = stream?.values[stream.at++];
  if (value === undefined) throw new BodyError("Cannot read body: a variable is missing");
  return value;
}

function put(out: Output, bytes: Uint8Array): void {
  if (out.used + bytes.length > out.bytes.length) tooLong();
  out.bytes.set(bytes, out.used);
  out.used += bytes.length;
}

function putNumber(out: Output, value: number, padTo: number): void {
  if (value < 0 || padTo < 0) throw new BodyError("Cannot read body: a variable is negative");
  let width = 1;
  for (let most = 10; value >= most; most *= 10) width++;
  if (padTo > width) width = padTo;
  if (out.used + width > out.bytes.length) tooLong();
  let at = out.used + width;
  let high = value;
  // Beyond 31 bits a number is no integer to the processor.
  for (; high > 0x7fff_ffff; high = Math.floor(high / 10)) out.bytes[--at] = 48 + (high % 10);
  for (let rest = high | 0; at > out.used;) {
    const tens = (rest / 10) | 0;
    out.bytes[--at] = 48 + rest - tens * 10;
    rest = tens;
  }
  out.used += width;
}

function putIp(out: Output, ips: Uint8Array, number: number): void {
  const count = ips.length / 4;
  for (let k = 0; k < 4; k++) {
    if (k > 0) put(out, DOT);
    putNumber(out, ips[k * count + number]!, 0);
  }
}

/** Writes runs of hex digits; returns where its description in the template ends. */
// oxlint-disable-next-line max-params -- the hot path of decoding
function putHex(out: Output, template: Uint8Array, at: number, streams: Streams): number {
  const runs = (template[at] ?? 48) - 48;
  let low = false;
  for (let run = 1; run <= runs; run++) {
    if (run > 1) put(out, DASH);
    for (let n = (template[at + run] ?? 48) - 48; n > 0; n--) {
      const pair = streams.hex[streams.hexAt];
      if (pair === undefined) throw new BodyError("Cannot read body: hex digits are missing");
      const digit = low ? pair & 15 : pair >> 4;
      if (low) streams.hexAt++;
      low = !low;
      if (out.used === out.bytes.length) tooLong();
      out.bytes[out.used++] = digit < 10 ? 48 + digit : 87 + digit;
    }
  }
  return at + Math.max(runs, 0);
}

const DASH = new Uint8Array([45]);
const DOT = new Uint8Array([46]);

function tooLong(): never {
  throw new BodyError("Cannot read body: a text has another length");
}
