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
import { type Column, type ColumnBatch, type Strings, TOKEN_BYTES } from "./column.ts";

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
/** Bytes that are copied faster one by one than by a call. */
const FEW_BYTES = 96;
const encoder = new TextEncoder();

/**
 * Gives the bytes of row `row`, as a view that is valid until the next call. They come after
 * `before` bytes that are the caller's and stay as they are.
 */
export function rowBytesOf(batch: ColumnBatch, before = 0): (row: number) => Uint8Array {
  const out = new RowWriter(before);
  out.byte(VERSION);
  const table = encoder.encode(batch.table);
  out.u16(table.length);
  out.raw(table, 0, table.length);
  const start = out.used;
  const cells = batch.columns.map((column) => cellsOf(out, column));
  return (row) => {
    out.used = start;
    for (const write of cells) write(row);
    return out.bytes.subarray(0, out.used);
  };
}

class RowWriter {
  bytes: Uint8Array;
  #view: DataView;
  used: number;

  constructor(before: number) {
    this.bytes = new Uint8Array(before + FIRST_BYTES);
    this.#view = new DataView(this.bytes.buffer);
    this.used = before;
  }

  /** The head of a value of `size` bytes, for which there is room then. */
  value(head: Uint8Array, size: number): void {
    this.#ensure(head.length + 4 + size);
    this.#copy(head, 0, head.length);
    this.u32(size);
  }

  byte(byte: number): void {
    this.bytes[this.used++] = byte;
  }

  /** Bytes `from` to `to` - 1 of `bytes`. */
  raw(bytes: Uint8Array, from: number, to: number): void {
    this.#ensure(to - from);
    this.#copy(bytes, from, to);
  }

  u16(value: number): void {
    this.#view.setUint16(this.used, value);
    this.used += 2;
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

  /** `ms` and `ticks` of 100 ns as ticks, as {@link i64}. */
  time(ms: number, ticks: number): void {
    // In halves of ms, because ticks go beyond 2^53 and big integers are slow.
    const half = Math.floor(ms / 2 ** 20);
    const upper = half * 10_000;
    const high = Math.floor(upper / 2 ** 12);
    const rest = (ms - half * 2 ** 20) * 10_000 + ticks;
    const low = (upper - high * 2 ** 12) * 2 ** 20 + rest;
    const carry = Math.floor(low / 2 ** 32);
    this.#view.setInt32(this.used, high + carry);
    this.#view.setUint32(this.used + 4, low - carry * 2 ** 32);
    this.used += 8;
  }

  f64(value: number): void {
    this.#view.setFloat64(this.used, value);
    this.used += 8;
  }

  #copy(bytes: Uint8Array, from: number, to: number): void {
    const own = this.bytes;
    let at = this.used;
    this.used = at + to - from;
    if (to - from > FEW_BYTES) own.set(bytes.subarray(from, to), at);
    else for (let i = from; i < to; i++) own[at++] = bytes[i]!;
  }

  #ensure(more: number): void {
    if (this.used + more <= this.bytes.length) return;
    const grown = new Uint8Array(2 * (this.used + more));
    grown.set(this.bytes.subarray(0, this.used));
    this.bytes = grown;
    this.#view = new DataView(grown.buffer);
  }
}

/** Writes the value of a row, unless it is absent. */
type WriteCell = (row: number) => void;

/** What stands before a value's length. */
function headOf(name: string, type: number): Uint8Array {
  const bytes = encoder.encode(name);
  const head = new Uint8Array(2 + bytes.length + 1);
  new DataView(head.buffer).setUint16(0, bytes.length);
  head.set(bytes, 2);
  head[head.length - 1] = type;
  return head;
}

function cellsOf(out: RowWriter, column: Column): WriteCell {
  switch (column.form) {
    case "dict": {
      const write = entriesOf(out, headOf(column.name, TYPE.string), column.entries);
      const { indexes } = column;
      return (row) => {
        const index = indexes[row]!;
        if (index > 0) write(index - 1);
      };
    }
    case "text": {
      const write = entriesOf(out, headOf(column.name, TYPE[column.type]), column.rows);
      const { absent } = column;
      return (row) => {
        if (absent?.[row] !== 1) write(row);
      };
    }
    case "number":
      return numbersOf(out, column);
    case "wide": {
      const head = headOf(column.name, TYPE.long);
      return (row) => {
        if (column.absent?.[row] === 1) return;
        out.value(head, 8);
        out.i64(column.values[row]!);
      };
    }
    case "time": {
      const head = headOf(column.name, TYPE.datetime);
      return (row) => {
        const ms = column.ms[row]!;
        // What is no whole number was never a time: hostile bytes must not stop a verifier.
        if (!Number.isInteger(ms)) return;
        out.value(head, 8);
        out.time(ms, column.ticks?.[row] ?? 0);
      };
    }
    case "bool": {
      const head = headOf(column.name, TYPE.bool);
      return (row) => {
        if (column.values[row] === 2) return;
        out.value(head, 1);
        out.byte(column.values[row]!);
      };
    }
    default:
      return keyedOf(out, column);
  }
}

function entriesOf(out: RowWriter, head: Uint8Array, { bytes, ends }: Strings): WriteCell {
  return (at) => {
    const from = at === 0 ? 0 : ends[at - 1]!;
    const to = ends[at]!;
    out.value(head, to - from);
    out.raw(bytes, from, to);
  };
}

function numbersOf(
  out: RowWriter,
  { name, type, values }: Extract<Column, { readonly form: "number" }>,
): WriteCell {
  const head = headOf(name, TYPE[type]);
  return (row) => {
    const value = values[row]!;
    if (Number.isNaN(value)) return;
    out.value(head, 8);
    if (type === "real") out.f64(value);
    else out.whole(value);
  };
}

function keyedOf(
  out: RowWriter,
  column: Extract<Column, { readonly form: "token" | "address" }>,
): WriteCell {
  const { indexes, tokens, epoch } = column;
  const isAddress = column.form === "address";
  const kind = encoder.encode(column.kind);
  const head = headOf(column.name, isAddress ? TYPE.address : TYPE.token);
  const size = 4 + (isAddress ? 2 : 0) + TOKEN_BYTES + kind.length;
  const plain = isAddress
    ? undefined
    : entriesOf(out, headOf(column.name, TYPE.plain), column.plain);
  const count = tokens.length / TOKEN_BYTES;
  return (row) => {
    const index = indexes[row]! - 1;
    if (index < 0) return;
    if (plain !== undefined && index >= count) {
      plain(index - count);
      return;
    }
    out.value(head, size);
    out.u32(epoch);
    if (isAddress) {
      out.byte(column.categories[index]!);
      out.byte(column.families[index]!);
    }
    out.raw(tokens, index * TOKEN_BYTES, (index + 1) * TOKEN_BYTES);
    out.raw(kind, 0, kind.length);
  };
}
