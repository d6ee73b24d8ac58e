/**
 * Messages of Arrow's streaming format (Arrow columnar format 1.5, §IPC): a schema, record batches,
 * and the mark of the end.
 *
 * | offset | size | content                                              |
 * | -----: | ---: | ---------------------------------------------------- |
 * |      0 |    4 | `FF FF FF FF`                                        |
 * |      4 |    4 | length n of the metadata, little-endian; 0 ends all  |
 * |      8 |    n | metadata: a FlatBuffer `Message`, a multiple of 8    |
 * |  8 + n |      | body: the buffers of the columns, each a multiple of 8 |
 *
 * @module
 */
import { FlatBuilder, type FlatField, type FlatOffset } from "./flat_builder.ts";

/** A type, as far as results have them. */
export type ArrowType = "bool" | "int32" | "int64" | "double" | "utf8" | "timestamp" | "duration";

export interface ArrowField {
  readonly name: string;
  readonly type: ArrowType;
  /** By name; such as the extension type that the values are of. */
  readonly metadata: Readonly<Record<string, string>>;
}

/** One column of a batch. */
export interface ArrowColumn {
  readonly nulls: number;
  /** In the order of the format: validity, offsets where there are any, values. */
  readonly buffers: readonly Uint8Array[];
}

const VERSION_5 = 4;
const HEADER = { schema: 1, recordBatch: 3 } as const;
const NANOSECOND = 3;
const DOUBLE = 2;
const TYPE_NUMBERS: Readonly<Record<ArrowType, number>> = {
  int32: 2,
  int64: 2,
  double: 3,
  utf8: 5,
  bool: 6,
  timestamp: 10,
  duration: 18,
};

/** What ends a stream. */
export const END: Uint8Array<ArrayBuffer> = Uint8Array.of(255, 255, 255, 255, 0, 0, 0, 0);

/** The first message of a stream. */
export function schemaMessage(fields: readonly ArrowField[]): Uint8Array<ArrayBuffer> {
  const builder = new FlatBuilder();
  const list = builder.offsets(fields.map((field) => fieldTable(builder, field)));
  const schema = builder.table([int16(0), offset(list)]);
  return message(builder, { kind: "schema", header: schema, body: [] });
}

/** Rows of all columns. */
export function batchMessage(
  rows: number,
  columns: readonly ArrowColumn[],
): Uint8Array<ArrayBuffer> {
  const builder = new FlatBuilder();
  const body = columns.flatMap(({ buffers }) => buffers);
  let at = 0n;
  const places = body.map(({ length }) => {
    const place = [at, BigInt(length)];
    at += BigInt(padded(length));
    return place;
  });
  const buffers = builder.longs(places);
  const nodes = builder.longs(columns.map(({ nulls }) => [BigInt(rows), BigInt(nulls)]));
  const batch = builder.table([int64(BigInt(rows)), offset(nodes), offset(buffers)]);
  return message(builder, { kind: "recordBatch", header: batch, body });
}

function message(
  builder: FlatBuilder,
  { kind, header, body }: {
    readonly kind: keyof typeof HEADER;
    readonly header: FlatOffset;
    readonly body: readonly Uint8Array[];
  },
): Uint8Array<ArrayBuffer> {
  const bodyBytes = body.reduce((sum, { length }) => sum + padded(length), 0);
  const root = builder.table([
    int16(VERSION_5),
    int8(HEADER[kind]),
    offset(header),
    int64(BigInt(bodyBytes)),
  ]);
  const metadata = builder.finish(root);
  const bytes = new Uint8Array(8 + metadata.length + bodyBytes);
  bytes.fill(255, 0, 4);
  new DataView(bytes.buffer).setInt32(4, metadata.length, true);
  bytes.set(metadata, 8);
  let at = 8 + metadata.length;
  for (const buffer of body) {
    bytes.set(buffer, at);
    at += padded(buffer.length);
  }
  return bytes;
}

function padded(length: number): number {
  return Math.ceil(length / 8) * 8;
}

function fieldTable(builder: FlatBuilder, { name, type, metadata }: ArrowField): FlatOffset {
  const pairs = Object.entries(metadata).map(([key, value]) => {
    const texts = [builder.text(key), builder.text(value)];
    return builder.table(texts.map(offset));
  });
  const custom = pairs.length === 0 ? undefined : offset(builder.offsets(pairs));
  const children = offset(builder.offsets([]));
  const own = offset(typeTable(builder, type));
  const text = offset(builder.text(name));
  return builder.table([
    text,
    int8(1),
    int8(TYPE_NUMBERS[type]),
    own,
    undefined,
    children,
    custom,
  ]);
}

function typeTable(builder: FlatBuilder, type: ArrowType): FlatOffset {
  switch (type) {
    case "int32":
      return builder.table([int32(32), int8(1)]);
    case "int64":
      return builder.table([int32(64), int8(1)]);
    case "double":
      return builder.table([int16(DOUBLE)]);
    case "timestamp": {
      const zone = offset(builder.text("UTC"));
      return builder.table([int16(NANOSECOND), zone]);
    }
    case "duration":
      return builder.table([int16(NANOSECOND)]);
    case "bool":
    case "utf8":
      return builder.table([]);
  }
}

const offset = (value: FlatOffset): FlatField => ({ type: "offset", value });
const int8 = (value: number): FlatField => ({ type: "int8", value });
const int16 = (value: number): FlatField => ({ type: "int16", value });
const int32 = (value: number): FlatField => ({ type: "int32", value });
const int64 = (value: bigint): FlatField => ({ type: "int64", value });
