/**
 * Builds columns of strings from byte ranges: with a dictionary, or end to end.
 *
 * The hot path of the agent: no object, string or promise an event.
 *
 * @module
 */
import { Arena } from "./arena.ts";
import { type DictColumn, entryBytes, type TextColumn } from "./column.ts";
import { Interner } from "./interner.ts";
import { type Rows, settle } from "./rows.ts";

export { Arena, Interner };

const encoder = new TextEncoder();
const FIRST_ROWS = 1 << 6;

/** Finds the UTF-8 text that bytes of input stand for. */
export interface Decoder {
  /** The last text found, from index 0 on. */
  readonly bytes: Uint8Array;
  /** Finds the text of `source[start, end)`: always the same for the same bytes. Gives its length. */
  decode(source: Uint8Array, start: number, end: number): number;
}

/** A column of repeating strings. */
export class DictBuilder {
  readonly #interner = new Interner();
  readonly #rows: Rows;
  #indexes = new Uint32Array(FIRST_ROWS);
  /** What {@link decoded} was given, and by its number the index of what that was made of. */
  #encoded: Interner | undefined;
  #decoded: number[] = [];
  /** By string that {@link set} was given: its index. */
  readonly #known = new Map<string, number>();
  /** A row was taken back: there may be entries that no row has. */
  #hasCut = false;
  length = 0;

  constructor(rows: Rows) {
    this.#rows = rows;
  }

  /** This row's value: `source[start, end)`, UTF-8. */
  range(source: Uint8Array, start: number, end: number): void {
    this.#push(this.#interner.numberByWords(source, start, end) + 1);
  }

  /**
   * This row's value: what `decoder` makes of `source[start, end)`. It is asked once for each
   * distinct range that the column holds.
   */
  // oxlint-disable-next-line max-params -- hot path: an object a value is what it avoids
  decoded(source: Uint8Array, start: number, end: number, decoder: Decoder): void {
    const encoded = (this.#encoded ??= new Interner());
    const number = encoded.numberByWords(source, start, end);
    let index = this.#decoded[number];
    if (index === undefined) {
      const length = decoder.decode(source, start, end);
      index = this.#interner.numberByWords(decoder.bytes, 0, length) + 1;
      this.#decoded[number] = index;
    }
    this.#push(index);
  }

  /** This row's value. */
  set(value: string): void {
    let index = this.#known.get(value);
    if (index === undefined) {
      const bytes = encoder.encode(value);
      index = this.#interner.numberByWords(bytes, 0, bytes.length) + 1;
      this.#known.set(value, index);
    }
    this.#push(index);
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
    const indexes = this.#indexes.subarray(0, this.length);
    const entries = this.#interner.arena.view();
    const column: DictColumn = { form: "dict", name, indexes, entries };
    return this.#hasCut ? withoutUnused(column) : column;
  }

  cut(length: number): void {
    if (this.length <= length) return;
    this.length = length;
    this.#hasCut = true;
  }

  reset(): void {
    this.length = 0;
    this.#hasCut = false;
    this.#interner.clear();
    this.#known.clear();
    this.#encoded?.clear();
    this.#decoded.length = 0;
  }

  #push(index: number): void {
    const row = this.#rows.count;
    if (this.length !== row || row >= this.#indexes.length) this.#makeReady();
    this.#indexes[row] = index;
    this.length = row + 1;
  }

  #makeReady(): void {
    settle(this, this.#rows);
    if (this.length < this.#indexes.length) return;
    const grown = new Uint32Array(this.length * 2);
    grown.set(this.#indexes);
    this.#indexes = grown;
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

/** The dictionary leaves the host: what a row that was taken back had set must not. */
function withoutUnused(column: DictColumn): DictColumn | undefined {
  const arena = new Arena();
  const moved = new Uint32Array(column.entries.ends.length + 1);
  const indexes = column.indexes.map((index) => {
    if (index > 0 && moved[index] === 0) {
      const entry = entryBytes(column.entries, index - 1);
      arena.add(entry, 0, entry.length);
      moved[index] = arena.count;
    }
    return moved[index]!;
  });
  return arena.count === 0 ? undefined : { ...column, indexes, entries: arena.view() };
}
