/**
 * Writes Parquet's RLE / bit-packing hybrid and DELTA_BINARY_PACKED in bits, not bytes: for files
 * that stay. `levels.ts` and `delta.ts` are cheaper to write and larger.
 *
 * Parquet format, "Encodings".
 *
 * @module
 */
import type { ByteWriter } from "../../../sdk/wire/bytes.ts";

const BLOCK = 128;
const MINI = 32;
const WORD = 4_294_967_296;
/** A block whose least difference is further from that of all would be too wide with it. */
const COMMON_SPAN = 2 ** 31;
/** Runs of this length on average are cheaper as runs. */
const WORTH_RUNS = 16;

/** Bits that a number below `count` needs. */
export function bitsFor(count: number): number {
  return count <= 1 ? 0 : 32 - Math.clz32(count - 1);
}

/** Writes `values`, none of more than `width` bits. */
export function writeHybrid(out: ByteWriter, values: Uint32Array, width: number): void {
  let runs = 1;
  for (let i = 1; i < values.length; i++) if (values[i] !== values[i - 1]) runs++;
  if (values.length / runs >= WORTH_RUNS) writeRuns(out, values, width);
  else if (values.length > 0) {
    out.varint(Math.ceil(values.length / 8) * 2 + 1);
    pack(out, values, width);
  }
}

function writeRuns(out: ByteWriter, values: Uint32Array, width: number): void {
  const valueBytes = Math.ceil(width / 8);
  for (let start = 0; start < values.length;) {
    const value = values[start]!;
    let end = start + 1;
    while (end < values.length && values[end] === value) end++;
    out.varint((end - start) * 2);
    out.ensure(valueBytes);
    for (let k = 0; k < valueBytes; k++) out.bytes[out.used++] = value >>> (8 * k);
    start = end;
  }
}

/** A multiple of eight values; what is missing is zero. */
function pack(out: ByteWriter, values: Uint32Array, width: number): void {
  const bytes = Math.ceil(values.length / 8) * width;
  out.ensure(bytes);
  out.bytes.fill(0, out.used, out.used + bytes);
  const bits = new BitWriter(out.bytes, out.used);
  for (let i = 0; i < values.length; i++) bits.put(values[i]!, width);
  bits.flush();
  out.used += bytes;
}

/**
 * Writes 64-bit numbers, two words each with the low one first, as their differences, each in a
 * multiple of `step` bits. False, and nothing written, where two neighbours are 2^51 or more apart.
 */
export function writeDeltas64(out: ByteWriter, words: Int32Array, step: number): boolean {
  const count = words.length / 2;
  const deltas = new Float64Array(Math.max(0, count - 1));
  for (let i = 0; i < deltas.length; i++) {
    const high = words[i * 2 + 3]! - words[i * 2 + 1]!;
    const delta = high * WORD + (words[i * 2 + 2]! >>> 0) - (words[i * 2]! >>> 0);
    if (Math.abs(delta) >= 2 ** 51) return false;
    deltas[i] = delta;
  }
  writeHead(out, count);
  // Twice a number of 53 bits is no longer exact.
  const first = count === 0 ? 0n : (BigInt(words[1]!) << 32n) | BigInt(words[0]! >>> 0);
  writeBigZigzag(out, first);
  writeBlocks(out, deltas, step);
  return true;
}

/** Writes whole numbers of 32 bits as their differences, in multiples of `step` bits; always true. */
export function writeDeltas32(out: ByteWriter, values: Int32Array, step: number): boolean {
  writeHead(out, values.length);
  out.zigzag(values.length === 0 ? 0 : values[0]!);
  const deltas = new Float64Array(Math.max(0, values.length - 1));
  for (let i = 0; i < deltas.length; i++) deltas[i] = values[i + 1]! - values[i]!;
  writeBlocks(out, deltas, step);
  return true;
}

function writeHead(out: ByteWriter, count: number): void {
  out.varint(BLOCK);
  out.varint(BLOCK / MINI);
  out.varint(count);
}

function writeBigZigzag(out: ByteWriter, value: bigint): void {
  let rest = value >= 0n ? value * 2n : -value * 2n - 1n;
  while (rest > 127n) {
    out.byte(Number(rest & 127n) | 128);
    rest >>= 7n;
  }
  out.byte(Number(rest));
}

function writeBlocks(out: ByteWriter, deltas: Float64Array, step: number): void {
  // In whole bytes what repeats is found by zstd, but only where all blocks count from one number.
  const common = step === 1 ? -Infinity : leastIn(deltas, 0, deltas.length);
  for (let start = 0; start < deltas.length; start += BLOCK) {
    const end = Math.min(start + BLOCK, deltas.length);
    const own = leastIn(deltas, start, end);
    const least = own - common < COMMON_SPAN ? common : own;
    out.zigzag(least);
    out.ensure(BLOCK / MINI + BLOCK * 8);
    const widths = out.used;
    out.used += BLOCK / MINI;
    out.bytes.fill(0, widths, out.used);
    for (let from = start, k = 0; from < end; from += MINI, k++) {
      const to = Math.min(from + MINI, end);
      out.bytes[widths + k] = writeMini(out, deltas, { from, to, least, step });
    }
  }
}

function leastIn(deltas: Float64Array, start: number, end: number): number {
  let least = deltas[start]!;
  for (let i = start + 1; i < end; i++) if (deltas[i]! < least) least = deltas[i]!;
  return least;
}

/** Gives the width in bits; what is missing of a mini block is zero. */
function writeMini(
  out: ByteWriter,
  deltas: Float64Array,
  { from, to, least, step }: {
    readonly from: number;
    readonly to: number;
    readonly least: number;
    readonly step: number;
  },
): number {
  let most = deltas[from]!;
  for (let i = from + 1; i < to; i++) if (deltas[i]! > most) most = deltas[i]!;
  const width = Math.ceil(wideBitsFor(most - least) / step) * step;
  if (width === 0) return 0;
  const end = out.used + (MINI * width) / 8;
  out.bytes.fill(0, out.used, end);
  if (width % 8 === 0 && width <= 32) {
    let at = out.used;
    for (let i = from; i < to; i++) {
      const value = deltas[i]! - least;
      for (let shift = 0; shift < width; shift += 8) out.bytes[at++] = value >>> shift;
    }
  } else {
    const bits = new BitWriter(out.bytes, out.used);
    for (let i = from; i < to; i++) bits.putWide(deltas[i]! - least, width);
    bits.flush();
  }
  out.used = end;
  return width;
}

/** Bits of a number up to 2^53. */
function wideBitsFor(most: number): number {
  const high = Math.floor(most / WORD);
  return high > 0 ? 64 - Math.clz32(high) : 32 - Math.clz32(most);
}

/** Puts numbers end to end, least bit first. */
class BitWriter {
  readonly #bytes: Uint8Array;
  #at: number;
  #held = 0;
  #count = 0;

  constructor(bytes: Uint8Array, at: number) {
    this.#bytes = bytes;
    this.#at = at;
  }

  put(value: number, width: number): void {
    if (width > 24) {
      this.put(value & 0xffff, 16);
      this.put(value >>> 16, width - 16);
      return;
    }
    this.#held |= value << this.#count;
    this.#count += width;
    while (this.#count >= 8) {
      this.#bytes[this.#at++] = this.#held;
      this.#held >>>= 8;
      this.#count -= 8;
    }
  }

  /** Of up to 53 bits. */
  putWide(value: number, width: number): void {
    if (width <= 24) this.put(value, width);
    else {
      const high = Math.floor(value / 16_777_216);
      this.put(value - high * 16_777_216, 24);
      this.putWide(high, width - 24);
    }
  }

  flush(): void {
    if (this.#count > 0) this.#bytes[this.#at] = this.#held;
  }
}
