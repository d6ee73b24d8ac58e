/**
 * Pages as they stand in a file: header, then the body.
 *
 * Apache Parquet format, `parquet.thrift`: PageHeader, DataPageHeaderV2.
 *
 * @module
 */
import type { ByteWriter } from "../../../sdk/wire/bytes.ts";
import { ThriftWriter } from "./thrift.ts";

const PAGE = { dictionary: 2, dataV2: 3 } as const;
export const ENCODING = {
  plain: 0,
  rle: 3,
  delta: 5,
  deltaLength: 6,
  dictionary: 8,
  split: 9,
} as const;

/** Writes a dictionary page; gives its size before compression, with its header. */
export function writeDictionary(
  out: ByteWriter,
  body: Uint8Array,
  { rawBytes, entries }: { readonly rawBytes: number; readonly entries: number },
): number {
  const start = out.used;
  new ThriftWriter(out).begin()
    .i32(1, PAGE.dictionary).i32(2, rawBytes).i32(3, body.length)
    .struct(7).i32(1, entries).i32(2, ENCODING.plain).end()
    .end();
  const headerBytes = out.used - start;
  out.raw(body);
  return headerBytes + rawBytes;
}

export interface DataFacts {
  readonly rows: number;
  readonly nulls: number;
  readonly encoding: number;
  /** Of the values, whose body may be compressed. */
  readonly rawBytes: number;
  readonly isCompressed: boolean;
}

/** Writes a data page of `levels` and `body`; gives its size before compression, with its header. */
export function writeData(
  out: ByteWriter,
  [levels, body]: readonly [Uint8Array, Uint8Array],
  facts: DataFacts,
): number {
  const start = out.used;
  new ThriftWriter(out).begin()
    .i32(1, PAGE.dataV2)
    .i32(2, levels.length + facts.rawBytes).i32(3, levels.length + body.length)
    .struct(8)
    .i32(1, facts.rows).i32(2, facts.nulls).i32(3, facts.rows).i32(4, facts.encoding)
    .i32(5, levels.length).i32(6, 0).bool(7, facts.isCompressed)
    .end()
    .end();
  const headerBytes = out.used - start;
  out.raw(levels);
  out.raw(body);
  return headerBytes + levels.length + facts.rawBytes;
}
