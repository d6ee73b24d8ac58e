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
import { ENCODING, writeData, writeDictionary } from "./page.ts";
import { writeLevelsOf } from "./part_levels.ts";
import {
  type Bounds,
  writeBooleans,
  writeCounts,
  writeDoubles,
  writeInt32,
  writeInt64,
} from "./numbers_page.ts";
import { writeDictionaryEntries, writeDictionaryValues, writeTextValues } from "./strings_page.ts";

const MAGIC = Buffer.from("PAR1");
const ZSTD_LEVEL = 1;
/** Of a column's headers and what the footer says of it. */
const LEAF_BYTES = 1_024;
/** Bytes a row from which zstd is worth its time for a file that lives for minutes. */
const WIDE_ROW = 200;

/** Encodes `rows` rows of `leaves`; `pause` is awaited between columns so that others get a turn. */
export async function writeParquet(
  leaves: readonly Leaf[],
  rows: number,
  pause: () => Promise<void>,
): Promise<Uint8Array> {
  const out = new ByteWriter();
  const sizes = leaves.map((leaf) => roomFor(leaf, rows));
  out.ensure(sizes.reduce((sum, size) => sum + size, 0));
  out.raw(MAGIC);
  const chunks: ChunkFacts[] = [];
  const scratch = new ByteWriter();
  scratch.ensure(Math.max(...sizes));
  for (const leaf of leaves) {
    chunks.push(writeChunk(out, leaf, { rows, scratch }));
    await pause();
  }
  const start = out.used;
  writeFooter(out, [{ rows, chunks }]);
  const footerBytes = out.used - start;
  out.ensure(4);
  out.used = out.bytes.writeUInt32LE(footerBytes, out.used);
  out.raw(MAGIC);
  return out.view();
}

/** Bytes that a column takes, about: a writer that grows copies what it has. */
function roomFor({ type, parts }: Leaf, rows: number): number {
  if (type !== "text" && type !== "json") return LEAF_BYTES + rows * 8;
  return parts.reduce(
    (sum, part) => sum + (part.form === "text" ? part.strings.bytes.length : 0),
    LEAF_BYTES + rows * 4,
  );
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
  const entries = isString ? writeDictionaryEntries(scratch, leaf.parts) : -1;
  let rawBytes = 0;
  // A dictionary page has no flag of its own: where it is too small, the whole column is plain.
  const isCompressed = entries < 0 || scratch.used >= rows * WIDE_ROW;
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
  return writeDictionary(out, body, { rawBytes: page.used, entries });
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
  const isCompressed = facts.isCompressed && values.length >= facts.rows * WIDE_ROW;
  const body = isCompressed ? compress(values, ZSTD_LEVEL) : values;
  return writeData(out, [page.bytes.subarray(0, facts.levelBytes), body], {
    ...facts,
    isCompressed,
    rawBytes: values.length,
  });
}
