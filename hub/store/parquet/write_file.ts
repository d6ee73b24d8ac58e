/**
 * Writes a whole Parquet file from columns in parts: one row group, one data page a column.
 *
 * Apache Parquet format 2: DATA_PAGE_V2, zstd, RLE_DICTIONARY, PLAIN, DELTA_BINARY_PACKED and
 * DELTA_LENGTH_BYTE_ARRAY. Made for files that live for minutes until they are compacted: cheap to
 * write first, small second.
 *
 * @module
 */
import { compress } from "../../../sdk/wire/compress.ts";
import { ByteWriter } from "../../../sdk/wire/bytes.ts";
import { type ChunkFacts, writeFooter } from "./footer.ts";
import type { Leaf } from "./leaf.ts";
import { writeLevelsOf } from "./part_levels.ts";
import {
  type Bounds,
  writeBooleans,
  writeCounts,
  writeDoubles,
  writeInt32,
  writeInt64,
} from "./numbers_page.ts";
import { writeDictionary, writeDictionaryValues, writeTextValues } from "./strings_page.ts";
import { ThriftWriter } from "./thrift.ts";

const MAGIC = Buffer.from("PAR1");
const ZSTD_LEVEL = 1;
/** zstd of less than this is not worth its call. */
const MIN_COMPRESSED = 200;

const PAGE = { dictionary: 2, dataV2: 3 } as const;
export const ENCODING = {
  plain: 0,
  rle: 3,
  delta: 5,
  deltaLength: 6,
  dictionary: 8,
} as const;

/** Encodes `rows` rows of `leaves`; `pause` is awaited between columns so that others get a turn. */
export async function writeParquet(
  leaves: readonly Leaf[],
  rows: number,
  pause: () => Promise<void>,
): Promise<Uint8Array> {
  const out = new ByteWriter();
  out.raw(MAGIC);
  const chunks: ChunkFacts[] = [];
  const scratch = new ByteWriter();
  for (const leaf of leaves) {
    chunks.push(writeChunk(out, leaf, { rows, scratch }));
    await pause();
  }
  const start = out.used;
  writeFooter(out, chunks, rows);
  const footerBytes = out.used - start;
  out.ensure(4);
  out.used = out.bytes.writeUInt32LE(footerBytes, out.used);
  out.raw(MAGIC);
  return out.view();
}

interface Values {
  readonly encoding: number;
  readonly bounds?: Bounds | undefined;
}

function writeChunk(
  out: ByteWriter,
  leaf: Leaf,
  { rows, scratch }: { readonly rows: number; readonly scratch: ByteWriter },
): ChunkFacts {
  const start = out.used;
  const isString = leaf.type === "text" || leaf.type === "json";
  scratch.reset();
  const entries = isString ? writeDictionary(scratch, leaf.parts) : -1;
  let rawBytes = 0;
  // A dictionary page has no flag of its own: where it is too small, the whole column is plain.
  const isCompressed = entries < 0 || scratch.used >= MIN_COMPRESSED || rows >= MIN_COMPRESSED;
  if (entries >= 0) rawBytes += writeDictionaryPage(out, scratch, { entries, isCompressed });
  const dataOffset = out.used;
  scratch.reset();
  const nulls = leaf.optional ? writeLevelsOf(scratch, leaf.parts) : 0;
  const levelBytes = scratch.used;
  const values = writeValues(scratch, leaf, entries);
  rawBytes += writeDataPage(out, scratch, {
    rows,
    nulls,
    levelBytes,
    encoding: values.encoding,
    isCompressed,
  });
  return {
    name: leaf.name,
    type: leaf.type,
    optional: leaf.optional,
    encoding: values.encoding,
    isCompressed,
    nulls,
    bounds: values.bounds,
    rawBytes,
    bytes: out.used - start,
    dataOffset,
    dictionaryOffset: entries < 0 ? undefined : start,
  };
}

function writeValues(out: ByteWriter, leaf: Leaf, entries: number): Values {
  switch (leaf.type) {
    case "text":
    case "json":
      if (entries >= 0) {
        writeDictionaryValues(out, leaf.parts, entries);
        return { encoding: ENCODING.dictionary };
      }
      writeTextValues(out, leaf.parts);
      return { encoding: ENCODING.deltaLength };
    case "int64":
      return { encoding: ENCODING.plain, bounds: writeInt64(out, leaf.parts) };
    case "int32":
      writeInt32(out, leaf.parts);
      return { encoding: ENCODING.plain };
    case "double":
      writeDoubles(out, leaf.parts);
      return { encoding: ENCODING.plain };
    case "boolean":
      writeBooleans(out, leaf.parts);
      return { encoding: ENCODING.plain };
    case "count":
      writeCounts(out, leaf.parts);
      return { encoding: ENCODING.delta };
  }
}

/** Gives the page's size before compression, with its header. */
function writeDictionaryPage(
  out: ByteWriter,
  page: ByteWriter,
  { entries, isCompressed }: { readonly entries: number; readonly isCompressed: boolean },
): number {
  const body = isCompressed ? compress(page.view(), ZSTD_LEVEL) : page.view();
  const start = out.used;
  new ThriftWriter(out).begin()
    .i32(1, PAGE.dictionary).i32(2, page.used).i32(3, body.length)
    .struct(7).i32(1, entries).i32(2, ENCODING.plain).end()
    .end();
  const headerBytes = out.used - start;
  out.raw(body);
  return headerBytes + page.used;
}

interface DataPage {
  readonly rows: number;
  readonly nulls: number;
  readonly levelBytes: number;
  readonly encoding: number;
  readonly isCompressed: boolean;
}

function writeDataPage(out: ByteWriter, page: ByteWriter, facts: DataPage): number {
  const values = page.bytes.subarray(facts.levelBytes, page.used);
  const isCompressed = facts.isCompressed && values.length >= MIN_COMPRESSED;
  const body = isCompressed ? compress(values, ZSTD_LEVEL) : values;
  const start = out.used;
  new ThriftWriter(out).begin()
    .i32(1, PAGE.dataV2).i32(2, page.used).i32(3, facts.levelBytes + body.length)
    .struct(8)
    .i32(1, facts.rows).i32(2, facts.nulls).i32(3, facts.rows).i32(4, facts.encoding)
    .i32(5, facts.levelBytes).i32(6, 0).bool(7, isCompressed)
    .end()
    .end();
  const headerBytes = out.used - start;
  out.raw(page.bytes.subarray(0, facts.levelBytes));
  out.raw(body);
  return headerBytes + page.used;
}
