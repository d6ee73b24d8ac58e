/**
 * XXH64 with seed 0: the checksum that a zstd frame may end with (RFC 8878 §3.1.1). Ours have none.
 *
 * A number of 64 bits is two of 32 here, high and low: a `bigint` is twenty times slower.
 *
 * @module
 */

interface U64 {
  high: number;
  low: number;
}

const P1: U64 = { high: 0x9e3779b1, low: 0x85ebca87 };
const P2: U64 = { high: 0xc2b2ae3d, low: 0x27d4eb4f };
const P3: U64 = { high: 0x165667b1, low: 0x9e3779f9 };
const P4: U64 = { high: 0x85ebca77, low: 0xc2b2ae63 };
const P5: U64 = { high: 0x27d4eb2f, low: 0x165667c5 };
const STRIPE_BYTES = 32;

/** Hashes what it is given piece by piece. */
export class XxHash64 {
  readonly #lanes: readonly U64[] = [
    plus({ ...P1 }, P2),
    { ...P2 },
    { high: 0, low: 0 },
    minus(P1),
  ];
  readonly #kept = new Uint8Array(STRIPE_BYTES);
  #keptBytes = 0;
  #length = 0;

  update(bytes: Uint8Array): this {
    this.#length += bytes.length;
    let at = 0;
    if (this.#keptBytes > 0) {
      at = Math.min(STRIPE_BYTES - this.#keptBytes, bytes.length);
      this.#kept.set(bytes.subarray(0, at), this.#keptBytes);
      this.#keptBytes += at;
      if (this.#keptBytes < STRIPE_BYTES) return this;
      this.#stripes(this.#kept, 0);
      this.#keptBytes = 0;
    }
    at = this.#stripes(bytes, at);
    this.#kept.set(bytes.subarray(at));
    this.#keptBytes = bytes.length - at;
    return this;
  }

  /** The low 32 bits of the hash of all so far. */
  low(): number {
    const hash = this.#length >= STRIPE_BYTES ? this.#merged() : { ...P5 };
    plus(hash, { high: Math.floor(this.#length / 2 ** 32), low: this.#length >>> 0 });
    const end = this.#keptBytes;
    const view = new DataView(this.#kept.buffer);
    let at = 0;
    for (; at + 8 <= end; at += 8) {
      xor(hash, round({ high: 0, low: 0 }, wordAt(view, at)));
      plus(times(rotate(hash, 27), P1), P4);
    }
    if (at + 4 <= end) {
      xor(hash, times({ high: 0, low: view.getUint32(at, true) }, P1));
      plus(times(rotate(hash, 23), P2), P3);
      at += 4;
    }
    for (; at < end; at++) {
      xor(hash, times({ high: 0, low: this.#kept[at]! }, P5));
      times(rotate(hash, 11), P1);
    }
    times(xor(hash, shifted(hash, 33)), P2);
    times(xor(hash, shifted(hash, 29)), P3);
    return xor(hash, shifted(hash, 32)).low >>> 0;
  }

  /** Takes all whole stripes from `from` on; gives where it stopped. */
  #stripes(bytes: Uint8Array, from: number): number {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const word = { high: 0, low: 0 };
    let at = from;
    for (; at + STRIPE_BYTES <= bytes.length; at += STRIPE_BYTES) {
      for (let i = 0; i < 4; i++) {
        word.low = view.getUint32(at + 8 * i, true);
        word.high = view.getUint32(at + 8 * i + 4, true);
        round(this.#lanes[i]!, word);
      }
    }
    return at;
  }

  #merged(): U64 {
    const hash = { high: 0, low: 0 };
    for (const [i, by] of [1, 7, 12, 18].entries()) plus(hash, rotate({ ...this.#lanes[i]! }, by));
    for (const lane of this.#lanes) {
      xor(hash, round({ high: 0, low: 0 }, lane));
      plus(times(hash, P1), P4);
    }
    return hash;
  }
}

// Each of these changes and gives its first argument.

function round(lane: U64, word: U64): U64 {
  const scaled = times({ high: word.high, low: word.low }, P2);
  return times(rotate(plus(lane, scaled), 31), P1);
}

function plus(a: U64, b: U64): U64 {
  const low = (a.low >>> 0) + (b.low >>> 0);
  a.high = (a.high + b.high + (low > 0xffff_ffff ? 1 : 0)) | 0;
  a.low = low | 0;
  return a;
}

function times(a: U64, b: U64): U64 {
  const a0 = a.low & 0xffff;
  const a1 = a.low >>> 16;
  const b0 = b.low & 0xffff;
  const b1 = b.low >>> 16;
  const low = a0 * b0;
  const middle = a1 * b0 + (low >>> 16);
  const other = a0 * b1 + (middle & 0xffff);
  const carry = a1 * b1 + Math.floor(middle / 65_536) + Math.floor(other / 65_536);
  a.high = (carry + Math.imul(a.high, b.low) + Math.imul(a.low, b.high)) | 0;
  a.low = (other << 16) | (low & 0xffff);
  return a;
}

/** By 1 to 31 bits to the left. */
function rotate(a: U64, by: number): U64 {
  const { high, low } = a;
  a.high = (high << by) | (low >>> (32 - by));
  a.low = (low << by) | (high >>> (32 - by));
  return a;
}

function xor(a: U64, b: U64): U64 {
  a.high ^= b.high;
  a.low ^= b.low;
  return a;
}

/** A new number: `a` by `by` bits to the right, zeros coming in. */
function shifted({ high, low }: U64, by: number): U64 {
  if (by >= 32) return { high: 0, low: by === 32 ? high : high >>> (by - 32) };
  return { high: high >>> by, low: (low >>> by) | (high << (32 - by)) };
}

function minus({ high, low }: U64): U64 {
  return plus({ high: ~high, low: ~low }, { high: 0, low: 1 });
}

function wordAt(view: DataView, at: number): U64 {
  return { high: view.getUint32(at + 4, true), low: view.getUint32(at, true) };
}
