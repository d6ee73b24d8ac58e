/**
 * A row as bytes, whatever forms its columns have: what a leaf of a frame's tree of rows hashes.
 *
 * | offset | size | content                                        |
 * | -----: | ---: | ---------------------------------------------- |
 * |      0 |    1 | version, 1                                     |
 * |      1 |    2 | length n of the table's name, big-endian       |
 * |      3 |    n | the table's name, UTF-8                        |
 * |  3 + n |      | values in the order of the frame's columns     |
 *
 * | offset | size | content of a value; what is absent has none    |
 * | -----: | ---: | ---------------------------------------------- |
 * |      0 |    2 | length n of the column's name, big-endian      |
 * |      2 |    n | the column's name, UTF-8                       |
 * |  2 + n |    1 | type                                           |
 * |  3 + n |    4 | length m, big-endian                           |
 * |  7 + n |    m | the value                                      |
 *
 * | type | value                                                                         |
 * | ---: | ----------------------------------------------------------------------------- |
 * |    1 | string, UTF-8                                                                 |
 * |    2 | dynamic, one msgpack value                                                    |
 * |    3 | int, 8 bytes, signed, big-endian                                              |
 * |    4 | long, as an int                                                               |
 * |    5 | real, 8 bytes, IEEE 754, big-endian                                           |
 * |    6 | datetime, 8 bytes, signed, big-endian: ticks of 100 ns since the Unix epoch   |
 * |    7 | bool, 1 byte                                                                  |
 * |    8 | token: epoch (4), token (16), its kind, UTF-8                                 |
 * |    9 | a well-known principal in the place of a token, UTF-8                         |
 * |   10 | address: epoch (4), category (1), family (1), token (16), its kind, UTF-8     |
 *
 * @module
 */
import { type Column, type ColumnBatch, entryBytes, type Strings, TOKEN_BYTES } from "./column.ts";

const TYPE = {
  string: 1,
  dynamic: 2,
  int: 3,
  long: 4,
  real: 5,
  datetime: 6,
  bool: 7,
  token: 8,
  plain: 9,
  address: 10,
} as const;
const VERSION = 1;
const FIRST_BYTES = 4096;
const encoder = new TextEncoder();

/** Gives the bytes of row `row`, as a view that is valid until the next call. */
export function rowBytesOf(batch: ColumnBatch): (row: number) => Uint8Array {
  const out = new RowWriter();
  out.byte(VERSION);
  out.name(encoder.encode(batch.table));
  const start = out.used;
  const columns = batch.columns.map((column) => ({ column, ...constantsOf(column) }));
  return (row) => {
    out.used = start;
    for (const { column, name, kind } of columns) {
      out.next = name;
      writeValue(out, column, { row, kind });
    }
    return out.bytes.subarray(0, out.used);
  };
}

function constantsOf(column: Column): { readonly name: Uint8Array; readonly kind: Uint8Array } {
  return {
    name: encoder.encode(column.name),
    kind: encoder.encode("kind" in column ? column.kind : ""),
  };
}

class RowWriter {
  bytes = new Uint8Array(FIRST_BYTES);
  #view = new DataView(this.bytes.buffer);
  used = 0;
  /** Name of the column whose value comes next. */
  next: Uint8Array = this.bytes;

  /** The head of a value of `size` bytes, for which there is room then. */
  value(type: number, size: number): void {
    this.name(this.next, 5 + size);
    this.#view.setUint8(this.used, type);
    this.#view.setUint32(this.used + 1, size);
    this.used += 5;
  }

  name(name: Uint8Array, more = 0): void {
    this.#ensure(2 + name.length + more);
    this.#view.setUint16(this.used, name.length);
    this.bytes.set(name, this.used + 2);
    this.used += 2 + name.length;
  }

  byte(byte: number): void {
    this.bytes[this.used++] = byte;
  }

  raw(bytes: Uint8Array): void {
    this.bytes.set(bytes, this.used);
    this.used += bytes.length;
  }

  u32(value: number): void {
    this.#view.setUint32(this.used, value);
    this.used += 4;
  }

  i64(value: bigint): void {
    this.#view.setBigInt64(this.used, value);
    this.used += 8;
  }

  /** A whole number up to 2^53 in magnitude, as {@link i64}. */
  whole(value: number): void {
    const high = Math.floor(value / 2 ** 32);
    this.#view.setInt32(this.used, high);
    this.#view.setUint32(this.used + 4, value - high * 2 ** 32);
    this.used += 8;
  }

  f64(value: number): void {
    this.#view.setFloat64(this.used, value);
    this.used += 8;
  }

  #ensure(more: number): void {
    if (this.used + more <= this.bytes.length) return;
    const grown = new Uint8Array(2 * (this.used + more));
    grown.set(this.bytes.subarray(0, this.used));
    this.bytes = grown;
    this.#view = new DataView(grown.buffer);
  }
}

interface Place {
  readonly row: number;
  /** That of the column's tokens. */
  readonly kind: Uint8Array;
}

function writeValue(out: RowWriter, column: Column, { row, kind }: Place): void {
  switch (column.form) {
    case "dict": {
      const index = column.indexes[row]!;
      if (index > 0) writeEntry(out, TYPE.string, { strings: column.entries, at: index - 1 });
      return;
    }
    case "text":
      if (column.absent?.[row] !== 1) {
        writeEntry(out, TYPE[column.type], { strings: column.rows, at: row });
      }
      return;
    case "number": {
      const value = column.values[row]!;
      if (Number.isNaN(value)) return;
      out.value(TYPE[column.type], 8);
      if (column.type === "real") out.f64(value);
      else out.whole(value);
      return;
    }
    case "wide":
      if (column.absent?.[row] === 1) return;
      out.value(TYPE.long, 8);
      out.i64(column.values[row]!);
      return;
    case "time": {
      const ms = column.ms[row]!;
      // What is no whole number was never a time: hostile bytes must not stop a verifier.
      if (!Number.isInteger(ms)) return;
      out.value(TYPE.datetime, 8);
      out.i64(BigInt(ms) * 10_000n + BigInt(column.ticks?.[row] ?? 0));
      return;
    }
    case "bool":
      if (column.values[row] === 2) return;
      out.value(TYPE.bool, 1);
      out.byte(column.values[row]!);
      return;
    default:
      writeKeyed(out, column, { row, kind });
  }
}

function writeKeyed(
  out: RowWriter,
  column: Extract<Column, { readonly form: "token" | "address" }>,
  { row, kind }: Place,
): void {
  const index = column.indexes[row]! - 1;
  if (index < 0) return;
  const tokens = column.tokens.length / TOKEN_BYTES;
  if (column.form === "token" && index >= tokens) {
    writeEntry(out, TYPE.plain, { strings: column.plain, at: index - tokens });
    return;
  }
  const isAddress = column.form === "address";
  const size = 4 + (isAddress ? 2 : 0) + TOKEN_BYTES + kind.length;
  out.value(isAddress ? TYPE.address : TYPE.token, size);
  out.u32(column.epoch);
  if (isAddress) {
    out.byte(column.categories[index]!);
    out.byte(column.families[index]!);
  }
  out.raw(column.tokens.subarray(index * TOKEN_BYTES, (index + 1) * TOKEN_BYTES));
  out.raw(kind);
}

function writeEntry(
  out: RowWriter,
  type: number,
  { strings, at }: { readonly strings: Strings; readonly at: number },
): void {
  const bytes = entryBytes(strings, at);
  out.value(type, bytes.length);
  out.raw(bytes);
}
