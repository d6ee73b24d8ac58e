/**
 * Parquet's RLE / bit-packing hybrid: definition levels and dictionary indexes.
 *
 * Parquet format, "Encodings: RLE and bit-packing hybrid". Widths are whole bytes but for levels:
 * a packed run is then a plain copy, and zstd finds more in it than in packed bits.
 *
 * @module
 */
import type { ByteWriter } from "../../../sdk/wire/bytes.ts";

/** `rows` times the same `value`, of `width` bytes. */
// oxlint-disable-next-line max-params -- a codec's innermost function: an object a value is dear
export function writeRun(out: ByteWriter, rows: number, value: number, width: number): void {
  if (rows === 0) return;
  out.varint(rows * 2);
  out.ensure(width);
  for (let k = 0; k < width; k++) out.bytes[out.used++] = value >>> (8 * k);
}

/** Bytes that an index below `count` needs. */
export function indexWidth(count: number): number {
  if (count <= 0x100) return 1;
  if (count <= 0x10000) return 2;
  return count <= 0x1000000 ? 3 : 4;
}

/**
 * Writes `indexes` without the absent ones (0), each as `index - 1 + base`.
 *
 * A packed run has a multiple of 8 values: what is left over goes out as runs of one.
 */
export function writeIndexes(
  out: ByteWriter,
  indexes: Uint32Array,
  { base, width, present }: {
    readonly base: number;
    readonly width: number;
    readonly present: number;
  },
): void {
  const packed = present - (present % 8);
  if (packed > 0) out.varint((packed >>> 3) * 2 + 1);
  out.ensure(packed * width);
  let row = 0;
  if (width === 1) row = packBytes(out, indexes, { base, packed });
  else row = packWide(out, indexes, { base, width, packed });
  for (; row < indexes.length; row++) {
    const index = indexes[row]!;
    if (index !== 0) writeRun(out, 1, index - 1 + base, width);
  }
}

function packBytes(
  out: ByteWriter,
  indexes: Uint32Array,
  { base, packed }: { readonly base: number; readonly packed: number },
): number {
  const { bytes } = out;
  let at = out.used;
  const end = at + packed;
  const shift = base - 1;
  let row = 0;
  while (at < end) {
    const index = indexes[row++]!;
    if (index !== 0) bytes[at++] = index + shift;
  }
  out.used = end;
  return row;
}

function packWide(
  out: ByteWriter,
  indexes: Uint32Array,
  { base, width, packed }: {
    readonly base: number;
    readonly width: number;
    readonly packed: number;
  },
): number {
  const { bytes } = out;
  let at = out.used;
  const end = at + packed * width;
  const shift = base - 1;
  let row = 0;
  while (at < end) {
    const index = indexes[row++]!;
    if (index === 0) continue;
    const value = index + shift;
    bytes[at] = value;
    bytes[at + 1] = value >>> 8;
    if (width > 2) bytes[at + 2] = value >>> 16;
    if (width > 3) bytes[at + 3] = value >>> 24;
    at += width;
  }
  out.used = end;
  return row;
}

/** Writes one level bit a row from `absent`, one byte a row, 1 where there is no value. */
export function writeLevels(out: ByteWriter, absent: Uint8Array): void {
  const rows = absent.length;
  const packed = rows - (rows % 8);
  if (packed > 0) out.varint((packed >>> 3) * 2 + 1);
  out.ensure(packed >>> 3);
  let row = 0;
  while (row < packed) {
    let bits = 0;
    for (let k = 0; k < 8; k++) bits |= (1 - absent[row++]!) << k;
    out.bytes[out.used++] = bits;
  }
  for (; row < rows; row++) writeRun(out, 1, 1 - absent[row]!, 1);
}
