/**
 * The values of one column of a cold file, in the encoding that makes them smallest.
 *
 * @module
 */
import { ByteWriter } from "../../../sdk/wire/bytes.ts";
import { writeDeltas32, writeDeltas64 } from "../parquet/hybrid_writer.ts";
import { ENCODING } from "../parquet/page.ts";
import { smallest } from "./column_choice.ts";

/** Values that tell of the whole how it is written best. */
const SAMPLE = 131_072;

/** The encoding of the chunks before; it is found out for the first one. */
export interface EncodingChoice {
  encoding?: number;
}

/** Writes the values; false, and nothing, where they do not fit the encoding. */
type Write<Values> = (out: ByteWriter, values: Values) => boolean;
type Writers<Values> = ReadonlyMap<number, Write<Values>>;

// DuckDB reads BYTE_STREAM_SPLIT of doubles alone.
const WORDS: Writers<Int32Array> = new Map([
  [ENCODING.delta, writeDeltas64],
  [ENCODING.plain, writePlain],
]);
const INTS: Writers<Int32Array> = new Map([
  [ENCODING.delta, writeDeltas32],
  [ENCODING.plain, writePlain],
]);
const REALS: Writers<Float64Array> = new Map([
  [ENCODING.plain, writePlain],
  [ENCODING.split, writeSplit],
]);

/** Writes 64-bit numbers, two words each; gives the encoding. */
export function writeWords(out: ByteWriter, words: Int32Array, choice: EncodingChoice): number {
  return written(out, words, { writers: WORDS, choice, each: 2 });
}

/** Writes whole numbers of 32 bits; gives the encoding. */
export function writeInts(out: ByteWriter, ints: Int32Array, choice: EncodingChoice): number {
  return written(out, ints, { writers: INTS, choice, each: 1 });
}

/** Writes doubles; gives the encoding. */
export function writeReals(out: ByteWriter, reals: Float64Array, choice: EncodingChoice): number {
  return written(out, reals, { writers: REALS, choice, each: 1 });
}

interface Way<Values> {
  readonly writers: Writers<Values>;
  readonly choice: EncodingChoice;
  /** Elements of one value. */
  readonly each: number;
}

function written<Values extends Int32Array | Float64Array>(
  out: ByteWriter,
  values: Values,
  { writers, choice, each }: Way<Values>,
): number {
  const middle = Math.max(0, (values.length / each - SAMPLE) >> 1) * each;
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a part of it is of its type
  const sample = values.subarray(middle, middle + SAMPLE * each) as Values;
  choice.encoding ??= smallest([...writers.keys()], (encoding) => {
    const to = new ByteWriter();
    return writers.get(encoding)!(to, sample) ? to.view() : undefined;
  });
  if (writers.get(choice.encoding)!(out, values)) return choice.encoding;
  writePlain(out, values);
  return ENCODING.plain;
}

function writePlain(out: ByteWriter, values: Int32Array | Float64Array): boolean {
  out.raw(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
  return true;
}

/** BYTE_STREAM_SPLIT: all first bytes, all second bytes, and so on. */
function writeSplit(out: ByteWriter, values: Float64Array): boolean {
  const source = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  out.ensure(source.length);
  const { bytes } = out;
  let at = out.used;
  for (let k = 0; k < 8; k++) {
    for (let i = k; i < source.length; i += 8) bytes[at++] = source[i]!;
  }
  out.used = at;
  return true;
}
