/**
 * A growing byte string with the ends of its entries.
 *
 * @module
 */
import type { Strings } from "./column.ts";
import { copyWords, placeIn, SLACK_BYTES, viewOf } from "./words.ts";

const encoder = new TextEncoder();
// oxlint-disable-next-line max-params -- its parameters are those of `Buffer`
type CopyBytes = (
  this: Uint8Array,
  target: Uint8Array,
  at: number,
  start: number,
  end: number,
) => number;
/** 16 ns however long (measured in Bun); `set(subarray())` 33 ns, for browsers. */
const { copy: copyBytes }: { readonly copy: CopyBytes } = typeof Buffer === "undefined"
  ? { copy: copyAnywhere }
  : Buffer.prototype;
/** Up to that length a copy by words is cheaper: 0.25 ns a byte. */
const MAX_WORDS_BYTES = 60;
const FIRST_BYTES = 1 << 9;
const FIRST_ENTRIES = 1 << 6;

/** A growing byte string with the ends of its entries. */
export class Arena {
  bytes: Uint8Array = new Uint8Array(FIRST_BYTES);
  words = new DataView(this.bytes.buffer);
  used = 0;
  ends = new Uint32Array(FIRST_ENTRIES);
  count = 0;

  /** Appends `source[start, end)` as one entry. */
  add(source: Uint8Array, start: number, end: number): void {
    const length = end - start;
    if (this.used + length + SLACK_BYTES > this.bytes.length) this.#grow(length + SLACK_BYTES);
    if (length <= MAX_WORDS_BYTES) {
      const view = viewOf(source, start, end);
      copyWords(view, placeIn(view, start), this.words, this.used, length);
    } else copyBytes.call(source, this.bytes, this.used, start, end);
    this.used += length;
    this.close();
  }

  /**
   * Appends `source[start, end)` to the entry that {@link close} ends. It makes no view of `source`,
   * as {@link add} does: for arrays that take turns, of which each would need its own again.
   */
  extend(source: Uint8Array, start: number, end: number): void {
    const length = end - start;
    if (this.used + length + SLACK_BYTES > this.bytes.length) this.#grow(length + SLACK_BYTES);
    copyBytes.call(source, this.bytes, this.used, start, end);
    this.used += length;
  }

  /** Makes room for `bytes` more. */
  reserve(bytes: number): void {
    if (this.used + bytes > this.bytes.length) this.#grow(bytes);
  }

  /** As {@link extend}, of `length` bytes of `view`; `SLACK_BYTES` more must be there. */
  extendWords(view: DataView, at: number, length: number): void {
    if (this.used + length + SLACK_BYTES > this.bytes.length) this.#grow(length + SLACK_BYTES);
    copyWords(view, at, this.words, this.used, length);
    this.used += length;
  }

  /** As {@link extend}, of another arena. */
  extendFrom(source: Arena, start: number, end: number): void {
    const length = end - start;
    if (this.used + length + SLACK_BYTES > this.bytes.length) this.#grow(length + SLACK_BYTES);
    if (length <= MAX_WORDS_BYTES) copyWords(source.words, start, this.words, this.used, length);
    else copyBytes.call(source.bytes, this.bytes, this.used, start, end);
    this.used += length;
  }

  /** Appends `length` bytes of `view` as one entry; `SLACK_BYTES` more must be there. */
  addWords(view: DataView, at: number, length: number): void {
    if (this.used + length + SLACK_BYTES > this.bytes.length) this.#grow(length + SLACK_BYTES);
    copyWords(view, at, this.words, this.used, length);
    this.used += length;
    this.close();
  }

  /** Appends `text` in UTF-8 as one entry. */
  addString(text: string): void {
    const most = text.length * 3 + SLACK_BYTES;
    if (this.used + most > this.bytes.length) this.#grow(most);
    this.used += encoder.encodeInto(text, this.bytes.subarray(this.used)).written;
    this.close();
  }

  /** Ends the entry that has grown so far. */
  close(): void {
    if (this.count === this.ends.length) this.#growEnds();
    this.ends[this.count++] = this.used;
  }

  #growEnds(): void {
    const grown = new Uint32Array(this.count * 2);
    grown.set(this.ends);
    this.ends = grown;
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
    const grown = new Uint8Array(size);
    grown.set(this.bytes.subarray(0, this.used));
    this.bytes = grown;
    this.words = new DataView(grown.buffer);
  }
}

// oxlint-disable-next-line max-params -- as above
function copyAnywhere(
  this: Uint8Array,
  target: Uint8Array,
  at: number,
  start: number,
  end: number,
): number {
  target.set(this.subarray(start, end), at);
  return end - start;
}
