/**
 * Reads Thrift's compact protocol into plain values: Parquet's headers and footer.
 *
 * Apache Thrift, "Thrift Compact protocol encoding". Fields that nobody asks for are read over.
 *
 * @module
 */
import { ParquetError } from "./parquet_error.ts";

/** Fields by id. 64-bit numbers are exact up to 2^53. */
export type ThriftStruct = ReadonlyMap<number, ThriftValue>;
export type ThriftValue = boolean | number | Uint8Array | readonly ThriftValue[] | ThriftStruct;

const TYPE = { true: 1, false: 2, byte: 3, i16: 4, i32: 5, i64: 6, double: 7, binary: 8 } as const;
const LIST = 9;
const SET = 10;
const STRUCT = 12;
const MAX_DEPTH = 16;

/** The struct at `at`, and where it ends. @throws {ParquetError} */
export function readThrift(
  bytes: Uint8Array,
  at: number,
): { readonly fields: ThriftStruct; readonly end: number } {
  const reader = new ThriftReader(bytes, at);
  const fields = reader.struct(0);
  return { fields, end: reader.at };
}

class ThriftReader {
  at: number;
  readonly #bytes: Uint8Array;

  constructor(bytes: Uint8Array, at: number) {
    this.#bytes = bytes;
    this.at = at;
  }

  struct(depth: number): ThriftStruct {
    if (depth > MAX_DEPTH) throw new ParquetError("format", "Cannot read header: it is too deep");
    const fields = new Map<number, ThriftValue>();
    for (let id = 0;;) {
      const head = this.#byte();
      if (head === 0) return fields;
      const delta = head >>> 4;
      id = delta === 0 ? this.#zigzag() : id + delta;
      fields.set(id, this.#value(head & 15, depth));
    }
  }

  #value(type: number, depth: number): ThriftValue {
    switch (type) {
      case TYPE.true:
        return true;
      case TYPE.false:
        return false;
      case TYPE.byte:
        return this.#byte();
      case TYPE.i16:
      case TYPE.i32:
      case TYPE.i64:
        return this.#zigzag();
      case TYPE.double:
        return this.#take(8);
      case TYPE.binary:
        return this.#take(this.#varint());
      case LIST:
      case SET:
        return this.#list(depth);
      case STRUCT:
        return this.struct(depth + 1);
      default:
        throw new ParquetError("format", `Cannot read header: type ${type} is not known`);
    }
  }

  #list(depth: number): readonly ThriftValue[] {
    const head = this.#byte();
    const length = head >>> 4 === 15 ? this.#varint() : head >>> 4;
    if (length > this.#bytes.length) {
      throw new ParquetError("format", `Cannot read header: a list of ${length}`);
    }
    const type = head & 15;
    return Array.from({ length }, () => {
      if (type === TYPE.true || type === TYPE.false) return this.#byte() === 1;
      return this.#value(type, depth);
    });
  }

  #byte(): number {
    const byte = this.#bytes[this.at++];
    if (byte === undefined) throw new ParquetError("format", "Cannot read header: it is cut off");
    return byte;
  }

  #take(length: number): Uint8Array {
    const start = this.at;
    this.at += length;
    if (this.at > this.#bytes.length) {
      throw new ParquetError("format", "Cannot read header: it is cut off");
    }
    return this.#bytes.subarray(start, this.at);
  }

  #varint(): number {
    let value = 0;
    for (let scale = 1; scale <= 2 ** 63; scale *= 128) {
      const byte = this.#byte();
      value += (byte & 127) * scale;
      if (byte < 128) return value;
    }
    throw new ParquetError("format", "Cannot read header: a number does not end");
  }

  #zigzag(): number {
    const value = this.#varint();
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }
}
