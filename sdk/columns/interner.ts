/**
 * Numbers for byte strings: equal ones have the same.
 *
 * @module
 */
import { Arena } from "./arena.ts";
import {
  equalWords,
  EXACT_BYTES,
  exactHash,
  hashFour,
  hashLong,
  placeIn,
  viewOf,
} from "./words.ts";

/** `length` bytes of a view, and `SLACK_BYTES` more. */
interface Words {
  readonly view: DataView;
  readonly at: number;
  readonly length: number;
}

/** Spreads a hash: its last bits choose a slot. */
function placeOf(hash: number): number {
  return Math.imul(hash ^ (hash >>> 16), -1640531527) >>> 8;
}

/**
 * A set of byte strings with numbers from 0 in the order of arrival: open addressing, four 32-bit
 * words a slot (hash, number + 1, offset, length), so that a probe touches one cache line.
 */
export class Interner {
  readonly arena = new Arena();
  #slots = new Int32Array(4 << 5);
  #mask = (1 << 5) - 1;

  get count(): number {
    return this.arena.count;
  }

  /** The number of `source[start, end)`; a new one if it was not there. */
  number(source: Uint8Array, start: number, end: number): number {
    let hash = 0;
    for (let i = start; i < end; i++) hash = (Math.imul(hash, 31) + source[i]!) | 0;
    return this.numberHashed(source, start, end, hash);
  }

  /** As {@link number}, by a caller that has computed the hash: h = h * 31 + byte, in 32 bits. */
  // oxlint-disable-next-line max-params -- hot path: an object a value is what it avoids
  numberHashed(source: Uint8Array, start: number, end: number, hash: number): number {
    const length = end - start;
    const slots = this.#slots;
    const known = this.arena.bytes;
    let i = placeOf(hash) & this.#mask;
    for (;;) {
      const slot = i << 2;
      const number = slots[slot + 1]!;
      if (number === 0) {
        this.#claim(slot, hash, length);
        this.arena.add(source, start, end);
        return this.#added();
      }
      if (slots[slot] === hash && slots[slot + 3] === length) {
        const offset = slots[slot + 2]!;
        let k = 0;
        while (k < length && known[offset + k] === source[start + k]) k++;
        if (k === length) return number - 1;
      }
      i = (i + 1) & this.#mask;
    }
  }

  /**
   * As {@link number}, but with a hash of its own, faster for what is read from large arrays: an
   * interner is asked by this method alone, or never.
   */
  numberByWords(source: Uint8Array, start: number, end: number): number {
    const view = viewOf(source, start, end);
    return this.numberInView(view, placeIn(view, start), end - start);
  }

  /** As {@link numberByWords}, of bytes that can be read 16 bytes beyond their end in `view`. */
  numberInView(view: DataView, at: number, length: number): number {
    if (length <= EXACT_BYTES) return this.#short(view, at, length);
    return length <= 16 ? this.#medium(view, at, length) : this.#long(view, at, length);
  }

  #short(view: DataView, at: number, length: number): number {
    const hash = exactHash(view, at, length);
    const slots = this.#slots;
    const slot = (placeOf(hash) & this.#mask) << 2;
    const number = slots[slot + 1]!;
    return number !== 0 && slots[slot] === hash && slots[slot + 3] === length
      ? number - 1
      : this.#numberFrom(slot, hash, { view, at, length });
  }

  /** Four words that may overlap: no call, and no branch that depends on the length. */
  #medium(view: DataView, at: number, length: number): number {
    const last = length - 4;
    const second = Math.min(4, last);
    const third = Math.max(0, last - 4);
    const a = view.getInt32(at, true);
    const b = view.getInt32(at + second, true);
    const c = view.getInt32(at + third, true);
    const d = view.getInt32(at + last, true);
    const hash = hashFour(a + length, b, c, d);
    const slots = this.#slots;
    const slot = (placeOf(hash) & this.#mask) << 2;
    if (slots[slot] === hash && slots[slot + 3] === length) {
      const known = this.arena.words;
      const from = slots[slot + 2]!;
      const differs = (a ^ known.getInt32(from, true)) | (b ^ known.getInt32(from + second, true)) |
        (c ^ known.getInt32(from + third, true)) | (d ^ known.getInt32(from + last, true));
      if (differs === 0) return slots[slot + 1]! - 1;
    }
    return this.#numberFrom(slot, hash, { view, at, length });
  }

  #long(view: DataView, at: number, length: number): number {
    const hash = hashLong(view, at, length);
    const slots = this.#slots;
    const slot = (placeOf(hash) & this.#mask) << 2;
    const number = slots[slot + 1]!;
    return number !== 0 && slots[slot] === hash && slots[slot + 3] === length &&
        equalWords(view, at, this.arena.words, slots[slot + 2]!, length)
      ? number - 1
      : this.#numberFrom(slot, hash, { view, at, length });
  }

  /** As {@link numberByWords}, of a range whose hash leads to `first`. */
  #numberFrom(first: number, hash: number, { view, at, length }: Words): number {
    const slots = this.#slots;
    for (let slot = first;; slot = (slot + 4) & (slots.length - 1)) {
      const number = slots[slot + 1]!;
      if (number === 0) {
        this.#claim(slot, hash, length);
        this.arena.addWords(view, at, length);
        return this.#added();
      }
      if (
        slots[slot] === hash && slots[slot + 3] === length && (length <= EXACT_BYTES ||
          equalWords(view, at, this.arena.words, slots[slot + 2]!, length))
      ) return number - 1;
    }
  }

  clear(): void {
    this.arena.cut(0);
    this.#slots.fill(0);
  }

  /** Makes `slot` that of the entry that is added next. */
  #claim(slot: number, hash: number, length: number): void {
    const slots = this.#slots;
    slots[slot] = hash;
    slots[slot + 1] = this.arena.count + 1;
    slots[slot + 2] = this.arena.used;
    slots[slot + 3] = length;
  }

  /** The number of the entry just added. */
  #added(): number {
    const { count } = this.arena;
    if (count * 2 > this.#mask) this.#rehash();
    return count - 1;
  }

  #rehash(): void {
    const old = this.#slots;
    const mask = this.#mask * 2 + 1;
    const slots = new Int32Array(4 * (mask + 1));
    for (let from = 0; from < old.length; from += 4) {
      if (old[from + 1] === 0) continue;
      let i = placeOf(old[from]!) & mask;
      while (slots[(i << 2) + 1] !== 0) i = (i + 1) & mask;
      for (let k = 0; k < 4; k++) slots[(i << 2) + k] = old[from + k]!;
    }
    this.#slots = slots;
    this.#mask = mask;
  }
}
