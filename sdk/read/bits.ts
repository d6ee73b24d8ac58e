/**
 * Numbers of a few bits each, packed end to end, highest bit first.
 *
 * @module
 */

/** Packs numbers into `bytes`, which must be zeros and large enough. */
export class BitWriter {
  readonly bytes: Uint8Array;
  #used = 0;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  /** Bytes begun. */
  get length(): number {
    return (this.#used + 7) >> 3;
  }

  /** The low `bits` bits of `value`, at most 53. */
  write(value: number, bits: number): void {
    for (let left = bits; left > 0;) {
      const room = 8 - (this.#used & 7);
      const n = Math.min(room, left);
      const piece = Math.floor(value / 2 ** (left - n)) % 2 ** n;
      this.bytes[this.#used >> 3]! |= piece << (room - n);
      this.#used += n;
      left -= n;
    }
  }

  /** A number of unknown size: six bits that tell its length in bits, then the number. */
  writeSized(value: number): void {
    const bits = sizeOf(value);
    this.write(bits, 6);
    this.write(value, bits);
  }

  /** A number that is mostly below 2^k (Rice's code): so many ones as there are 2^k in it. */
  writeRice(value: number, k: number): void {
    for (let ones = Math.floor(value / 2 ** k); ones > 0; ones--) this.write(1, 1);
    this.write(0, 1);
    this.write(value, k);
  }
}

/** Reads what {@link BitWriter} wrote. Past the end there are zeros. */
export class BitReader {
  readonly #bytes: Uint8Array;
  #used = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  read(bits: number): number {
    let value = 0;
    for (let left = bits; left > 0;) {
      const room = 8 - (this.#used & 7);
      const n = Math.min(room, left);
      const byte = this.#bytes[this.#used >> 3] ?? 0;
      value = value * 2 ** n + ((byte >> (room - n)) & (2 ** n - 1));
      this.#used += n;
      left -= n;
    }
    return value;
  }

  readSized(): number {
    return this.read(Math.min(this.read(6), 53));
  }

  readRice(k: number): number {
    let ones = 0;
    while (this.read(1) === 1) ones++;
    return ones * 2 ** k + this.read(k);
  }
}

/** Bits of `value`: 0 has none. */
export function sizeOf(value: number): number {
  return value === 0 ? 0 : Math.floor(Math.log2(value)) + 1;
}
