/**
 * The values of one column of a cold file, in the encoding that makes them smallest.
 *
 * @module
 */
import { ByteWriter } from "../../../sdk/wire/bytes.ts";
import { writeDeltas32, writeDeltas64 } from "../parquet/hybrid_writer.ts";
import { ENCODING } from "../parquet/page.ts";
import { smallest } from "./column_choice.ts";
import type { ColumnPlan } from "./column_plans.ts";

/** Values that tell of the whole how it is written best. */
const SAMPLE = 16_384;

/** A way to write values. `write` gives false, and writes nothing, where they do not fit it. */
interface Way<Values> {
  readonly encoding: number;
  readonly write: (out: ByteWriter, values: Values) => boolean;
}

/** The first one must fit all values. */
interface Ways<Values> {
  readonly ways: readonly [Way<Values>, ...Way<Values>[]];
  /** Elements of one value. */
  readonly each: number;
}

/** Differences of times repeat, but only in whole bytes can zstd see that. */
const WHOLE_BYTES = 8;
const PLAIN = { encoding: ENCODING.plain, write: writePlain };

// DuckDB reads BYTE_STREAM_SPLIT of doubles alone.
const WORDS: Ways<Int32Array> = {
  ways: [
    PLAIN,
    { encoding: ENCODING.delta, write: (out, values) => writeDeltas64(out, values, 1) },
    { encoding: ENCODING.delta, write: (out, values) => writeDeltas64(out, values, WHOLE_BYTES) },
  ],
  each: 2,
};
const INTS: Ways<Int32Array> = {
  ways: [
    PLAIN,
    { encoding: ENCODING.delta, write: (out, values) => writeDeltas32(out, values, 1) },
    { encoding: ENCODING.delta, write: (out, values) => writeDeltas32(out, values, WHOLE_BYTES) },
  ],
  each: 1,
};
const REALS: Ways<Float64Array> = {
  ways: [PLAIN, { encoding: ENCODING.split, write: writeSplit }],
  each: 1,
};

/** Writes 64-bit numbers, two words each; gives the encoding. */
export function writeWords(out: ByteWriter, words: Int32Array, choice: ColumnPlan): number {
  return written(out, words, { ...WORDS, choice });
}

/** Writes whole numbers of 32 bits; gives the encoding. */
export function writeInts(out: ByteWriter, ints: Int32Array, choice: ColumnPlan): number {
  return written(out, ints, { ...INTS, choice });
}

/** Writes doubles; gives the encoding. */
export function writeReals(out: ByteWriter, reals: Float64Array, choice: ColumnPlan): number {
  return written(out, reals, { ...REALS, choice });
}

function written<Values extends Int32Array | Float64Array>(
  out: ByteWriter,
  values: Values,
  { ways, choice, each }: Ways<Values> & { readonly choice: ColumnPlan },
): number {
  const middle = Math.max(0, (values.length / each - SAMPLE) >> 1) * each;
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a part of it is of its type
  const sample = values.subarray(middle, middle + SAMPLE * each) as Values;
  choice.way ??= smallest(ways.map((_, i) => i), (way) => {
    const to = new ByteWriter();
    return ways[way]!.write(to, sample) ? to.view() : undefined;
  });
  const way = ways[choice.way]!;
  if (way.write(out, values)) return way.encoding;
  ways[0].write(out, values);
  return ways[0].encoding;
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
