/**
 * Turns the msgpack values of a dynamic column into JSON text, bytes to bytes.
 *
 * msgpack spec: nil, bool, integers, floats, str, array, map. Extensions, bin and nesting over 32
 * are refused: such a value is absent in the store, and the ledger keeps the bytes.
 *
 * @module
 */
import type { Strings } from "../../sdk/columns/column.ts";
import { ByteWriter } from "../../sdk/wire/bytes.ts";

const MAX_DEPTH = 32;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** JSON text of each entry of `rows`; `absent` also marks those that are no such msgpack. */
export interface JsonStrings {
  readonly strings: Strings;
  readonly absent: Uint8Array | undefined;
}

/** Gives the JSON text of `rows`, one msgpack value each. */
export function jsonStrings(rows: Strings, absent: Uint8Array | undefined): JsonStrings {
  const count = rows.ends.length;
  const out = new ByteWriter();
  out.ensure(rows.bytes.length * 2);
  const input = new Input(rows.bytes);
  const ends = new Uint32Array(count);
  let flags = absent;
  for (let row = 0; row < count; row++) {
    const start = row === 0 ? 0 : rows.ends[row - 1]!;
    if (absent?.[row] !== 1 && !writeValue(out, input.of(start, rows.ends[row]!))) {
      if (flags === absent) {
        flags = absent === undefined ? new Uint8Array(count) : new Uint8Array(absent);
      }
      flags![row] = 1;
    }
    ends[row] = out.used;
  }
  return { strings: { bytes: out.view(), ends }, absent: flags };
}

/** False, and nothing written, if the entry is not one value. */
function writeValue(out: ByteWriter, input: Input): boolean {
  const start = out.used;
  try {
    transcode(input, out, 0);
    if (input.at === input.end) return true;
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
  }
  out.used = start;
  return false;
}

/** One entry at a time of the bytes of all. */
class Input {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  at = 0;
  end = 0;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** This, at the entry from `start` to `end`. */
  of(start: number, end: number): this {
    this.at = start;
    this.end = Math.min(end, this.bytes.length);
    return this;
  }

  /** Moves on by `size`; gives where it was. */
  skip(size: number): number {
    const { at } = this;
    this.at += size;
    if (this.at > this.end) throw new RangeError("Cannot read msgpack: it ends too early");
    return at;
  }

  /** A big-endian unsigned number of `size` bytes. */
  uint(size: number): number {
    let at = this.skip(size);
    let value = 0;
    for (let k = 0; k < size; k++) value = value * 256 + this.bytes[at++]!;
    return value;
  }
}

function transcode(input: Input, out: ByteWriter, depth: number): void {
  if (depth > MAX_DEPTH) throw new RangeError("Cannot read msgpack: it is nested too deep");
  const head = input.uint(1);
  if (head < 0x80) writeWhole(out, head);
  else if (head < 0x90) writeMap(input, out, head & 15, depth);
  else if (head < 0xa0) writeArray(input, out, head & 15, depth);
  else if (head < 0xc0) writeString(input, out, head & 31);
  else if (head >= 0xe0) writeAscii(out, String(head - 256));
  else writeHeaded(input, out, head, depth);
}

// oxlint-disable-next-line max-params -- a codec's inner function: an object a value is dear
function writeHeaded(input: Input, out: ByteWriter, head: number, depth: number): void {
  switch (head) {
    case 0xc0:
      return writeAscii(out, "null");
    case 0xc2:
      return writeAscii(out, "false");
    case 0xc3:
      return writeAscii(out, "true");
    case 0xca:
      return writeReal(out, input.view.getFloat32(input.skip(4)));
    case 0xcb:
      return writeReal(out, input.view.getFloat64(input.skip(8)));
    case 0xcc:
    case 0xcd:
    case 0xce:
      return writeWhole(out, input.uint(1 << (head - 0xcc)));
    case 0xcf:
      return writeAscii(out, String(input.view.getBigUint64(input.skip(8))));
    case 0xd0:
      return writeAscii(out, String(input.view.getInt8(input.skip(1))));
    case 0xd1:
      return writeAscii(out, String(input.view.getInt16(input.skip(2))));
    case 0xd2:
      return writeAscii(out, String(input.view.getInt32(input.skip(4))));
    case 0xd3:
      return writeAscii(out, String(input.view.getBigInt64(input.skip(8))));
    case 0xd9:
    case 0xda:
    case 0xdb:
      return writeString(input, out, input.uint(1 << (head - 0xd9)));
    case 0xdc:
    case 0xdd:
      return writeArray(input, out, input.uint(head === 0xdc ? 2 : 4), depth);
    case 0xde:
    case 0xdf:
      return writeMap(input, out, input.uint(head === 0xde ? 2 : 4), depth);
    default:
      throw new RangeError(`Cannot read msgpack: byte ${head} starts no JSON value`);
  }
}

// oxlint-disable-next-line max-params -- as above
function writeArray(input: Input, out: ByteWriter, length: number, depth: number): void {
  out.byte(0x5b);
  for (let i = 0; i < length; i++) {
    if (i > 0) out.byte(0x2c);
    transcode(input, out, depth + 1);
  }
  out.byte(0x5d);
}

// oxlint-disable-next-line max-params -- as above
function writeMap(input: Input, out: ByteWriter, length: number, depth: number): void {
  out.byte(0x7b);
  for (let i = 0; i < length; i++) {
    if (i > 0) out.byte(0x2c);
    const start = out.used;
    transcode(input, out, MAX_DEPTH);
    if (out.bytes[start] !== QUOTE) quote(out, start);
    out.byte(0x3a);
    transcode(input, out, depth + 1);
  }
  out.byte(0x7d);
}

/** Makes the number or word written from `start` on a JSON string. */
function quote(out: ByteWriter, start: number): void {
  out.ensure(2);
  out.bytes.copyWithin(start + 1, start, out.used);
  out.bytes[start] = QUOTE;
  out.used++;
  out.byte(QUOTE);
}

function writeString(input: Input, out: ByteWriter, length: number): void {
  const start = input.skip(length);
  const end = start + length;
  const source = input.bytes;
  out.ensure(length * 6 + 2);
  const target = out.bytes;
  let at = out.used;
  target[at++] = QUOTE;
  for (let i = start; i < end; i++) {
    const byte = source[i]!;
    if (byte < 0x20) {
      at += target.write(`\\u00${byte < 16 ? "0" : ""}${byte.toString(16)}`, at, "latin1");
      continue;
    }
    if (byte === QUOTE || byte === BACKSLASH) target[at++] = BACKSLASH;
    target[at++] = byte;
  }
  target[at++] = QUOTE;
  out.used = at;
}

/** JSON has no NaN and no infinities: they are null. */
function writeReal(out: ByteWriter, value: number): void {
  writeAscii(out, Number.isFinite(value) ? String(value) : "null");
}

/** A whole number from 0 to 2^32 - 1. */
function writeWhole(out: ByteWriter, value: number): void {
  let digits = 1;
  for (let bound = 10; value >= bound; bound *= 10) digits++;
  out.ensure(digits);
  out.used += digits;
  let rest = value;
  for (let at = out.used; digits > 0; digits--) {
    const tens = Math.floor(rest / 10);
    out.bytes[--at] = 0x30 + rest - tens * 10;
    rest = tens;
  }
}

function writeAscii(out: ByteWriter, text: string): void {
  out.ensure(text.length);
  for (let i = 0; i < text.length; i++) out.bytes[out.used++] = text.charCodeAt(i);
}
