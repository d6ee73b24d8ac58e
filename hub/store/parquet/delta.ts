/**
 * Parquet's DELTA_BINARY_PACKED for 32-bit numbers: lengths of strings, numbers of rows.
 *
 * Parquet format, "Encodings: Delta encoding". Widths are whole bytes, as in `levels.ts`; a block
 * whose differences are all equal takes six bytes for 128 values.
 *
 * @module
 */
import type { ByteWriter } from "../../../sdk/wire/bytes.ts";

const BLOCK = 128;
const MINI = 32;

/** Writes `values[0, count)`, none of them negative. */
export function writeDeltas(out: ByteWriter, values: Int32Array, count: number): void {
  out.varint(BLOCK);
  out.varint(BLOCK / MINI);
  out.varint(count);
  out.zigzag(count === 0 ? 0 : values[0]!);
  for (let start = 1; start < count; start += BLOCK) {
    writeBlock(out, values, { start, end: Math.min(start + BLOCK, count) });
  }
}

function writeBlock(
  out: ByteWriter,
  values: Int32Array,
  { start, end }: { readonly start: number; readonly end: number },
): void {
  let least = Infinity;
  for (let i = start; i < end; i++) {
    const delta = values[i]! - values[i - 1]!;
    if (delta < least) least = delta;
  }
  out.zigzag(least);
  out.ensure(BLOCK / MINI + BLOCK * 4);
  const { bytes } = out;
  const widths = out.used;
  out.used += BLOCK / MINI;
  for (let k = 0; k < BLOCK / MINI; k++) {
    const from = start + k * MINI;
    bytes[widths + k] = from < end
      ? writeMini(out, values, { from, end: Math.min(from + MINI, end), least })
      : 0;
  }
}

/** Gives the width in bits; a mini block that is not full is filled up with zeros. */
function writeMini(
  out: ByteWriter,
  values: Int32Array,
  { from, end, least }: { readonly from: number; readonly end: number; readonly least: number },
): number {
  let most = 0;
  for (let i = from; i < end; i++) {
    const distance = values[i]! - values[i - 1]! - least;
    if (distance > most) most = distance;
  }
  if (most === 0) return 0;
  const width = most < 0x100 ? 1 : most < 0x10000 ? 2 : 4;
  const { bytes } = out;
  bytes.fill(0, out.used, out.used + MINI * width);
  let at = out.used;
  for (let i = from; i < end; i++) {
    let rest = values[i]! - values[i - 1]! - least;
    for (let k = 0; k < width; k++) {
      bytes[at++] = rest % 256;
      rest = Math.floor(rest / 256);
    }
  }
  out.used += MINI * width;
  return width * 8;
}
