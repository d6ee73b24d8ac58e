/**
 * Reads ASN.1 values in the Basic Encoding Rules (ITU-T X.690 §8) without their schema: a tree of
 * tags. It never recurses; its time and memory grow with the bytes alone.
 *
 * | bytes | content                                                                          |
 * | ----: | -------------------------------------------------------------------------------- |
 * |  1 …  | identifier: class (2 bits), constructed (1), tag number; 31: base 128 follows    |
 * |  1 …  | length: 0 to 127; 128: indefinite, until `00 00`; else so many bytes of length   |
 * |     n | content: bytes, or elements                                                      |
 *
 * @module
 */

export type TagClass = "universal" | "application" | "context" | "private";

export interface BerElement {
  readonly tagClass: TagClass;
  readonly tag: number;
  /** Of a constructed element; undefined for a primitive one. */
  readonly children: readonly BerElement[] | undefined;
  /** The whole content, of a constructed element too: a view into the input. */
  readonly content: Uint8Array;
  /** Where the next element begins, in bytes from the input's start. */
  readonly end: number;
}

/** Why bytes are no BER. `code` is stable; the message is for people. */
export class BerError extends Error {
  override readonly name = "BerError";
  /**
   * `truncated`: the bytes end first; `length`: a length is not valid, or is beyond what holds the
   * element; `tag`: a tag number is over 2^31; `depth`, `elements`: it is over the limits.
   */
  readonly code: "truncated" | "length" | "tag" | "depth" | "elements";
  /** Where, in bytes from the input's start. */
  readonly offset: number;

  constructor(code: BerError["code"], why: string, offset: number) {
    super(`Cannot read BER at byte ${offset}: ${why}`);
    this.code = code;
    this.offset = offset;
  }
}

const CLASSES: readonly TagClass[] = ["universal", "application", "context", "private"];
/** Elements inside of each other, and in all. */
const MAX_DEPTH = 32;
const MAX_ELEMENTS = 65_536;

interface Head {
  readonly tagClass: TagClass;
  readonly tag: number;
  readonly isConstructed: boolean;
  /** Where the content begins. */
  readonly from: number;
  /** Where it ends; undefined where the length is indefinite. */
  readonly to: number | undefined;
}

interface Open {
  readonly head: Head;
  readonly children: BerElement[];
}

/**
 * Reads the element that starts at `start` of `bytes`.
 *
 * @throws {BerError} If there is none, or it is over the limits of 32 levels and 65,536 elements.
 */
export function readBer(bytes: Uint8Array, start = 0): BerElement {
  const open: Open[] = [];
  let at = start;
  for (let count = 0;;) {
    const limit = limitOf(open, bytes);
    const holder = open.at(-1);
    let done: BerElement;
    if (holder !== undefined && isEnd(bytes, at, { holder, limit })) {
      open.pop();
      done = closed(bytes, holder, at);
    } else {
      if (++count > MAX_ELEMENTS) {
        throw new BerError("elements", `it has over ${MAX_ELEMENTS} elements`, at);
      }
      const head = readHead(bytes, at, limit);
      at = head.from;
      if (head.isConstructed) {
        push(open, head);
        continue;
      }
      done = primitive(bytes, head);
    }
    at = done.end;
    const parent = open.at(-1);
    if (parent === undefined) return done;
    parent.children.push(done);
  }
}

function push(open: Open[], head: Head): void {
  if (open.length >= MAX_DEPTH) {
    throw new BerError("depth", `elements are in each other over ${MAX_DEPTH} deep`, head.from);
  }
  open.push({ head, children: [] });
}

/** What an element may reach to: the end of the nearest one around it whose length is known. */
function limitOf(open: readonly Open[], bytes: Uint8Array): number {
  for (let i = open.length - 1; i >= 0; i--) {
    const to = open[i]!.head.to;
    if (to !== undefined) return to;
  }
  return bytes.length;
}

function isEnd(
  bytes: Uint8Array,
  at: number,
  { holder, limit }: { readonly holder: Open; readonly limit: number },
): boolean {
  if (holder.head.to !== undefined) return at >= holder.head.to;
  return at + 2 <= limit && bytes[at] === 0 && bytes[at + 1] === 0;
}

function closed(bytes: Uint8Array, { head, children }: Open, at: number): BerElement {
  const { tagClass, tag, from, to } = head;
  const end = to ?? at + 2;
  return { tagClass, tag, children, content: bytes.subarray(from, at), end };
}

function primitive(bytes: Uint8Array, { tagClass, tag, from, to }: Head): BerElement {
  if (to === undefined) {
    throw new BerError("length", "an element of bytes has an indefinite length", from);
  }
  return { tagClass, tag, children: undefined, content: bytes.subarray(from, to), end: to };
}

function readHead(bytes: Uint8Array, start: number, limit: number): Head {
  const first = byteAt(bytes, start, limit);
  let at = start + 1;
  let tag = first & 31;
  if (tag === 31) [tag, at] = readTag(bytes, at, limit);
  const [length, from] = readLength(bytes, at, limit);
  if (length !== undefined && length > limit - from) {
    const isShort = limit === bytes.length;
    const why = `its length is ${length}, but ${limit - from} bytes are there`;
    throw new BerError(isShort ? "truncated" : "length", why, at);
  }
  const to = length === undefined ? undefined : from + length;
  return { tagClass: CLASSES[first >> 6]!, tag, isConstructed: (first & 32) !== 0, from, to };
}

/** Base 128, most significant first, the high bit set in all bytes but the last (§8.1.2.4). */
function readTag(bytes: Uint8Array, start: number, limit: number): [number, number] {
  let tag = 0;
  for (let at = start;; at++) {
    const byte = byteAt(bytes, at, limit);
    tag = tag * 128 + (byte & 127);
    if (tag >= 2 ** 31) throw new BerError("tag", "a tag number is over 2^31", start);
    if (byte < 128) return [tag, at + 1];
    // A number of leading zeros would go on and on.
    if (at - start >= 8) {
      throw new BerError("tag", "a tag number is not in its shortest form", start);
    }
  }
}

function readLength(bytes: Uint8Array, start: number, limit: number): [number | undefined, number] {
  const first = byteAt(bytes, start, limit);
  if (first < 128) return [first, start + 1];
  if (first === 128) return [undefined, start + 1];
  const size = first & 127;
  if (size > 6) {
    throw new BerError("length", `a length has ${size} bytes, must have at most 6`, start);
  }
  let length = 0;
  for (let i = 1; i <= size; i++) length = length * 256 + byteAt(bytes, start + i, limit);
  return [length, start + 1 + size];
}

function byteAt(bytes: Uint8Array, at: number, limit: number): number {
  if (at < limit) return bytes[at]!;
  const code = limit === bytes.length ? "truncated" : "length";
  throw new BerError(code, "an element ends in its head", at);
}

/** A whole number of up to 6 bytes, two's complement (§8.3); undefined where it is longer or empty. */
export function berInteger({ content, children }: BerElement): number | undefined {
  if (children !== undefined || content.length === 0 || content.length > 6) return undefined;
  let value = content[0]! < 128 ? content[0]! : content[0]! - 256;
  for (const byte of content.subarray(1)) value = value * 256 + byte;
  return value;
}
