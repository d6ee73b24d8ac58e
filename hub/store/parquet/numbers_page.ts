/**
 * The pages of columns of numbers, times, booleans and row numbers.
 *
 * @module
 */
import type { ByteWriter } from "../../../sdk/wire/bytes.ts";
import { writeDeltas } from "./delta.ts";
import type { BoolPart, CountPart, IntegerPart, NonePart, NumberPart } from "./leaf.ts";

const WORD = 4_294_967_296;

/** Least and greatest value that was written, as little-endian bytes of the column's type. */
export interface Bounds {
  readonly least: Uint8Array;
  readonly most: Uint8Array;
}

/** Writes plain INT64 values; gives their bounds, undefined where there is no value. */
export function writeInt64(out: ByteWriter, parts: readonly IntegerPart[]): Bounds | undefined {
  const start = out.used;
  for (const part of parts) {
    out.ensure(part.rows * 8);
    if (part.form === "same") writeSame(out, part.value, part.rows);
    else if (part.form === "number") writeNumbers(out, part.values);
    else if (part.form === "time") writeTimes(out, part.ms, part.ticks);
    else if (part.form === "wide") writeWide(out, part.values, part.absent);
  }
  return boundsOf(out.bytes.subarray(start, out.used));
}

/** Writes plain INT32 values. */
export function writeInt32(out: ByteWriter, parts: readonly (NonePart | NumberPart)[]): void {
  for (const part of parts) {
    if (part.form === "none") continue;
    out.ensure(part.rows * 4);
    const { bytes } = out;
    let at = out.used;
    for (let row = 0; row < part.rows; row++) {
      const value = part.values[row]!;
      if (value !== value) continue;
      bytes[at] = value;
      bytes[at + 1] = value >> 8;
      bytes[at + 2] = value >> 16;
      bytes[at + 3] = value >> 24;
      at += 4;
    }
    out.used = at;
  }
}

/** Writes plain DOUBLE values. */
export function writeDoubles(out: ByteWriter, parts: readonly (NonePart | NumberPart)[]): void {
  for (const part of parts) {
    if (part.form === "none") continue;
    out.ensure(part.rows * 8);
    const { values } = part;
    const present = values.includes(NaN) ? values.filter((value) => value === value) : values;
    out.raw(new Uint8Array(present.buffer, present.byteOffset, present.byteLength));
  }
}

/** Writes plain BOOLEAN values: one bit each, least first. */
export function writeBooleans(out: ByteWriter, parts: readonly (NonePart | BoolPart)[]): void {
  let bits = 0;
  let count = 0;
  for (const part of parts) {
    if (part.form === "none") continue;
    for (let row = 0; row < part.rows; row++) {
      const value = part.values[row]!;
      if (value === 2) continue;
      bits |= value << (count & 7);
      if ((++count & 7) === 0) {
        out.byte(bits);
        bits = 0;
      }
    }
  }
  if ((count & 7) !== 0) out.byte(bits);
}

/** Writes 0, 1, 2, … of each part as DELTA_BINARY_PACKED. */
export function writeCounts(out: ByteWriter, parts: readonly CountPart[]): void {
  let rows = 0;
  for (const part of parts) rows += part.rows;
  const values = new Int32Array(rows);
  let at = 0;
  for (const part of parts) for (let row = 0; row < part.rows; row++) values[at++] = row;
  writeDeltas(out, values, rows);
}

function writeSame(out: ByteWriter, value: bigint, rows: number): void {
  const start = out.used;
  out.bytes.writeBigInt64LE(value, start);
  const end = start + rows * 8;
  for (let at = start + 8; at < end; at += 8) out.bytes.copyWithin(at, start, start + 8);
  out.used = end;
}

function writeNumbers(out: ByteWriter, values: Float64Array): void {
  const { bytes } = out;
  let at = out.used;
  for (let row = 0; row < values.length; row++) {
    const value = values[row]!;
    if (value !== value) continue;
    const high = Math.floor(value / WORD);
    put(bytes, at, value - high * WORD, high);
    at += 8;
  }
  out.used = at;
}

/**
 * A tick count is beyond 2^53: it is built from two halves of the milliseconds, each times 10,000
 * exact in a double.
 */
function writeTimes(out: ByteWriter, ms: Float64Array, ticks: Uint16Array | undefined): void {
  const { bytes } = out;
  let at = out.used;
  for (let row = 0; row < ms.length; row++) {
    const value = ms[row]!;
    if (value !== value) continue;
    const upper = Math.floor(value / 65_536);
    const low = (value - upper * 65_536) * 10_000 + (ticks === undefined ? 0 : ticks[row]!);
    const middle = upper * 10_000 + Math.floor(low / 65_536);
    const high = Math.floor(middle / 65_536);
    put(bytes, at, (middle - high * 65_536) * 65_536 + (low % 65_536), high);
    at += 8;
  }
  out.used = at;
}

function writeWide(
  out: ByteWriter,
  values: BigInt64Array,
  absent: Uint8Array | undefined,
): void {
  for (let row = 0; row < values.length; row++) {
    if (absent?.[row] !== 1) out.used = out.bytes.writeBigInt64LE(values[row]!, out.used);
  }
}

// oxlint-disable-next-line max-params -- a codec's innermost function: an object a value is dear
function put(bytes: Uint8Array, at: number, low: number, high: number): void {
  bytes[at] = low;
  bytes[at + 1] = low / 256;
  bytes[at + 2] = low / 65_536;
  bytes[at + 3] = low / 16_777_216;
  bytes[at + 4] = high;
  bytes[at + 5] = high >> 8;
  bytes[at + 6] = high >> 16;
  bytes[at + 7] = high >> 24;
}

function boundsOf(values: Uint8Array): Bounds | undefined {
  if (values.length === 0) return undefined;
  // A copy: the writer's buffer need not be aligned to 4 bytes.
  const words = new Int32Array(new Uint8Array(values).buffer);
  let least = 0;
  let most = 0;
  for (let i = 2; i < words.length; i += 2) {
    if (isBelow(words, i, least)) least = i;
    if (isBelow(words, most, i)) most = i;
  }
  return {
    least: new Uint8Array(values.subarray(least * 4, least * 4 + 8)),
    most: new Uint8Array(values.subarray(most * 4, most * 4 + 8)),
  };
}

/** Whether the 64-bit number at word `a` is below that at word `b`; the low words are unsigned. */
function isBelow(words: Int32Array, a: number, b: number): boolean {
  const highA = words[a + 1]!;
  const highB = words[b + 1]!;
  return highA < highB || (highA === highB && words[a]! >>> 0 < words[b]! >>> 0);
}
