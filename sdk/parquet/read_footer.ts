/**
 * Reads the footer of a Parquet file: its columns, its row groups, where each column's pages are.
 *
 * Apache Parquet format, `parquet.thrift`: FileMetaData. Flat schemas only, as the store's are.
 *
 * @module
 */
import { ParquetError } from "./parquet_error.ts";
import { readThrift, type ThriftStruct, type ThriftValue } from "./thrift_reader.ts";

export interface FileColumn {
  readonly name: string;
  readonly type: "text" | "json" | "int64" | "int32" | "double" | "boolean";
  readonly optional: boolean;
}

/** Where the pages of one column in one row group are. */
export interface Chunk {
  readonly column: FileColumn;
  readonly rows: number;
  readonly isCompressed: boolean;
  /** From the file's start. */
  readonly offset: number;
  readonly bytes: number;
  /** Before compression. */
  readonly rawBytes: number;
}

export interface RowGroup {
  readonly rows: number;
  readonly chunks: readonly Chunk[];
}

export interface Footer {
  readonly columns: readonly FileColumn[];
  readonly groups: readonly RowGroup[];
}

/** Reads `length` bytes at `at`. */
export type ReadAt = (at: number, length: number) => Uint8Array;

const TAIL_BYTES = 8;
/** More than any writer of ours puts into one group. */
const MAX_ROWS = 2 ** 27;
const TYPES: ReadonlyMap<number, FileColumn["type"]> = new Map([
  [0, "boolean"],
  [1, "int32"],
  [2, "int64"],
  [5, "double"],
  [6, "text"],
]);
const BYTE_ARRAY = 6;
const JSON_TEXT = 19;
const OPTIONAL = 1;
const CODEC = { plain: 0, zstd: 6 } as const;
const decoder = new TextDecoder();

/** @throws {ParquetError} */
export function readFooter(read: ReadAt, fileBytes: number): Footer {
  if (fileBytes < TAIL_BYTES + 4) throw new ParquetError("format", "Cannot read file: too short");
  const tail = read(fileBytes - TAIL_BYTES, TAIL_BYTES);
  const length = new DataView(tail.buffer, tail.byteOffset, TAIL_BYTES).getUint32(0, true);
  if (decoder.decode(tail.subarray(4)) !== "PAR1" || length > fileBytes - TAIL_BYTES) {
    throw new ParquetError("format", "Cannot read file: it does not end as Parquet does");
  }
  const { fields } = readThrift(read(fileBytes - TAIL_BYTES - length, length), 0);
  const columns = listOf(fields, 2).slice(1).map(columnOf);
  if (new Set(columns.map(({ name }) => name)).size !== columns.length) {
    throw new ParquetError("format", "Cannot read file: two columns have one name");
  }
  const groups = listOf(fields, 4).map((group) => groupOf(group, columns));
  return { columns, groups };
}

function columnOf(element: ThriftStruct): FileColumn {
  const name = decoder.decode(bytesOf(element.get(4)));
  const type = TYPES.get(numberOf(element.get(1)));
  if (type === undefined || element.has(5)) {
    throw new ParquetError("unsupported", `Cannot read column "${name}": not a flat column`);
  }
  const isJson = numberOf(element.get(1)) === BYTE_ARRAY && element.get(6) === JSON_TEXT;
  return { name, type: isJson ? "json" : type, optional: element.get(3) === OPTIONAL };
}

function groupOf(group: ThriftStruct, columns: readonly FileColumn[]): RowGroup {
  const rows = numberOf(group.get(3));
  if (!(rows >= 0 && rows <= MAX_ROWS)) {
    throw new ParquetError("format", `Cannot read file: a group of ${rows} rows`);
  }
  const chunks = listOf(group, 1).map((chunk, i): Chunk => {
    const facts = chunk.get(3);
    const column = columns[i];
    if (!isStruct(facts) || column === undefined) {
      throw new ParquetError("format", "Cannot read file: a column has no place");
    }
    const codec = numberOf(facts.get(4));
    if (codec !== CODEC.plain && codec !== CODEC.zstd) {
      throw new ParquetError("unsupported", `Cannot read column "${column.name}": codec ${codec}`);
    }
    if (numberOf(facts.get(5)) !== rows) {
      throw new ParquetError("format", `Cannot read column "${column.name}": other rows`);
    }
    return {
      column,
      rows,
      isCompressed: codec === CODEC.zstd,
      offset: numberOf(facts.get(11) ?? facts.get(9)),
      bytes: numberOf(facts.get(7)),
      rawBytes: numberOf(facts.get(6)),
    };
  });
  return { rows, chunks };
}

function listOf(fields: ThriftStruct, id: number): readonly ThriftStruct[] {
  const list = fields.get(id);
  if (!Array.isArray(list)) throw new ParquetError("format", "Cannot read file: a list is missing");
  return list.map((entry: ThriftValue) => {
    if (!isStruct(entry)) throw new ParquetError("format", "Cannot read file: no struct");
    return entry;
  });
}

function isStruct(value: ThriftValue | undefined): value is ThriftStruct {
  return value instanceof Map;
}

function numberOf(value: ThriftValue | undefined): number {
  if (typeof value !== "number") {
    throw new ParquetError("format", "Cannot read file: a number is missing");
  }
  return value;
}

function bytesOf(value: ThriftValue | undefined): Uint8Array {
  if (!(value instanceof Uint8Array)) {
    throw new ParquetError("format", "Cannot read file: a name is missing");
  }
  return value;
}
