/**
 * Reads Parquet's RLE / bit-packing hybrid and DELTA_BINARY_PACKED.
 *
 * Parquet format, "Encodings". Lengths and widths come from a file: none leads past its end.
 *
 * @module
 */
import type { ByteReader } from "../wire/bytes.ts";
import { ParquetError } from "./parquet_error.ts";

const MAX_WIDTH = 32;
const WORD = 4_294_967_296;

/** Reads `count` values of `width` bits from `reader`. */
export function readHybrid(reader: ByteReader, width: number, count: number): Uint32Array {
  if (width > MAX_WIDTH) throw new ParquetError("format", `Cannot read page: ${width} bits`);
  const values = new Uint32Array(count);
  const valueBytes = Math.ceil(width / 8);
  for (let at = 0; at < count;) {
    const head = reader.varint();
    const length = Math.floor(head / 2);
    if (head % 2 === 0) {
      const end = Math.min(count, at + length);
      values.fill(littleEndian(reader.take(valueBytes)), at, end);
      if (length === 0) throw new ParquetError("format", "Cannot read page: an empty run");
      at = end;
    } else {
      const end = Math.min(count, at + length * 8);
      unpack(reader.take(length * width), values, { at, end, width });
      if (length === 0) throw new ParquetError("format", "Cannot read page: an empty run");
      at = end;
    }
  }
  return values;
}

/** Reads DELTA_BINARY_PACKED numbers of up to 32 bits: lengths and row numbers. */
export function readDeltas32(reader: ByteReader): Int32Array {
  const head = deltaHead(reader);
  const values = new Int32Array(head.count);
  let value = reader.zigzag();
  if (head.count > 0) values[0] = value;
  readDeltas(reader, head, (row, delta) => {
    value += delta;
    values[row] = value;
  });
  return values;
}

/** Reads DELTA_BINARY_PACKED numbers of 64 bits, two words each, the low one first. */
export function readDeltas64(reader: ByteReader): Int32Array {
  const head = deltaHead(reader);
  const words = new Int32Array(head.count * 2);
  const first = zigzag64(reader);
  let high = Number(first >> 32n);
  let low = Number(first & 0xffff_ffffn);
  if (head.count > 0) {
    words[0] = low;
    words[1] = high;
  }
  readDeltas(reader, head, (row, delta) => {
    const upper = Math.floor(delta / WORD);
    low += delta - upper * WORD;
    high += upper;
    if (low >= WORD) {
      low -= WORD;
      high++;
    }
    words[row * 2] = low;
    words[row * 2 + 1] = high;
  });
  return words;
}

function zigzag64(reader: ByteReader): bigint {
  let value = 0n;
  for (let shift = 0n; shift < 70n; shift += 7n) {
    const byte = reader.byte();
    value |= BigInt(byte & 127) << shift;
    if (byte < 128) return BigInt.asIntN(64, (value >> 1n) ^ -(value & 1n));
  }
  throw new ParquetError("format", "Cannot read page: a number does not end");
}

interface DeltaHead {
  readonly block: number;
  readonly minis: number;
  readonly count: number;
}

function deltaHead(reader: ByteReader): DeltaHead {
  const head = { block: reader.varint(), minis: reader.varint(), count: reader.varint() };
  const mini = head.block / head.minis;
  if (!(mini > 0) || mini % 32 !== 0 || head.count > 2 ** 27) {
    throw new ParquetError("format", "Cannot read page: no blocks of differences");
  }
  return head;
}

/** Calls `take` for each row but the first. */
function readDeltas(
  reader: ByteReader,
  { block, minis, count }: DeltaHead,
  take: (row: number, delta: number) => void,
): void {
  const mini = block / minis;
  for (let row = 1; row < count;) {
    const least = reader.zigzag();
    const widths = reader.take(minis);
    for (let k = 0; k < minis && row < count; k++) {
      const width = widths[k]!;
      const end = Math.min(count, row + mini);
      const packed = reader.take((mini * width) / 8);
      let bit = 0;
      for (; row < end; row++, bit += width) take(row, least + bitsAt(packed, bit, width));
    }
  }
}

/** Up to 53 bits, least first. */
function bitsAt(bytes: Uint8Array, bit: number, width: number): number {
  let value = 0;
  let scale = 1;
  let at = bit >>> 3;
  let skip = bit & 7;
  for (let left = width; left > 0;) {
    const taken = Math.min(8 - skip, left);
    value += ((bytes[at++]! >>> skip) & ((1 << taken) - 1)) * scale;
    scale *= 1 << taken;
    left -= taken;
    skip = 0;
  }
  return value;
}

function unpack(
  bytes: Uint8Array,
  values: Uint32Array,
  { at, end, width }: { readonly at: number; readonly end: number; readonly width: number },
): void {
  let row = at;
  if (width === 8) { for (let k = 0; row < end; k++) values[row++] = bytes[k]!; }
  else if (width === 16) {
    for (let k = 0; row < end; k += 2) values[row++] = bytes[k]! | (bytes[k + 1]! << 8);
  } else for (let bit = 0; row < end; bit += width) values[row++] = bitsAt(bytes, bit, width);
}

function littleEndian(bytes: Uint8Array): number {
  let value = 0;
  for (let k = bytes.length; k-- > 0;) value = value * 256 + bytes[k]!;
  return value;
}
