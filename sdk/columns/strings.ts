/**
 * Builds columns of strings from byte ranges: with a dictionary, or end to end.
 *
 * The hot path of the agent: no object, string or promise an event.
 *
 * @module
 */
import type { DictColumn, Strings, TextColumn } from "./column.ts";
import { type Rows, settle } from "./rows.ts";

const encoder = new TextEncoder();
/** 16 ns however long (measured in Bun); `set(subarray())` 41 ns, a loop 0.37 ns a byte. */
const copyBytes = Buffer.prototype.copy;
const FIRST_BYTES = 1 << 14;
const FIRST_ROWS = 1 << 10;

/** A growing byte string with the ends of its entries. */
export class Arena {
  bytes = Buffer.allocUnsafeSlow(FIRST_BYTES);
  used = 0;
  ends = new Uint32Array(FIRST_ROWS);
  count = 0;

  /** Appends `source[start, end)` as one entry. */
  add(source: Uint8Array, start: number, end: number): void {
    const length = end - start;
    if (this.used + length > this.bytes.length) this.#grow(length);
    if (length < 32) {
      const target = this.bytes;
      let at = this.used;
      for (let i = start; i < end; i++) target[at++] = source[i]!;
    } else copyBytes.call(source, this.bytes, this.used, start, end);
    this.used += length;
    this.close();
  }

  /** Appends `text` in UTF-8 as one entry. */
  addString(text: string): void {
    const most = text.length * 3;
    if (this.used + most > this.bytes.length) this.#grow(most);
    this.used += encoder.encodeInto(text, this.bytes.subarray(this.used)).written;
    this.close();
  }

  /** Ends the entry that has grown so far. */
  close(): void {
    if (this.count === this.ends.length) {
      const grown = new Uint32Array(this.count * 2);
      grown.set(this.ends);
      this.ends = grown;
    }
    this.ends[this.count++] = this.used;
  }

  /** Forgets entries from `count` on. */
  cut(count: number): void {
    this.count = count;
    this.used = count === 0 ? 0 : this.ends[count - 1]!;
  }

  view(): Strings {
    return {
      bytes: this.bytes.subarray(0, this.used),
      ends: this.ends.subarray(0, this.count),
    };
  }

  #grow(by: number): void {
    let size = this.bytes.length * 2;
    while (size < this.used + by) size *= 2;
    const grown = Buffer.allocUnsafeSlow(size);
    grown.set(this.bytes.subarray(0, this.used));
    this.bytes = grown;
  }
}

/**
 * A set of byte strings with numbers from 0 in the order of arrival: open addressing, four 32-bit
 * words a slot (hash, number + 1, offset, length), so that a probe touches one cache line.
 */
export class Interner {
  readonly arena = new Arena();
  #slots = new Int32Array(4 << 8);
  #mask = (1 << 8) - 1;

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
  numberHashed(source: Uint8Array, start: number, end: number, hash: number): number {
    const length = end - start;
    const slots = this.#slots;
    const known = this.arena.bytes;
    let i = (Math.imul(hash, -1640531527) >>> 8) & this.#mask;
    for (;;) {
      const slot = i << 2;
      const number = slots[slot + 1]!;
      if (number === 0) return this.#insert(source, start, end, hash, slot);
      if (slots[slot] === hash && slots[slot + 3] === length) {
        const offset = slots[slot + 2]!;
        let k = 0;
        while (k < length && known[offset + k] === source[start + k]) k++;
        if (k === length) return number - 1;
      }
      i = (i + 1) & this.#mask;
    }
  }

  clear(): void {
    this.arena.cut(0);
    this.#slots.fill(0);
  }

  #insert(source: Uint8Array, start: number, end: number, hash: number, slot: number): number {
    const number = this.arena.count;
    const slots = this.#slots;
    slots[slot] = hash;
    slots[slot + 1] = number + 1;
    slots[slot + 2] = this.arena.used;
    slots[slot + 3] = end - start;
    this.arena.add(source, start, end);
    if (this.arena.count * 2 > this.#mask) this.#rehash();
    return number;
  }

  #rehash(): void {
    const old = this.#slots;
    const mask = this.#mask * 2 + 1;
    const slots = new Int32Array(4 * (mask + 1));
    for (let from = 0; from < old.length; from += 4) {
      if (old[from + 1] === 0) continue;
      let i = (Math.imul(old[from]!, -1640531527) >>> 8) & mask;
      while (slots[(i << 2) + 1] !== 0) i = (i + 1) & mask;
      for (let k = 0; k < 4; k++) slots[(i << 2) + k] = old[from + k]!;
    }
    this.#slots = slots;
    this.#mask = mask;
  }
}

/** A column of repeating strings. */
export class DictBuilder {
  readonly #interner = new Interner();
  readonly #rows: Rows;
  #indexes = new Uint32Array(FIRST_ROWS);
  length = 0;

  constructor(rows: Rows) {
    this.#rows = rows;
  }

  /** This row's value: `source[start, end)`, UTF-8. */
  range(source: Uint8Array, start: number, end: number): void {
    this.#push(this.#interner.number(source, start, end) + 1);
  }

  /** As {@link range}, with the hash `h = h * 31 + byte` that the caller's scan has computed. */
  rangeHashed(source: Uint8Array, start: number, end: number, hash: number): void {
    this.#push(this.#interner.numberHashed(source, start, end, hash) + 1);
  }

  /** This row's value. */
  set(value: string): void {
    const bytes = encoder.encode(value);
    this.#push(this.#interner.number(bytes, 0, bytes.length) + 1);
  }

  absent(): void {
    this.#push(0);
  }

  get byteLength(): number {
    return this.#interner.arena.used + this.length * 2;
  }

  view(name: string): DictColumn | undefined {
    settle(this, this.#rows);
    if (this.#interner.count === 0) return undefined;
    return {
      form: "dict",
      name,
      indexes: this.#indexes.subarray(0, this.length),
      entries: this.#interner.arena.view(),
    };
  }

  cut(length: number): void {
    if (this.length > length) this.length = length;
  }

  reset(): void {
    this.length = 0;
    this.#interner.clear();
  }

  #push(index: number): void {
    if (this.length !== this.#rows.count) settle(this, this.#rows);
    if (this.length === this.#indexes.length) {
      const grown = new Uint32Array(this.length * 2);
      grown.set(this.#indexes);
      this.#indexes = grown;
    }
    this.#indexes[this.length++] = index;
  }
}

/** A column of strings that seldom repeat, or of msgpack values. */
export class TextBuilder {
  readonly #arena = new Arena();
  readonly #rows: Rows;
  readonly #type: "string" | "dynamic";
  #absent: Uint8Array | undefined;

  constructor(rows: Rows, type: "string" | "dynamic" = "string") {
    this.#rows = rows;
    this.#type = type;
  }

  get length(): number {
    return this.#arena.count;
  }

  /** This row's value: `source[start, end)`, UTF-8 (of a dynamic column: one msgpack value). */
  range(source: Uint8Array, start: number, end: number): void {
    if (this.#arena.count !== this.#rows.count) settle(this, this.#rows);
    this.#arena.add(source, start, end);
  }

  /** This row's value. */
  set(value: string): void {
    if (this.#arena.count !== this.#rows.count) settle(this, this.#rows);
    this.#arena.addString(value);
  }

  absent(): void {
    const row = this.#arena.count;
    if (this.#absent === undefined || row >= this.#absent.length) {
      const grown = new Uint8Array(Math.max(FIRST_ROWS, row * 2));
      if (this.#absent !== undefined) grown.set(this.#absent);
      this.#absent = grown;
    }
    this.#absent[row] = 1;
    this.#arena.close();
  }

  get byteLength(): number {
    return this.#arena.used + this.#arena.count * 2;
  }

  view(name: string): TextColumn | undefined {
    settle(this, this.#rows);
    const absent = this.#absentView();
    if (absent !== undefined && !absent.includes(0)) return undefined;
    return { form: "text", name, type: this.#type, rows: this.#arena.view(), absent };
  }

  cut(length: number): void {
    if (this.#arena.count <= length) return;
    this.#absent?.fill(0, length);
    this.#arena.cut(length);
  }

  reset(): void {
    this.#absent = undefined;
    this.#arena.cut(0);
  }

  #absentView(): Uint8Array | undefined {
    const rows = this.#arena.count;
    if (this.#absent === undefined || rows === 0) return undefined;
    if (this.#absent.length >= rows) return this.#absent.subarray(0, rows);
    const grown = new Uint8Array(rows);
    grown.set(this.#absent);
    return grown;
  }
}
