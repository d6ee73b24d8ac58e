/**
 * One column of one row group of a cold file: dictionary page, data page, and what the footer says.
 *
 * @module
 */
import type { Strings } from "../../../sdk/columns/column.ts";
import { ByteWriter } from "../../../sdk/wire/bytes.ts";
import type { ChunkFacts } from "../parquet/footer.ts";
import { bitsFor, writeDeltas32, writeHybrid } from "../parquet/hybrid_writer.ts";
import type { FileColumn } from "../../../sdk/parquet/read_footer.ts";
import { ENCODING, writeData, writeDictionary } from "../parquet/page.ts";
import { boundsOf } from "./bounds.ts";
import { effortFor, smallest, squeeze } from "./column_choice.ts";
import type { ColumnPlan } from "./column_plans.ts";
import { writeInts, writeReals, writeWords } from "./column_values.ts";
import { present, type Presented } from "./present.ts";
import type { WholeColumn } from "./whole_column.ts";

/** A column chunk; its offsets are from its own start. */
export interface EncodedChunk {
  readonly bytes: Uint8Array;
  readonly facts: ChunkFacts;
}

/** Less than this is not worth zstd's call. */
const MIN_COMPRESSED = 64;
const SAMPLE = 8_192;

/** What all chunks of a compaction have in common. */
export interface Chunking {
  readonly plan: ColumnPlan;
  /** CPU may be spent for size. */
  readonly isThorough: boolean;
  /** For a page, before it is compressed. */
  readonly scratch: ByteWriter;
}

/** Encodes the `rows` rows of `values`; undefined where none of them has a value. */
export function encodeChunk(
  column: FileColumn,
  values: WholeColumn,
  { rows, plan, isThorough, scratch: page }: Chunking & { readonly rows: number },
): EncodedChunk | undefined {
  const given = present(values, column.type, rows);
  if (given.nulls === rows) return undefined;
  const out = new ByteWriter();
  let rawBytes = 0;
  if (given.dictionary !== undefined) {
    const { bytes, entries } = given.dictionary;
    plan.dictionaryEffort ??= effortFor(bytes, isThorough);
    rawBytes += writeDictionary(out, squeeze(bytes, plan.dictionaryEffort), {
      rawBytes: bytes.length,
      entries,
    });
  }
  const dataOffset = out.used;
  page.reset();
  const encoding = writeValues(page, given, plan);
  const levels = levelsOf(column, given.absent, rows);
  const isSmall = page.used < MIN_COMPRESSED;
  if (!isSmall) plan.effort ??= effortFor(page.view(), isThorough);
  const body = isSmall ? page.view() : squeeze(page.view(), plan.effort!);
  rawBytes += writeData(out, [levels, body], {
    rows,
    nulls: given.nulls,
    encoding,
    rawBytes: page.used,
    isCompressed: !isSmall,
  });
  return {
    bytes: out.view(),
    facts: {
      ...column,
      encoding,
      // The chunk's codec; a page that is small says of itself that it is not.
      isCompressed: true,
      nulls: given.nulls,
      bounds: boundsOf(given),
      rawBytes,
      bytes: out.used,
      dataOffset,
      dictionaryOffset: given.dictionary === undefined ? undefined : 0,
    },
  };
}

function writeValues(out: ByteWriter, { values }: Presented, plan: ColumnPlan): number {
  switch (values.form) {
    case "indexes":
      writeIndexes(out, values, plan);
      return ENCODING.dictionary;
    case "strings":
      writeStrings(out, values.strings, plan);
      return ENCODING.deltaLength;
    case "words":
      return writeWords(out, values.words, plan);
    case "ints":
      return writeInts(out, values.ints, plan);
    case "reals":
      return writeReals(out, values.reals, plan);
    case "bits":
      writeBits(out, values.bits);
      return ENCODING.plain;
  }
}

/** In as few bits as they need, or in whole bytes where zstd makes more of these. */
function writeIndexes(
  out: ByteWriter,
  { indexes, count }: { readonly indexes: Uint32Array; readonly count: number },
  plan: ColumnPlan,
): void {
  const exact = bitsFor(count);
  const whole = Math.ceil(exact / 8) * 8;
  plan.isWhole ??= smallest([exact, whole], (width) => {
    const to = new ByteWriter();
    writeHybrid(to, indexes.subarray(0, SAMPLE), width);
    return to.view();
  }) === whole;
  const width = plan.isWhole ? whole : exact;
  out.byte(width);
  writeHybrid(out, indexes, width);
}

function writeStrings(out: ByteWriter, { bytes, ends }: Strings, plan: ColumnPlan): void {
  const lengths = new Int32Array(ends.length);
  let start = 0;
  for (let i = 0; i < ends.length; i++) {
    lengths[i] = ends[i]! - start;
    start = ends[i]!;
  }
  plan.way ??= smallest([1, 8], (step) => {
    const to = new ByteWriter();
    writeDeltas32(to, lengths.subarray(0, SAMPLE), step);
    return to.view();
  });
  writeDeltas32(out, lengths, plan.way);
  out.raw(bytes);
}

function writeBits(out: ByteWriter, bits: Uint8Array): void {
  const bytes = new Uint8Array(Math.ceil(bits.length / 8));
  for (let i = 0; i < bits.length; i++) bytes[i >>> 3]! |= bits[i]! << (i & 7);
  out.raw(bytes);
}

/** Definition levels: 1 where there is a value. */
function levelsOf(
  { optional }: FileColumn,
  absent: Uint8Array | undefined,
  rows: number,
): Uint8Array {
  const out = new ByteWriter();
  if (!optional || rows === 0) return out.view();
  if (absent === undefined) {
    out.varint(rows * 2);
    out.byte(1);
    return out.view();
  }
  const levels = new Uint32Array(rows);
  for (let row = 0; row < rows; row++) levels[row] = 1 - absent[row]!;
  writeHybrid(out, levels, 1);
  return out.view();
}
