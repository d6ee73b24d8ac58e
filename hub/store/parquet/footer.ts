/**
 * The footer of a Parquet file: schema, row group, where each column's pages are.
 *
 * Apache Parquet format, `parquet.thrift`: FileMetaData.
 *
 * @module
 */
import type { ByteWriter } from "../../../sdk/wire/bytes.ts";
import type { Leaf } from "./leaf.ts";
import type { Bounds } from "./numbers_page.ts";
import { ThriftWriter } from "./thrift.ts";

const TYPE: Readonly<Record<Leaf["type"], number>> = {
  boolean: 0,
  int32: 1,
  count: 1,
  int64: 2,
  double: 5,
  text: 6,
  json: 6,
};
const REQUIRED = 0;
const OPTIONAL = 1;
const UTF8 = 0;
const JSON_TEXT = 19;
const LOGICAL_STRING = 1;
const LOGICAL_JSON = 12;
const CODEC = { plain: 0, zstd: 6 } as const;
const PLAIN = 0;
const RLE = 3;

/** One column chunk as it was written. Offsets are from the file's start. */
export interface ChunkFacts {
  readonly name: string;
  readonly type: Leaf["type"];
  readonly optional: boolean;
  readonly encoding: number;
  readonly isCompressed: boolean;
  readonly nulls: number;
  readonly bounds: Bounds | undefined;
  readonly rawBytes: number;
  readonly bytes: number;
  readonly dataOffset: number;
  readonly dictionaryOffset: number | undefined;
}

/** One row group: its columns in the order of the schema. */
export interface GroupFacts {
  readonly rows: number;
  readonly chunks: readonly ChunkFacts[];
}

/** Writes FileMetaData of at least one group; its length and the magic follow by the caller. */
export function writeFooter(out: ByteWriter, groups: readonly GroupFacts[]): void {
  const columns = groups[0]!.chunks;
  const thrift = new ThriftWriter(out).begin().i32(1, 2);
  thrift.list(2, "struct", columns.length + 1);
  thrift.begin().binary(4, "event").i32(5, columns.length).end();
  for (const column of columns) writeElement(thrift, column);
  thrift.i64(3, groups.reduce((sum, { rows }) => sum + rows, 0));
  thrift.list(4, "struct", groups.length);
  for (const { rows, chunks } of groups) {
    thrift.begin().list(1, "struct", chunks.length);
    for (const chunk of chunks) writeColumn(thrift, chunk, rows);
    const rawBytes = chunks.reduce((sum, chunk) => sum + chunk.rawBytes, 0);
    thrift.i64(2, rawBytes).i64(3, rows).end();
  }
  thrift.binary(6, "custos").end();
}

function writeElement(thrift: ThriftWriter, chunk: ChunkFacts): void {
  thrift.begin().i32(1, TYPE[chunk.type]).i32(3, chunk.optional ? OPTIONAL : REQUIRED);
  thrift.binary(4, chunk.name);
  if (chunk.type === "text") {
    thrift.i32(6, UTF8).struct(10).struct(LOGICAL_STRING).end().end();
  } else if (chunk.type === "json") {
    thrift.i32(6, JSON_TEXT).struct(10).struct(LOGICAL_JSON).end().end();
  }
  thrift.end();
}

function writeColumn(thrift: ThriftWriter, chunk: ChunkFacts, rows: number): void {
  thrift.begin().i64(2, 0).struct(3);
  thrift.i32(1, TYPE[chunk.type]);
  const encodings = [...new Set([PLAIN, RLE, chunk.encoding])];
  thrift.list(2, "i32", encodings.length);
  for (const encoding of encodings) thrift.element(encoding);
  thrift.list(3, "binary", 1).text(chunk.name);
  thrift.i32(4, chunk.isCompressed ? CODEC.zstd : CODEC.plain);
  thrift.i64(5, rows).i64(6, chunk.rawBytes).i64(7, chunk.bytes).i64(9, chunk.dataOffset);
  if (chunk.dictionaryOffset !== undefined) thrift.i64(11, chunk.dictionaryOffset);
  thrift.struct(12).i64(3, chunk.nulls);
  if (chunk.bounds !== undefined) {
    thrift.binary(5, chunk.bounds.most).binary(6, chunk.bounds.least);
  }
  thrift.end().end().end();
}
