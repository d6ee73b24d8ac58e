/**
 * Writes and reads the body of a frame: a small, strict part of msgpack (msgpack.org spec).
 *
 * Written: fixmap, array, fixstr/str8, unsigned integers, nil, bin. Read: those and nothing else,
 * so that extensions, floats, nesting and lengths past the end are refused by construction.
 *
 * @module
 */

/** Bytes are not what the body's grammar allows. */
export class BodyError extends Error {
  override readonly name = "BodyError";
  readonly code = "body";
}

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true });

/** A growing buffer with the msgpack writer's calls. Used again after {@link reset}. */
export class ByteWriter {
  bytes: Buffer = Buffer.allocUnsafeSlow(1 << 16);
  used = 0;

  reset(): void {
    this.used = 0;
  }

  /** What was written, as a view. */
  view(): Uint8Array {
    return this.bytes.subarray(0, this.used);
  }

  ensure(more: number): void {
    if (this.used + more <= this.bytes.length) return;
    let size = this.bytes.length * 2;
    while (size < this.used + more) size *= 2;
    const grown = Buffer.allocUnsafeSlow(size);
    grown.set(this.bytes.subarray(0, this.used));
    this.bytes = grown;
  }

  byte(value: number): void {
    this.ensure(1);
    this.bytes[this.used++] = value;
  }

  raw(source: Uint8Array): void {
    this.ensure(source.length);
    this.bytes.set(source, this.used);
    this.used += source.length;
  }

  map(entries: number): void {
    this.byte(0x80 | entries);
  }

  array(length: number): void {
    if (length < 16) this.byte(0x90 | length);
    else {
      this.ensure(3);
      this.bytes[this.used++] = 0xdc;
      this.used = this.bytes.writeUInt16BE(length, this.used);
    }
  }

  /** At most 255 bytes of UTF-8. */
  string(text: string): void {
    const bytes = encoder.encode(text);
    if (bytes.length > 255) throw new RangeError(`Cannot write string: ${bytes.length} bytes`);
    if (bytes.length < 32) this.byte(0xa0 | bytes.length);
    else {
      this.byte(0xd9);
      this.byte(bytes.length);
    }
    this.raw(bytes);
  }

  /** A whole number from 0 to 2^32 - 1. */
  uint(value: number): void {
    this.ensure(5);
    if (value < 128) this.bytes[this.used++] = value;
    else if (value < 65_536) {
      this.bytes[this.used++] = 0xcd;
      this.used = this.bytes.writeUInt16BE(value, this.used);
    } else {
      this.bytes[this.used++] = 0xce;
      this.used = this.bytes.writeUInt32BE(value, this.used);
    }
  }

  bin(source: Uint8Array): void {
    const at = this.beginBin();
    this.raw(source);
    this.endBin(at);
  }

  /** Starts a bin whose content follows; {@link endBin} takes what this returns. */
  beginBin(): number {
    this.ensure(5);
    this.bytes[this.used] = 0xc6;
    this.used += 5;
    return this.used;
  }

  endBin(start: number): void {
    this.bytes.writeUInt32BE(this.used - start, start - 4);
  }

  /** LEB128 of a whole number from 0 to 2^53 - 1. */
  varint(value: number): void {
    this.ensure(8);
    let rest = value;
    while (rest > 127) {
      this.bytes[this.used++] = (rest % 128) | 128;
      rest = Math.floor(rest / 128);
    }
    this.bytes[this.used++] = rest;
  }

  /** {@link varint} of a signed number: 0, -1, 1, -2, … as 0, 1, 2, 3, … */
  zigzag(value: number): void {
    this.varint(value >= 0 ? value * 2 : -value * 2 - 1);
  }
}

/** Reads what {@link ByteWriter} wrote; every call throws {@link BodyError} on anything else. */
export class ByteReader {
  readonly bytes: Uint8Array;
  at = 0;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  get left(): number {
    return this.bytes.length - this.at;
  }

  byte(): number {
    const value = this.bytes[this.at++];
    if (value === undefined) throw new BodyError("Cannot read body: it ends too early");
    return value;
  }

  take(length: number): Uint8Array {
    if (length > this.left) throw new BodyError("Cannot read body: a length is past its end");
    const start = this.at;
    this.at += length;
    return this.bytes.subarray(start, this.at);
  }

  map(): number {
    const head = this.byte();
    if ((head & 0xf0) !== 0x80) throw new BodyError("Cannot read body: no map where one must be");
    return head & 15;
  }

  array(): number {
    const head = this.byte();
    if ((head & 0xf0) === 0x90) return head & 15;
    if (head !== 0xdc) throw new BodyError("Cannot read body: no array where one must be");
    return this.byte() * 256 + this.byte();
  }

  string(): string {
    const head = this.byte();
    const length = (head & 0xe0) === 0xa0 ? head & 31 : head === 0xd9 ? this.byte() : -1;
    if (length < 0) throw new BodyError("Cannot read body: no string where one must be");
    try {
      return decoder.decode(this.take(length));
    } catch (cause) {
      if (cause instanceof BodyError) throw cause;
      throw new BodyError("Cannot read body: a string is no UTF-8", { cause });
    }
  }

  uint(): number {
    const head = this.byte();
    if (head < 128) return head;
    const size = head === 0xcd ? 2 : head === 0xce ? 4 : 0;
    if (size === 0) throw new BodyError("Cannot read body: no number where one must be");
    let value = 0;
    for (let i = 0; i < size; i++) value = value * 256 + this.byte();
    return value;
  }

  bin(): Uint8Array {
    if (this.byte() !== 0xc6) throw new BodyError("Cannot read body: no bin where one must be");
    let length = 0;
    for (let i = 0; i < 4; i++) length = length * 256 + this.byte();
    return this.take(length);
  }

  varint(): number {
    let value = 0;
    for (let scale = 1; scale <= 2 ** 49; scale *= 128) {
      const byte = this.byte();
      value += (byte & 127) * scale;
      if (byte < 128) {
        if (value > Number.MAX_SAFE_INTEGER) break;
        return value;
      }
    }
    throw new BodyError("Cannot read body: a number is over 2^53 - 1");
  }

  zigzag(): number {
    const value = this.varint();
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }

  /** @throws {BodyError} If anything is left. */
  end(): void {
    if (this.left !== 0) throw new BodyError(`Cannot read body: ${this.left} bytes too many`);
  }
}
