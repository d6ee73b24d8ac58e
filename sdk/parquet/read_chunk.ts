/**
 * Decodes the pages of one column in one row group to a part, by row.
 *
 * Reads what the store's own writers and DuckDB's make of flat columns: data pages of version 1 and
 * 2; PLAIN, dictionaries, DELTA_BINARY_PACKED, DELTA_LENGTH_BYTE_ARRAY, BYTE_STREAM_SPLIT.
 *
 * @module
 */
import { ByteReader } from "../wire/bytes.ts";
import { readHybrid } from "./hybrid_reader.ts";
import type { ReadPart } from "./part.ts";
import { ParquetError } from "./parquet_error.ts";
import type { Chunk } from "./read_footer.ts";
import { readThrift, type ThriftStruct } from "./thrift_reader.ts";
import { ValuesReader } from "./values_reader.ts";

const PAGE = { dataV1: 0, dictionary: 2, dataV2: 3 } as const;
const FIELD = { [PAGE.dataV1]: 5, [PAGE.dictionary]: 7, [PAGE.dataV2]: 8 } as const;
/** Larger pages than any writer of ours makes. */
const MAX_PAGE_BYTES = 2 ** 30;

/** Decompresses zstd to exactly `rawBytes` bytes, or throws. */
export type Decompress = (bytes: Uint8Array, rawBytes: number) => Uint8Array;

/** @throws {ParquetError} */
export function readChunk(bytes: Uint8Array, chunk: Chunk, decompress: Decompress): ReadPart {
  try {
    return readPages(bytes, chunk, decompress);
  } catch (cause) {
    if (cause instanceof ParquetError && cause.code === "unsupported") throw cause;
    throw new ParquetError("format", `Cannot read column "${chunk.column.name}"`, { cause });
  }
}

function readPages(bytes: Uint8Array, chunk: Chunk, decompress: Decompress): ReadPart {
  const values = new ValuesReader(chunk.column.type);
  const flags = chunk.column.optional ? new Uint8Array(chunk.rows) : undefined;
  let rows = 0;
  for (let at = 0; at < bytes.length && rows < chunk.rows;) {
    const { fields, end } = readThrift(bytes, at);
    const page = pageOf(fields, bytes.subarray(end, end + bodyBytes(fields)));
    at = end + page.body.length;
    if (page.kind === PAGE.dictionary) {
      values.takeDictionary(dataOf(page, { chunk, decompress }, 0), page.count);
      continue;
    }
    if (rows + page.count > chunk.rows) throw new ParquetError("format", "too many rows");
    readPage(page, { chunk, decompress }, { values, flags, rows });
    rows += page.count;
  }
  if (rows !== chunk.rows) throw new ParquetError("format", "rows are missing");
  return values.part(rows, flags?.includes(1) === true ? flags : undefined);
}

interface Page {
  readonly kind: number;
  readonly body: Uint8Array;
  readonly rawBytes: number;
  readonly count: number;
  readonly encoding: number;
  /** Of version 2, where they stand before what is compressed. */
  readonly levelBytes: number;
  readonly isCompressed: boolean;
}

interface From {
  readonly chunk: Chunk;
  readonly decompress: Decompress;
}

interface Into {
  readonly values: ValuesReader;
  readonly flags: Uint8Array | undefined;
  readonly rows: number;
}

function readPage(page: Page, from: From, { values, flags, rows }: Into): void {
  const isV1 = page.kind === PAGE.dataV1;
  const data = dataOf(page, from, page.levelBytes);
  const reader = new ByteReader(data);
  let present = page.count;
  if (flags !== undefined) {
    const levels = new ByteReader(
      isV1 ? reader.take(uint32(reader.take(4))) : page.body.subarray(0, page.levelBytes),
    );
    const defined = readHybrid(levels, 1, page.count);
    for (let row = 0; row < page.count; row++) {
      if (defined[row] !== 0) continue;
      flags[rows + row] = 1;
      present--;
    }
  }
  values.takePage(reader, page.encoding, present);
}

function bodyBytes(header: ThriftStruct): number {
  const bytes = header.get(3);
  if (typeof bytes !== "number" || bytes < 0) throw new ParquetError("format", "page has no size");
  return bytes;
}

function pageOf(header: ThriftStruct, body: Uint8Array): Page {
  const kind = numberOf(header, 1);
  if (body.length !== bodyBytes(header)) throw new ParquetError("format", "a page is cut off");
  if (kind !== PAGE.dataV1 && kind !== PAGE.dictionary && kind !== PAGE.dataV2) {
    throw new ParquetError("unsupported", `Cannot read page of kind ${kind}`);
  }
  const own = header.get(FIELD[kind]);
  if (!(own instanceof Map)) throw new ParquetError("format", "page has no header");
  const isV2 = kind === PAGE.dataV2;
  return {
    kind,
    body,
    rawBytes: numberOf(header, 2),
    count: numberOf(own, 1),
    encoding: numberOf(own, isV2 ? 4 : 2),
    levelBytes: isV2 ? numberOf(own, 5) + numberOf(own, 6) : 0,
    isCompressed: !isV2 || own.get(7) !== false,
  };
}

/** The page's bytes after its levels, decompressed. */
function dataOf(page: Page, { chunk, decompress }: From, levelBytes: number): Uint8Array {
  const body = page.body.subarray(levelBytes);
  if (!chunk.isCompressed || !page.isCompressed) return body;
  if (page.rawBytes > MAX_PAGE_BYTES) throw new ParquetError("format", "page is too large");
  return decompress(body, page.rawBytes - levelBytes);
}

function numberOf(fields: ThriftStruct, id: number): number {
  const value = fields.get(id);
  if (typeof value !== "number") throw new ParquetError("format", `field ${id} is missing`);
  return value;
}

function uint32(bytes: Uint8Array): number {
  return bytes[0]! + bytes[1]! * 256 + bytes[2]! * 65_536 + bytes[3]! * 16_777_216;
}
