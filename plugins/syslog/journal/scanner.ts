/**
 * Finds where entries of the systemd journal's export format end (systemd, "Journal Export Formats"):
 * fields, each `NAME=value` and LF, or `NAME`, LF, the value's length (64 bits, little-endian), the
 * value and LF; an empty line ends the entry.
 *
 * @module
 */
const LF = 10;
const EQUALS = 61;
const LENGTH_BYTES = 8;
/**
 * A longer value is not believed, and its entry ends with the next empty line. journald takes up to
 * 768 MiB of who may tell it anything, as once of core dumps.
 */
export const MOST_VALUE_BYTES = 16 * 1024 * 1024;
/** A name has at most 64 characters. What has none of both, and is longer, is no name. */
const MOST_NAME_BYTES = 256;

type Part = "name" | "text" | "length" | "value" | "value end" | "broken";

/** Reads entries in pieces that end anywhere; after each it is ready for the next. */
export class JournalScanner {
  #part: Part = "name";
  /** Bytes of the part that were read, or of a value that are to come. */
  #count = 0;
  #length = 0;
  #lastWasFeed = false;
  /** So much was read since the entry began: an empty line before it is none. */
  #size = 0;

  /** The index in `bytes`, from `from` on, behind the end of the entry; -1 where it goes on. */
  end(bytes: Uint8Array, from: number): number {
    let at = from;
    while (at < bytes.length) {
      const next = this.#step(bytes, at);
      this.#size += next - at;
      at = next;
      if (this.#size > 0 && this.#isOver) {
        this.reset();
        return at;
      }
    }
    return -1;
  }

  reset(): void {
    this.#part = "name";
    this.#count = this.#length = this.#size = 0;
    this.#isOver = this.#lastWasFeed = false;
  }

  #isOver = false;

  #step(bytes: Uint8Array, at: number): number {
    switch (this.#part) {
      case "name":
        return this.#name(bytes, at);
      case "text":
        return this.#text(bytes, at);
      case "length":
        return this.#lengthByte(bytes[at]!, at);
      case "value":
        return this.#value(bytes, at);
      case "value end":
        this.#begin(bytes[at] === LF ? "name" : "broken");
        return at + 1;
      case "broken":
        return this.#broken(bytes, at);
    }
  }

  #begin(part: Part): void {
    this.#part = part;
    this.#count = 0;
    this.#lastWasFeed = false;
  }

  #name(bytes: Uint8Array, at: number): number {
    for (let i = at; i < bytes.length; i++) {
      const c = bytes[i]!;
      if (c === LF) {
        if (this.#count === 0) this.#isOver = true;
        else this.#begin("length");
        return i + 1;
      }
      if (c === EQUALS || ++this.#count > MOST_NAME_BYTES) {
        this.#begin("text");
        return i + 1;
      }
    }
    return bytes.length;
  }

  #text(bytes: Uint8Array, at: number): number {
    const feed = bytes.indexOf(LF, at);
    if (feed < 0) return bytes.length;
    this.#begin("name");
    return feed + 1;
  }

  #lengthByte(byte: number, at: number): number {
    this.#length += byte * 256 ** this.#count;
    if (++this.#count < LENGTH_BYTES) return at + 1;
    const isBelieved = this.#length <= MOST_VALUE_BYTES;
    this.#begin(!isBelieved ? "broken" : this.#length === 0 ? "value end" : "value");
    this.#count = isBelieved ? this.#length : 0;
    this.#length = 0;
    return at + 1;
  }

  #value(bytes: Uint8Array, at: number): number {
    const some = Math.min(this.#count, bytes.length - at);
    this.#count -= some;
    if (this.#count === 0) this.#begin("value end");
    return at + some;
  }

  /** To the next empty line. */
  #broken(bytes: Uint8Array, at: number): number {
    for (let i = at; i < bytes.length; i++) {
      const isFeed = bytes[i] === LF;
      if (isFeed && this.#lastWasFeed) {
        this.#isOver = true;
        return i + 1;
      }
      this.#lastWasFeed = isFeed;
    }
    return bytes.length;
  }
}

/** One field of an entry; views. */
export interface JournalField {
  readonly name: Uint8Array;
  readonly value: Uint8Array;
}

/** Why an entry is refused; constant, for they are counted by value. */
export const JOURNAL_REASONS = {
  long: "value of a field is over 16 MiB",
  short: "value of a field goes past the end",
  end: "value of a field does not end with a line",
  name: "field has no name",
  open: "entry does not end with an empty line",
  cut: "entry over limit, cut",
} as const;

/** The fields of one whole entry, in order; a reason where it is none. */
export function readEntry(bytes: Uint8Array): readonly JournalField[] | string {
  const fields: JournalField[] = [];
  for (let at = 0; at < bytes.length;) {
    const feed = bytes.indexOf(LF, at);
    const lineEnd = feed < 0 ? bytes.length : feed;
    if (lineEnd === at) {
      at++;
      continue;
    }
    const equals = bytes.subarray(at, lineEnd).indexOf(EQUALS);
    if (equals === 0) return JOURNAL_REASONS.name;
    if (equals > 0) {
      const value = bytes.subarray(at + equals + 1, lineEnd);
      fields.push({ name: bytes.subarray(at, at + equals), value });
      at = lineEnd + 1;
      continue;
    }
    const field = binaryField(bytes, at, lineEnd);
    if (typeof field === "string") return field;
    fields.push(field);
    at = lineEnd + 1 + LENGTH_BYTES + field.value.length + 1;
  }
  return fields;
}

function binaryField(bytes: Uint8Array, at: number, lineEnd: number): JournalField | string {
  const start = lineEnd + 1 + LENGTH_BYTES;
  if (start > bytes.length) return JOURNAL_REASONS.short;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = view.getBigUint64(lineEnd + 1, true);
  if (length > BigInt(MOST_VALUE_BYTES)) return JOURNAL_REASONS.long;
  const end = start + Number(length);
  if (end > bytes.length) return JOURNAL_REASONS.short;
  if (bytes[end] !== LF) return JOURNAL_REASONS.end;
  return { name: bytes.subarray(at, lineEnd), value: bytes.subarray(start, end) };
}
