/**
 * Least and greatest value of a column, as the footer has them for who reads the file.
 *
 * @module
 */
import type { Strings } from "../../../sdk/columns/column.ts";
import type { Bounds } from "../parquet/numbers_page.ts";
import type { Presented } from "./present.ts";

/** Longer strings have no bounds: a cut one would be none. */
const MAX_BYTES = 64;

export function boundsOf({ type, values, dictionary, entries }: Presented): Bounds | undefined {
  if (type === "text" && entries !== undefined) return stringBounds(entries);
  if (dictionary !== undefined && entries === undefined) {
    return numberBounds(type, dictionary.bytes);
  }
  switch (values.form) {
    case "strings":
      return type === "text" ? stringBounds(values.strings) : undefined;
    case "words":
      return numberBounds("int64", bytesOf(values.words));
    case "ints":
      return numberBounds("int32", bytesOf(values.ints));
    case "reals":
      return numberBounds("double", bytesOf(values.reals));
    default:
      return undefined;
  }
}

function bytesOf(values: Int32Array | Float64Array): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}

function numberBounds(type: Presented["type"], bytes: Uint8Array): Bounds | undefined {
  const width = type === "int32" ? 4 : 8;
  const count = bytes.length / width;
  if (count === 0) return undefined;
  const isBelow = comparison(type, new Uint8Array(bytes).buffer);
  let least = 0;
  let most = 0;
  for (let i = 1; i < count; i++) {
    if (isBelow(i, least)) least = i;
    if (isBelow(most, i)) most = i;
  }
  const at = (i: number): Uint8Array => bytes.subarray(i * width, (i + 1) * width);
  return { least: at(least), most: at(most) };
}

function comparison(
  type: Presented["type"],
  buffer: ArrayBufferLike,
): (a: number, b: number) => boolean {
  if (type !== "int64") {
    const values = type === "int32" ? new Int32Array(buffer) : new Float64Array(buffer);
    return (a, b) => values[a]! < values[b]!;
  }
  const words = new Int32Array(buffer);
  return (a, b) => {
    const difference = words[a * 2 + 1]! - words[b * 2 + 1]!;
    return difference < 0 || (difference === 0 && words[a * 2]! >>> 0 < words[b * 2]! >>> 0);
  };
}

function stringBounds({ bytes, ends }: Strings): Bounds | undefined {
  let start = 0;
  let least: Uint8Array | undefined;
  let most: Uint8Array | undefined;
  for (let i = 0; i < ends.length; i++) {
    const end = ends[i]!;
    if (end - start > MAX_BYTES) return undefined;
    const value = bytes.subarray(start, end);
    if (least === undefined || Buffer.compare(value, least) < 0) least = value;
    if (most === undefined || Buffer.compare(value, most) > 0) most = value;
    start = end;
  }
  return least === undefined || most === undefined ? undefined : { least, most };
}
