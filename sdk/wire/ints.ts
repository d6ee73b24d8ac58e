/**
 * Streams of whole numbers: as distances from the least, in as many byte planes as they need.
 *
 * | offset | size  | content                                                             |
 * | -----: | ----: | ------------------------------------------------------------------- |
 * |      0 |     1 | width w (0 to 7) in bytes, plus 8 if differences are stored          |
 * |      1 | 1…8   | zigzag varint: the first value (differences), else the least value   |
 * |        | 0…8   | differences only: zigzag varint of the least difference              |
 * |        | w × n | plane k has byte k (least first) of each of the n distances          |
 *
 * Planes compress better than varints (the high ones are mostly zero) and have no branch a value.
 * With differences there are n - 1 distances. Head 16: n doubles, little-endian, where the values
 * span over 2^53 - 1.
 *
 * Indexes of which each is at most one more than all before it, and the first at most 1, may begin
 * with a byte 17: in the stream that follows 0 stands for that next one, and i + 1 for i. Where most
 * entries occur once, most indexes are 0. Since version 2 of the frame.
 *
 * @module
 */
import { BodyError, type ByteReader, type ByteWriter } from "./bytes.ts";

const DELTA = 8;
const DOUBLES = 16;
const NEXT_IS_0 = 17;
/** Where all indexes fit into one byte there is little to gain. */
const FEWEST_ENTRIES = 256;
const MAX_INDEX = 0xffff_ffff;
/** With three bytes more it is still an index. */
const MOST_NARROW = 1 << 30;

interface Range {
  readonly least: number;
  readonly width: number;
}

/** Writes `values` (whole, up to 2^53 - 1), as differences where that is narrower. */
export function writeInts(out: ByteWriter, values: Float64Array | Uint32Array): void {
  const n = values.length;
  if (n === 0) return;
  const plain = rangeOf(values, false);
  const delta = plain.width > 1 && n > 1 ? rangeOf(values, true) : plain;
  if (Math.min(plain.width, delta.width) > 7) writeDoubles(out, values);
  else if (delta.width < plain.width) {
    out.byte(delta.width | DELTA);
    out.zigzag(values[0]!);
    out.zigzag(delta.least);
    writePlanes(out, differences(values), delta);
  } else {
    out.byte(plain.width);
    out.zigzag(plain.least);
    writePlanes(out, values, plain);
  }
}

/** Reads `n` values. */
export function readInts(input: ByteReader, n: number): Float64Array {
  const values = new Float64Array(n);
  if (n === 0) return values;
  const head = input.byte();
  const width = head & 7;
  if (head > DOUBLES) throw new BodyError("Cannot read body: a stream of numbers has a bad head");
  const first = head === DOUBLES ? 0 : input.zigzag();
  let most = Infinity;
  if (head === DOUBLES) readDoubles(input, values);
  else if ((head & DELTA) === 0) {
    readPlanes(input, { values, width, least: first });
    most = Math.abs(first) + 256 ** width;
  } else {
    const least = input.zigzag();
    readPlanes(input, { values: values.subarray(1), width, least });
    values[0] = first;
    for (let i = 1; i < n; i++) values[i]! += values[i - 1]!;
    most = Math.abs(first) + n * (Math.abs(least) + 256 ** width);
  }
  if (most > Number.MAX_SAFE_INTEGER) checkSafe(values);
  return values;
}

function checkSafe(values: Float64Array): void {
  for (let i = 0; i < values.length; i++) {
    if (!Number.isSafeInteger(values[i])) {
      throw new BodyError("Cannot read body: a number is over 2^53 - 1");
    }
  }
}

/** Writes indexes, which are whole numbers from 0 on. */
export function writeIndexes(out: ByteWriter, indexes: Uint32Array): void {
  const codes = codesOf(indexes);
  if (codes === undefined) writeInts(out, indexes);
  else {
    out.byte(NEXT_IS_0);
    writeInts(out, codes);
  }
}

/** The indexes with 0 for each next one; undefined if there are few, or not in that order. */
function codesOf(indexes: Uint32Array): Uint32Array | undefined {
  const codes = new Uint32Array(indexes.length);
  let most = 0;
  for (let i = 0; i < indexes.length; i++) {
    const index = indexes[i]!;
    if (index <= most) codes[i] = index + 1;
    else if (index === most + 1) most = index;
    else return undefined;
  }
  return most < FEWEST_ENTRIES ? undefined : codes;
}

/** Reads `n` indexes, each at most `most`. */
export function readIndexes(input: ByteReader, n: number, most: number): Uint32Array {
  if (n === 0) return new Uint32Array(0);
  if (input.bytes[input.at] === NEXT_IS_0) {
    input.byte();
    return decoded(readWholes(input, n), most);
  }
  const indexes = readWholes(input, n);
  for (let i = 0; i < n; i++) if (indexes[i]! > most) noEntry();
  return indexes;
}

/** Undoes {@link codesOf}, in place. */
function decoded(codes: Uint32Array, most: number): Uint32Array {
  let last = 0;
  for (let i = 0; i < codes.length; i++) {
    const code = codes[i]!;
    if (code > last + 1) noEntry();
    codes[i] = code === 0 ? ++last : code - 1;
  }
  if (last > most) noEntry();
  return codes;
}

/** As {@link readInts}, of numbers below 2^32; nearly all streams of indexes are narrow and plain. */
function readWholes(input: ByteReader, n: number): Uint32Array {
  const values = new Uint32Array(n);
  const { at } = input;
  const width = input.byte();
  const least = width > 3 ? -1 : input.zigzag();
  if (least >= 0 && least < MOST_NARROW) {
    readNarrow(input, values, { width, least });
    return values;
  }
  input.at = at;
  const wide = readInts(input, n);
  for (let i = 0; i < n; i++) {
    const value = wide[i]!;
    if (value < 0 || value > MAX_INDEX) noEntry();
    values[i] = value;
  }
  return values;
}

function readNarrow(input: ByteReader, values: Uint32Array, { width, least }: Range): void {
  const n = values.length;
  if (width === 0) {
    if (least > 0) values.fill(least);
    return;
  }
  const low = input.take(n);
  if (width === 1) {
    for (let i = 0; i < n; i++) values[i] = low[i]! + least;
    return;
  }
  const high = input.take(n);
  for (let i = 0; i < n; i++) values[i] = (low[i]! | high[i]! << 8) + least;
  if (width === 2) return;
  const third = input.take(n);
  for (let i = 0; i < n; i++) values[i]! += third[i]! << 16;
}

function noEntry(): never {
  throw new BodyError("Cannot read body: an index has no entry");
}

function rangeOf(values: Float64Array | Uint32Array, delta: boolean): Range {
  let least = Infinity;
  let most = -Infinity;
  let before = values[0]!;
  for (let i = delta ? 1 : 0; i < values.length; i++) {
    const value = values[i]!;
    const x = delta ? value - before : value;
    before = value;
    if (x < least) least = x;
    if (x > most) most = x;
  }
  const span = most - least;
  // A span that a double cannot hold exactly is never worth its planes.
  // A zigzag varint holds 52 bits and a sign.
  const isExact = span <= Number.MAX_SAFE_INTEGER && Math.abs(most) <= Number.MAX_SAFE_INTEGER &&
    Math.abs(least) < 2 ** 52 && Math.abs(values[0]!) < 2 ** 52;
  if (!isExact) return { least: 0, width: 8 };
  let width = 0;
  for (let rest = span; rest >= 1; rest /= 256) width++;
  return { least, width };
}

function differences(values: Float64Array | Uint32Array): Float64Array {
  const result = new Float64Array(values.length - 1);
  for (let i = 1; i < values.length; i++) result[i - 1] = values[i]! - values[i - 1]!;
  return result;
}

function writePlanes(out: ByteWriter, values: Float64Array | Uint32Array, range: Range): void {
  const n = values.length;
  const { least, width } = range;
  out.ensure(width * n);
  const bytes = out.bytes;
  const at = out.used;
  if (width === 1) { for (let i = 0; i < n; i++) bytes[at + i] = values[i]! - least; }
  else if (width <= 4) writeNarrow(bytes, at, values, range);
  else {
    for (let i = 0; i < n; i++) {
      let rest = values[i]! - least;
      for (let k = 0; k < width; k++) {
        bytes[at + k * n + i] = rest % 256;
        rest = Math.floor(rest / 256);
      }
    }
  }
  out.used = at + width * n;
}

// oxlint-disable-next-line max-params -- the hot path
function writeNarrow(
  bytes: Uint8Array,
  at: number,
  values: Float64Array | Uint32Array,
  { least, width }: Range,
): void {
  const n = values.length;
  for (let i = 0; i < n; i++) {
    const rest = (values[i]! - least) >>> 0;
    bytes[at + i] = rest;
    bytes[at + n + i] = rest >>> 8;
    if (width > 2) bytes[at + 2 * n + i] = rest >>> 16;
    if (width > 3) bytes[at + 3 * n + i] = rest >>> 24;
  }
}

function writeDoubles(out: ByteWriter, values: Float64Array | Uint32Array): void {
  out.byte(DOUBLES);
  out.ensure(values.length * 8);
  for (const value of values) out.used = out.bytes.writeDoubleLE(value, out.used);
}

function readDoubles(input: ByteReader, values: Float64Array): void {
  const bytes = input.take(values.length * 8);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let i = 0; i < values.length; i++) values[i] = view.getFloat64(i * 8, true);
}

function readPlanes(
  input: ByteReader,
  { values, width, least }: {
    readonly values: Float64Array;
    readonly width: number;
    readonly least: number;
  },
): void {
  const n = values.length;
  if (width === 0) values.fill(least);
  else if (width === 1) {
    const plane = input.take(n);
    for (let i = 0; i < n; i++) values[i] = plane[i]! + least;
  } else {
    const low = input.take(n);
    const high = input.take(n);
    for (let i = 0; i < n; i++) values[i] = (low[i]! | high[i]! << 8) + least;
  }
  for (let k = 2, scale = 65_536; k < width; k++, scale *= 256) {
    const plane = input.take(n);
    for (let i = 0; i < n; i++) values[i]! += plane[i]! * scale;
  }
}
