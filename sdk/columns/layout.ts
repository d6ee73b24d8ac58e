/**
 * A column batch as bytes, array by array, to cross a process boundary without being encoded.
 *
 * | offset  | size | content                                                                   |
 * | ------: | ---: | ------------------------------------------------------------------------- |
 * |       0 |    4 | n: length of the head, little-endian                                      |
 * |       4 |    n | head: JSON of the batch; in place of each array {a: kind, o: offset, n: length} |
 * | 4+n→8   |      | the arrays as they stand in memory, each at a multiple of 8 from here      |
 *
 * Both ends run on one host, in one binary: the arrays have that host's byte order. Who reads it
 * is in `read_layout.ts`: a plugin's process only writes, and need not hold the reader.
 *
 * @module
 */
import type { ColumnBatch } from "./column.ts";

export const ARRAYS = {
  u8: Uint8Array,
  u16: Uint16Array,
  u32: Uint32Array,
  f64: Float64Array,
  i64: BigInt64Array,
} as const;
type Kind = keyof typeof ARRAYS;
/** An array of a batch. */
export type AnyArray = InstanceType<(typeof ARRAYS)[Kind]>;

/** Where an array is: kind, offset, number of elements. */
export interface ArrayPlace {
  readonly a: Kind;
  readonly o: number;
  readonly n: number;
}

const encoder = new TextEncoder();

/** Lays `batch` out. */
export function packBatch(batch: ColumnBatch): Uint8Array {
  const arrays: { readonly bytes: Uint8Array; readonly at: number }[] = [];
  let used = 0;
  const head = encoder.encode(JSON.stringify(shadowOf(batch, (array) => {
    const at = used;
    arrays.push({ bytes: new Uint8Array(array.buffer, array.byteOffset, array.byteLength), at });
    used += aligned(array.byteLength);
    return { a: kindOf(array), o: at, n: array.length };
  })));
  const start = aligned(4 + head.length);
  const out = new Uint8Array(start + used);
  new DataView(out.buffer).setUint32(0, head.length, true);
  out.set(head, 4);
  for (const { bytes, at } of arrays) out.set(bytes, start + at);
  return out;
}

function shadowOf(value: unknown, place: (array: AnyArray) => unknown): unknown {
  if (isArray(value)) return place(value);
  if (Array.isArray(value)) return value.map((item) => shadowOf(item, place));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, shadowOf(item, place)]),
  );
}

function isArray(value: unknown): value is AnyArray {
  return ArrayBuffer.isView(value) && !(value instanceof DataView);
}

/** A Buffer is a Uint8Array to whoever reads it. */
function kindOf(array: AnyArray): Kind {
  if (array instanceof Uint8Array) return "u8";
  if (array instanceof Uint16Array) return "u16";
  if (array instanceof Uint32Array) return "u32";
  return array instanceof Float64Array ? "f64" : "i64";
}

/** The next multiple of 8. */
export function aligned(length: number): number {
  return Math.ceil(length / 8) * 8;
}
