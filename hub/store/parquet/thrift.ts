/**
 * Writes Thrift's compact protocol, as much of it as Parquet's headers and footer need.
 *
 * Apache Thrift, "Thrift Compact protocol encoding".
 *
 * @module
 */
import type { ByteWriter } from "../../../sdk/wire/bytes.ts";

const TRUE = 1;
const FALSE = 2;
const I32 = 5;
const I64 = 6;
const BINARY = 8;
const LIST = 9;
const STRUCT = 12;

const ELEMENT = { i32: I32, binary: BINARY, struct: STRUCT } as const;
const encoder = new TextEncoder();

/** Writes structs field by field, ids ascending; {@link end} closes the innermost. */
export class ThriftWriter {
  readonly #out: ByteWriter;
  readonly #open: number[] = [];
  #last = 0;

  constructor(out: ByteWriter) {
    this.#out = out;
  }

  i32(id: number, value: number): this {
    this.#field(id, I32);
    this.#out.zigzag(value);
    return this;
  }

  /** A whole number up to 2^53 - 1. */
  i64(id: number, value: number): this {
    this.#field(id, I64);
    this.#out.zigzag(value);
    return this;
  }

  bool(id: number, value: boolean): this {
    this.#field(id, value ? TRUE : FALSE);
    return this;
  }

  binary(id: number, value: Uint8Array | string): this {
    this.#field(id, BINARY);
    this.#bytes(value);
    return this;
  }

  /** Opens a struct as field `id`. */
  struct(id: number): this {
    this.#field(id, STRUCT);
    return this.begin();
  }

  /** Opens a struct that is no field: the outermost, or a list's element. */
  begin(): this {
    this.#open.push(this.#last);
    this.#last = 0;
    return this;
  }

  end(): this {
    this.#out.byte(0);
    this.#last = this.#open.pop() ?? 0;
    return this;
  }

  /** Starts a list of `length` elements as field `id`; the elements follow. */
  list(id: number, of: keyof typeof ELEMENT, length: number): this {
    this.#field(id, LIST);
    if (length < 15) this.#out.byte((length << 4) | ELEMENT[of]);
    else {
      this.#out.byte(0xf0 | ELEMENT[of]);
      this.#out.varint(length);
    }
    return this;
  }

  /** An element of a list of `i32`. */
  element(value: number): this {
    this.#out.zigzag(value);
    return this;
  }

  /** An element of a list of `binary`. */
  text(value: string): this {
    this.#bytes(value);
    return this;
  }

  #bytes(value: Uint8Array | string): void {
    const bytes = typeof value === "string" ? encoder.encode(value) : value;
    this.#out.varint(bytes.length);
    this.#out.raw(bytes);
  }

  #field(id: number, type: number): void {
    const delta = id - this.#last;
    if (delta < 1 || delta > 15) {
      throw new RangeError(`Cannot write field: id ${id} after ${this.#last}`);
    }
    this.#out.byte((delta << 4) | type);
    this.#last = id;
  }
}
