/**
 * msgpack (msgpack.org spec) of JSON-like values, from bytes that may be hostile.
 *
 * @module
 */
import { Packr, Unpackr } from "msgpackr";
import type { Json } from "../table.ts";

const MOST_NESTING = 32;

/** Bytes are no msgpack of a JSON-like value. */
export class MsgpackError extends Error {
  override readonly name = "MsgpackError";
  readonly code = "msgpack";
}

const packr = new Packr({ useRecords: false, variableMapSize: true });
const unpackr = new Unpackr({ useRecords: false, mapsAsObjects: true, int64AsType: "string" });

/** Packs a value without extensions or records. */
export function pack(value: unknown): Uint8Array {
  return packr.pack(value);
}

/**
 * Unpacks exactly one value after checking it: no extension, no nesting over 32, no length past
 * the end, string keys, none of them `__proto__`. Bins come as `Uint8Array`s.
 *
 * @throws {MsgpackError}
 */
export function unpack(bytes: Uint8Array): unknown {
  if (skip(bytes, 0, 0) !== bytes.length) refuse("it is followed by more bytes");
  return unpackr.unpack(bytes);
}

/** {@link unpack} of a value that is JSON. */
export function unpackJson(bytes: Uint8Array): Json {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- only JSON is packed into dynamic columns; skip() refused the rest
  return unpack(bytes) as Json;
}

/** Where the value at `at` ends. */
function skip(bytes: Uint8Array, at: number, depth: number): number {
  if (depth > MOST_NESTING) refuse(`it is nested over ${MOST_NESTING} deep`);
  const head = bytes[at];
  if (head === undefined) return refuse("it ends too early");
  if (head < 0x80 || head >= 0xe0) return at + 1;
  if (head < 0x90) return skipMap(bytes, { at: at + 1, count: head & 15, depth });
  if (head < 0xa0) return skipArray(bytes, { at: at + 1, count: head & 15, depth });
  if (head < 0xc0) return end(bytes, at + 1 + (head & 31));
  return skipLong(bytes, { at, head, depth });
}

/** Bytes of a length field or of a fixed value, by head from 0xc0; -1: no such value here. */
const SIZES = [
  0,
  -1,
  0,
  0,
  1,
  2,
  4,
  -1,
  -1,
  -1,
  4,
  8,
  1,
  2,
  4,
  8,
  1,
  2,
  4,
  8,
  -1,
  -1,
  -1,
  -1,
  -1,
  1,
  2,
  4,
  2,
  4,
  2,
  4,
];

interface Place {
  readonly at: number;
  readonly depth: number;
}

function skipLong(
  bytes: Uint8Array,
  { at, head, depth }: Place & { readonly head: number },
): number {
  const size = SIZES[head - 0xc0] ?? -1;
  if (size < 0) return refuse("it has an extension");
  const next = end(bytes, at + 1 + size);
  const hasLength = (head >= 0xc4 && head <= 0xc6) || head >= 0xd9;
  if (!hasLength) return next;
  let length = 0;
  for (let i = at + 1; i < next; i++) length = length * 256 + bytes[i]!;
  if (head >= 0xde) return skipMap(bytes, { at: next, count: length, depth });
  if (head >= 0xdc) return skipArray(bytes, { at: next, count: length, depth });
  return end(bytes, next + length);
}

function skipArray(bytes: Uint8Array, { at, count, depth }: Place & { readonly count: number }) {
  let next = at;
  for (let i = 0; i < count; i++) next = skip(bytes, next, depth + 1);
  return next;
}

function skipMap(bytes: Uint8Array, { at, count, depth }: Place & { readonly count: number }) {
  let next = at;
  for (let i = 0; i < count; i++) {
    const head = bytes[next] ?? 0;
    if (!((head >= 0xa0 && head < 0xc0) || (head >= 0xd9 && head <= 0xdb))) {
      refuse("a key is no string");
    }
    if (isPrototypeKey(bytes, next)) refuse("a key is __proto__");
    next = skip(bytes, skip(bytes, next, depth + 1), depth + 1);
  }
  return next;
}

const PROTO = new TextEncoder().encode("__proto__");

/** Whether the key at `at` is `__proto__`, which no object holds as a value of its own. */
function isPrototypeKey(bytes: Uint8Array, at: number): boolean {
  const head = bytes[at]!;
  const start = at + (head < 0xc0 ? 1 : 2 ** (head - 0xd9) + 1);
  if (skip(bytes, at, 0) !== start + PROTO.length) return false;
  return PROTO.every((byte, i) => bytes[start + i] === byte);
}

function end(bytes: Uint8Array, at: number): number {
  return at <= bytes.length ? at : refuse("a length is past its end");
}

function refuse(why: string): never {
  throw new MsgpackError(`Cannot read msgpack: ${why}`);
}
