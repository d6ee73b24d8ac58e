/**
 * Finds the members of dynamic values (msgpack) that rules name, without making objects of them.
 *
 * @module
 */
import { Interner } from "../../../../sdk/columns/interner.ts";

/** What a found value is. */
export const KIND = { text: 0, null: 1, opaque: 2 } as const;

/** A place where rules look: by name what is below, and the number of the field that it is. */
export interface Name {
  readonly below: Map<string, Name>;
  field: number | undefined;
}

/** Names below the root, from paths and the numbers of their fields. */
export function nameTree(fields: readonly (readonly [path: readonly string[], field: number])[]) {
  const root: Name = { below: new Map(), field: undefined };
  for (const [path, field] of fields) {
    let name = root;
    for (const step of path) {
      let next = name.below.get(step);
      if (next === undefined) name.below.set(step, next = { below: new Map(), field: undefined });
      name = next;
    }
    name.field = field;
  }
  return root;
}

/** A value that is no msgpack of JSON. Never leaves this module. */
const MALFORMED = new Error("malformed msgpack");
/** As deep as a dynamic value may be. */
const MOST_NESTING = 32;
/** Keys remembered; then it starts anew. */
const MOST_KEYS = 4096;
/** The field number of {@link Members.all}. */
const ALL = -1;

/** The values that one row's dynamic value has of the fields, valid until the next row. */
export class Members {
  /** By number of a value: what it is, where its text lies, and the field's next value; -1 is none. */
  readonly kinds: number[] = [];
  readonly sources: Uint8Array[] = [];
  readonly starts: number[] = [];
  readonly ends: number[] = [];
  readonly nexts: number[] = [];
  /** The fields that have a value, each once. */
  readonly found: number[] = [];
  /** Number of the first value of all, after {@link readAll}. */
  all = -1;
  readonly #root: Name;
  /** By field, the number of its first value, if `#rows` has the current row. */
  readonly #firsts: number[] = [];
  readonly #rows: number[] = [];
  #row = 0;
  #count = 0;
  #bytes: Uint8Array = new Uint8Array(0);
  #end = 0;
  readonly #keys = new Map<Name, Keys>();

  constructor(root: Name) {
    this.#root = root;
  }

  /** The number of the first value of `field`; -1 is none. */
  first(field: number): number {
    return this.#rows[field] === this.#row ? this.#firsts[field]! : -1;
  }

  /** Takes the value `bytes[start, end)`; what is malformed has no members. */
  read(bytes: Uint8Array, start: number, end: number): void {
    this.#begin(bytes, end);
    this.#guarded(start, () => this.#value(start, this.#root, 0));
  }

  /** Takes all values that are no maps and no lists. */
  readAll(bytes: Uint8Array, start: number, end: number): void {
    this.#begin(bytes, end);
    this.#guarded(start, () => this.#leaves(start, 0));
  }

  /** Nothing is there. */
  clear(): void {
    this.#row++;
    this.#count = 0;
    this.found.length = 0;
    this.all = -1;
  }

  #begin(bytes: Uint8Array, end: number): void {
    this.clear();
    this.#bytes = bytes;
    this.#end = end;
  }

  #guarded(start: number, read: () => number): void {
    try {
      if (read() !== this.#end || this.#end === start) this.clear();
    } catch (error) {
      if (error !== MALFORMED) throw error;
      this.clear();
    }
  }

  /** Takes what `name` and those below it ask for of the value at `at`; gives its end. */
  #value(at: number, name: Name, depth: number): number {
    if (depth > MOST_NESTING) throw MALFORMED;
    const { field } = name;
    const head = this.#byte(at);
    const size = sizeOfList(head);
    if (size >= 0) {
      let next = at + 1 + size;
      for (let k = this.#count16(at, head); k > 0; k--) next = this.#value(next, name, depth + 1);
      return next;
    }
    const mapSize = sizeOfMap(head);
    if (mapSize < 0) return field === undefined ? this.#skip(at, depth) : this.#scalar(at, field);
    if (field !== undefined) this.#add(field, KIND.opaque);
    let next = at + 1 + mapSize;
    for (let k = this.#count16(at, head); k > 0; k--) next = this.#entry(next, name, depth);
    return next;
  }

  #entry(at: number, name: Name, depth: number): number {
    const start = this.#textStart(at);
    const end = this.#textEnd(at, start);
    const below = this.#below(name, start, end);
    return below === undefined ? this.#skip(end, depth + 1) : this.#value(end, below, depth + 1);
  }

  #below(name: Name, start: number, end: number): Name | undefined {
    if (name.below.size === 0) return undefined;
    let keys = this.#keys.get(name);
    if (keys === undefined) this.#keys.set(name, keys = new Keys(name));
    return keys.below(this.#bytes, start, end);
  }

  #leaves(at: number, depth: number): number {
    if (depth > MOST_NESTING) throw MALFORMED;
    const head = this.#byte(at);
    const isList = sizeOfList(head) >= 0;
    const size = isList ? sizeOfList(head) : sizeOfMap(head);
    if (size < 0) return this.#scalar(at, ALL);
    let next = at + 1 + size;
    for (let k = this.#count16(at, head); k > 0; k--) {
      if (!isList) next = this.#textEnd(next, this.#textStart(next));
      next = this.#leaves(next, depth + 1);
    }
    return next;
  }

  /** A text, number, bool or null. */
  #scalar(at: number, field: number): number {
    const head = this.#byte(at);
    if (isText(head)) {
      const start = this.#textStart(at);
      const end = this.#textEnd(at, start);
      this.#addText(field, { bytes: this.#bytes, start, end });
      return end;
    }
    const end = this.#skip(at, 0);
    if (head === 0xc0) this.#add(field, KIND.null);
    else {
      const bytes = Buffer.from(this.#text(at, head));
      this.#addText(field, { bytes, start: 0, end: bytes.length });
    }
    return end;
  }

  /** As JavaScript writes it, and 64-bit numbers with all digits. */
  #text(at: number, head: number): string {
    if (head < 0x80) return String(head);
    if (head >= 0xe0) return String(head - 256);
    const { buffer, byteOffset } = this.#bytes;
    const view = new DataView(buffer, byteOffset + at + 1, this.#end - at - 1);
    switch (head) {
      case 0xc2:
        return "false";
      case 0xc3:
        return "true";
      case 0xca:
        return String(view.getFloat32(0));
      case 0xcb:
        return String(view.getFloat64(0));
      case 0xcc:
        return String(view.getUint8(0));
      case 0xcd:
        return String(view.getUint16(0));
      case 0xce:
        return String(view.getUint32(0));
      case 0xcf:
        return String(view.getBigUint64(0));
      case 0xd0:
        return String(view.getInt8(0));
      case 0xd1:
        return String(view.getInt16(0));
      case 0xd2:
        return String(view.getInt32(0));
      case 0xd3:
        return String(view.getBigInt64(0));
      default:
        // A bin, which JSON has not.
        throw MALFORMED;
    }
  }

  #addText(
    field: number,
    { bytes, start, end }: {
      readonly bytes: Uint8Array;
      readonly start: number;
      readonly end: number;
    },
  ): void {
    this.sources[this.#count] = bytes;
    this.starts[this.#count] = start;
    this.ends[this.#count] = end;
    this.#add(field, KIND.text);
  }

  #add(field: number, kind: number): void {
    const number = this.#count++;
    this.kinds[number] = kind;
    if (field === ALL) {
      this.nexts[number] = this.all;
      this.all = number;
      return;
    }
    const first = this.first(field);
    if (first < 0) this.found.push(field);
    this.nexts[number] = first;
    this.#rows[field] = this.#row;
    this.#firsts[field] = number;
  }

  #byte(at: number): number {
    if (at >= this.#end) throw MALFORMED;
    return this.#bytes[at]!;
  }

  #length(at: number, size: number): number {
    if (at + size > this.#end) throw MALFORMED;
    let length = 0;
    for (let i = at; i < at + size; i++) length = length * 256 + this.#bytes[i]!;
    return length;
  }

  /** Entries of a list or map. */
  #count16(at: number, head: number): number {
    return head < 0xa0 ? head & 15 : this.#length(at + 1, head === 0xdc || head === 0xde ? 2 : 4);
  }

  #textStart(at: number): number {
    const head = this.#byte(at);
    if (!isText(head)) throw MALFORMED;
    return head < 0xc0 ? at + 1 : at + 1 + (1 << (head - 0xd9));
  }

  #textEnd(at: number, start: number): number {
    const head = this.#bytes[at]!;
    const length = head < 0xc0 ? head & 31 : this.#length(at + 1, start - at - 1);
    if (start + length > this.#end) throw MALFORMED;
    return start + length;
  }

  /** The end of the value at `at`, whatever it is; its parts are counted, not called for. */
  #skip(at: number, depth: number): number {
    const first = this.#byte(at);
    const isScalar = sizeOfMap(first) < 0 && sizeOfList(first) < 0;
    return isScalar && depth <= MOST_NESTING
      ? this.#skipScalar(at, first)
      : this.#skipNested(at, depth);
  }

  #skipNested(at: number, depth: number): number {
    let next = at;
    const open: number[] = [1];
    while (open.length > 0) {
      if (open[open.length - 1]! === 0) {
        open.pop();
        continue;
      }
      open[open.length - 1]!--;
      if (open.length + depth > MOST_NESTING + 1) throw MALFORMED;
      const head = this.#byte(next);
      const isMap = sizeOfMap(head) >= 0;
      const size = isMap ? sizeOfMap(head) : sizeOfList(head);
      if (size < 0) {
        next = this.#skipScalar(next, head);
        continue;
      }
      const count = this.#count16(next, head);
      next += 1 + size;
      open.push(isMap ? 2 * count : count);
    }
    return next;
  }

  #skipScalar(at: number, head: number): number {
    if (isText(head)) return this.#textEnd(at, this.#textStart(at));
    if (head < 0x80 || head >= 0xe0) return at + 1;
    const size = SIZES[head - 0xc0]!;
    if (size < 0 || at + 1 + size > this.#end) throw MALFORMED;
    return at + 1 + size;
  }
}

/** Bytes after the head of nil, bools and numbers, from 0xc0; -1: no such value in JSON. */
const SIZES = [
  ...[0, -1, 0, 0, -1, -1, -1, -1, -1, -1, 4, 8, 1, 2, 4, 8],
  ...[1, 2, 4, 8, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1],
];

function isText(head: number): boolean {
  return (head >= 0xa0 && head < 0xc0) || (head >= 0xd9 && head <= 0xdb);
}

/** Bytes of the number of items; -1: it is no list. */
function sizeOfList(head: number): number {
  if (head >= 0x90 && head < 0xa0) return 0;
  if (head === 0xdc) return 2;
  return head === 0xdd ? 4 : -1;
}

function sizeOfMap(head: number): number {
  if (head >= 0x80 && head < 0x90) return 0;
  if (head === 0xde) return 2;
  return head === 0xdf ? 4 : -1;
}

/** Keys that were seen in one place, and what is below them. */
class Keys {
  readonly #name: Name;
  readonly #known = new Interner();
  #below: (Name | undefined)[] = [];

  constructor(name: Name) {
    this.#name = name;
  }

  below(bytes: Uint8Array, start: number, end: number): Name | undefined {
    const before = this.#known.count;
    const number = this.#known.numberByWords(bytes, start, end);
    if (number < before) return this.#below[number];
    if (before === MOST_KEYS) {
      this.#known.clear();
      this.#below = [];
      return this.below(bytes, start, end);
    }
    const key = Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString();
    return this.#below[number] = this.#name.below.get(key);
  }
}
