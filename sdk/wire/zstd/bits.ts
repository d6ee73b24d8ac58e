/**
 * Bits of a zstd stream (RFC 8878 §4): forward for tables, backward for what is coded by them.
 *
 * @module
 */
import { BodyError } from "../bytes.ts";

/** @throws {BodyError} Always: the bytes are no zstd. */
export function refuse(): never {
  throw new BodyError("Cannot read body: it is no zstd of the declared length");
}

/** Reads from the first byte on, lowest bit first. */
export class ForwardBits {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** The next `n` bits, at most 16. @throws {BodyError} If there are not as many. */
  read(n: number): number {
    const byte = this.#at >> 3;
    if (this.#at + n > this.#bytes.length * 8) refuse();
    const word = this.#bytes[byte]! | ((this.#bytes[byte + 1] ?? 0) << 8) |
      ((this.#bytes[byte + 2] ?? 0) << 16);
    const value = (word >>> (this.#at & 7)) & ((1 << n) - 1);
    this.#at += n;
    return value;
  }

  rewind(n: number): void {
    this.#at -= n;
  }

  /** Whole bytes up to here. */
  get bytesRead(): number {
    return (this.#at + 7) >> 3;
  }
}

/** Reads from the last byte's highest set bit, which is not part of the stream, to the first byte. */
export class BackwardBits {
  readonly #bytes: Uint8Array;
  /** Bits that are left; below zero where more were read than there are: those were zeros. */
  left: number;

  /** @throws {BodyError} If the last byte has no mark. */
  constructor(bytes: Uint8Array) {
    const last = bytes.at(-1) ?? 0;
    if (last === 0) refuse();
    this.#bytes = bytes;
    this.left = (bytes.length - 1) * 8 + 31 - Math.clz32(last);
  }

  /** The next `n` bits, at most 31. */
  read(n: number): number {
    if (n > 24) return this.read(n - 16) * 65_536 + this.read(16);
    this.left -= n;
    return this.#from(this.left, n);
  }

  /** What {@link read} would give; at most 24 bits. */
  peek(n: number): number {
    return this.#from(this.left - n, n);
  }

  #from(start: number, n: number): number {
    const bytes = this.#bytes;
    if (start >= 0) {
      const byte = start >> 3;
      const word = bytes[byte]! | (bytes[byte + 1]! << 8) | (bytes[byte + 2]! << 16) |
        (bytes[byte + 3]! << 24);
      return (word >>> (start & 7)) & ((1 << n) - 1);
    }
    const there = start + n;
    return there <= 0 ? 0 : this.#from(0, there) << -start;
  }
}
