/**
 * Decompresses deflate (RFC 1951) piece by piece and at once: `node:zlib` gives a stream only to who
 * waits for it, and not the last bytes before damage.
 *
 * What is held is 32 KiB of window and one piece, whatever the bytes say.
 *
 * @module
 */
import { codeOf, FAST_BITS, type HuffmanCode, MOST_BITS } from "./huffman_code.ts";
import { type PackedBytes, refuse } from "./packed_bytes.ts";

const WINDOW_BYTES = 32 * 1024;
const PIECE_BYTES = 128 * 1024;
/** A copy is no longer. */
const MOST_COPY = 258;
const END_OF_BLOCK = 256;

/** RFC 1951 §3.2.5: bits that follow a code of a length or a distance; what they are added to. */
const LENGTH_BITS = [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4]
  .concat([5, 5, 5, 5, 0]);
const DISTANCE_BITS = Array.from({ length: 30 }, (_, code) => Math.max(0, (code >> 1) - 1));
const LENGTH_BASES = LENGTH_BITS.map((_, code) => code === 28 ? 258 : baseOf(LENGTH_BITS, code, 3));
const DISTANCE_BASES = DISTANCE_BITS.map((_, code) => baseOf(DISTANCE_BITS, code, 1));
/** RFC 1951 §3.2.7: the order in which lengths of the code of lengths stand. */
const LENGTH_ORDER = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];

const FIXED_LITERALS = codeOf(
  Uint8Array.from({ length: 288 }, (_, n) => n < 144 ? 8 : n < 256 ? 9 : n < 280 ? 7 : 8),
);
const FIXED_DISTANCES = codeOf(new Uint8Array(30).fill(5));

type Block =
  | { readonly kind: "stored"; left: number }
  | { readonly kind: "coded"; readonly literals: HuffmanCode; readonly distances: HuffmanCode };

/** One deflate stream of `bytes`. */
export class Inflate {
  readonly #bytes: PackedBytes;
  readonly #out = new Uint8Array(WINDOW_BYTES + PIECE_BYTES + MOST_COPY);
  #used = 0;
  #given = 0;
  #block: Block | undefined;
  #isLast = false;
  #hold = 0;
  #count = 0;

  constructor(bytes: PackedBytes) {
    this.#bytes = bytes;
  }

  /**
   * The next bytes of the stream; undefined at its end, where `bytes` stands behind it. What comes
   * before damage can still be had by {@link rest}.
   *
   * @throws {UnpackError} If it cannot go on.
   */
  next(): Uint8Array | undefined {
    if (this.#used > WINDOW_BYTES) {
      this.#out.copyWithin(0, this.#used - WINDOW_BYTES, this.#used);
      this.#given = this.#used = WINDOW_BYTES;
    }
    while (this.#used < WINDOW_BYTES + PIECE_BYTES) {
      if (this.#block === undefined) {
        if (this.#isLast) break;
        this.#begin();
      }
      const isOver = this.#block?.kind === "stored"
        ? this.#copyStored(this.#block)
        : this.#decode(this.#block!);
      if (isOver) this.#block = undefined;
    }
    const piece = this.rest();
    return piece.length === 0 ? undefined : piece;
  }

  /** What was decompressed and not given yet. */
  rest(): Uint8Array {
    const piece = this.#out.subarray(this.#given, this.#used);
    this.#given = this.#used;
    return piece;
  }

  #begin(): void {
    this.#isLast = this.#bits(1) === 1;
    const type = this.#bits(2);
    if (type === 0) {
      this.end();
      const head = this.#bytes.take(4);
      const left = head[0]! | head[1]! << 8;
      if ((left ^ (head[2]! | head[3]! << 8)) !== 0xffff) refuse("a block's length is damaged");
      this.#block = { kind: "stored", left };
    } else if (type === 1) {
      this.#block = { kind: "coded", literals: FIXED_LITERALS, distances: FIXED_DISTANCES };
    } else if (type === 2) this.#block = this.#readCodes();
    else refuse("a block is of no known type");
  }

  /** RFC 1951 §3.2.7. */
  #readCodes(): Block {
    const literals = this.#bits(5) + 257;
    const distances = this.#bits(5) + 1;
    const count = this.#bits(4) + 4;
    if (literals > 286 || distances > 30) refuse("a block has too many codes");
    const ofLengths = new Uint8Array(19);
    for (const at of LENGTH_ORDER.slice(0, count)) ofLengths[at] = this.#bits(3);
    const code = codeOf(ofLengths);
    const lengths = new Uint8Array(literals + distances);
    for (let at = 0; at < lengths.length;) {
      const symbol = this.#symbol(code);
      if (symbol < 16) {
        lengths[at++] = symbol;
        continue;
      }
      if (symbol === 16 && at === 0) refuse("a code's length repeats none");
      const value = symbol === 16 ? lengths[at - 1]! : 0;
      const times = symbol === 16
        ? 3 + this.#bits(2)
        : symbol === 17
        ? 3 + this.#bits(3)
        : 11 + this.#bits(7);
      if (at + times > lengths.length) refuse("a block has too many lengths");
      lengths.fill(value, at, at += times);
    }
    if (lengths[END_OF_BLOCK] === 0) refuse("a block has no end");
    return {
      kind: "coded",
      literals: codeOf(lengths.subarray(0, literals)),
      distances: codeOf(lengths.subarray(literals)),
    };
  }

  /** Whether the block is over; else the piece is full. */
  #copyStored(block: { left: number }): boolean {
    const bytes = this.#bytes;
    const room = WINDOW_BYTES + PIECE_BYTES - this.#used;
    if (block.left > 0 && bytes.isAtEnd()) bytes.byte();
    const some = Math.min(block.left, room, bytes.end - bytes.at);
    this.#out.set(bytes.take(some), this.#used);
    this.#used += some;
    block.left -= some;
    return block.left === 0;
  }

  /** Whether the block is over; else the piece is full. */
  #decode(block: Block): boolean {
    if (block.kind !== "coded") return true;
    const { literals, distances } = block;
    const out = this.#out;
    while (this.#used < WINDOW_BYTES + PIECE_BYTES) {
      const symbol = this.#symbol(literals);
      if (symbol < END_OF_BLOCK) {
        out[this.#used++] = symbol;
        continue;
      }
      if (symbol === END_OF_BLOCK) return true;
      const lengthCode = symbol - 257;
      if (lengthCode > 28) refuse("a copy has no known length");
      const length = LENGTH_BASES[lengthCode]! + this.#bits(LENGTH_BITS[lengthCode]!);
      const distanceCode = this.#symbol(distances);
      if (distanceCode > 29) refuse("a copy has no known distance");
      const distance = DISTANCE_BASES[distanceCode]! + this.#bits(DISTANCE_BITS[distanceCode]!);
      this.#copy(distance, length);
    }
    return false;
  }

  #copy(distance: number, length: number): void {
    const out = this.#out;
    const to = this.#used;
    if (distance > to) refuse("a copy reaches over the beginning");
    this.#used += length;
    if (distance >= length && length > 16) {
      out.copyWithin(to, to - distance, to - distance + length);
      return;
    }
    for (let at = to; at < to + length; at++) out[at] = out[at - distance]!;
  }

  #symbol(code: HuffmanCode): number {
    while (this.#count < MOST_BITS && !this.#bytes.isAtEnd()) {
      this.#hold |= this.#bytes.byte() << this.#count;
      this.#count += 8;
    }
    const entry = code.fast[this.#hold & ((1 << FAST_BITS) - 1)]!;
    const length = entry & 15;
    if (entry === 0) return this.#longSymbol(code);
    if (length > this.#count) return this.#bytes.byte();
    this.#hold >>>= length;
    this.#count -= length;
    return entry >> 4;
  }

  /** Bit by bit: the words of each length are consecutive numbers. */
  #longSymbol({ counts, symbols }: HuffmanCode): number {
    let code = 0;
    let first = 0;
    let index = 0;
    for (let length = 1; length <= MOST_BITS; length++) {
      code |= this.#bits(1);
      const count = counts[length]!;
      if (code - count < first) return symbols[index + code - first]!;
      index += count;
      first = (first + count) << 1;
      code <<= 1;
    }
    return refuse("a code stands for nothing");
  }

  /** The next `n` bits, at most 16. @throws {UnpackError} */
  #bits(n: number): number {
    while (this.#count < n) {
      this.#hold |= this.#bytes.byte() << this.#count;
      this.#count += 8;
    }
    const value = this.#hold & ((1 << n) - 1);
    this.#hold >>>= n;
    this.#count -= n;
    return value;
  }

  /** Gives back what was read ahead, in whole bytes: what follows begins with the next one. */
  end(): void {
    this.#bytes.at -= this.#count >> 3;
    this.#hold = this.#count = 0;
  }
}

function baseOf(bits: readonly number[], code: number, first: number): number {
  let base = first;
  for (const size of bits.slice(0, code)) base += 2 ** size;
  return base;
}
