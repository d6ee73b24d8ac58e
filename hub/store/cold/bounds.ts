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
  if (bytes.length === 0) return undefined;
  const buffer = bytes.byteOffset % width === 0 ? bytes : new Uint8Array(bytes);
  const count = bytes.length / width;
  const { least, most } = type === "int64"
    ? wideBounds(new Int32Array(buffer.buffer, buffer.byteOffset, count * 2))
    : narrowBounds(
      type === "int32"
        ? new Int32Array(buffer.buffer, buffer.byteOffset, count)
        : new Float64Array(buffer.buffer, buffer.byteOffset, count),
    );
  const at = (i: number): Uint8Array => bytes.subarray(i * width, (i + 1) * width);
  return { least: at(least), most: at(most) };
}

interface Places {
  readonly least: number;
  readonly most: number;
}

function narrowBounds(values: Int32Array | Float64Array): Places {
  let [least, most] = [0, 0];
  for (let i = 1; i < values.length; i++) {
    if (values[i]! < values[least]!) least = i;
    if (values[most]! < values[i]!) most = i;
  }
  return { least, most };
}

/** Of 64-bit numbers, two words each: the low one first, without a sign. */
function wideBounds(words: Int32Array): Places {
  let [least, most] = [0, 0];
  for (let i = 2; i < words.length; i += 2) {
    const high = words[i + 1]!;
    const low = words[i]! >>> 0;
    if (high < words[least + 1]! || (high === words[least + 1] && low < words[least]! >>> 0)) {
      least = i;
    }
    if (high > words[most + 1]! || (high === words[most + 1] && low > words[most]! >>> 0)) {
      most = i;
    }
  }
  return { least: least / 2, most: most / 2 };
}

function stringBounds({ bytes, ends }: Strings): Bounds | undefined {
  let start = 0;
  let least: Uint8Array | undefined;
  let most: Uint8Array | undefined;
  for (let i = 0; i < ends.length; i++) {
    const end = ends[i]!;
    if (end - start > MAX_BYTES) return undefined;
    // A view for each value is dear: its first byte mostly tells that it is neither.
    const isOpen = least === undefined || most === undefined || start === end ||
      bytes[start]! <= (least[0] ?? 0) || bytes[start]! >= (most[0] ?? 0);
    if (isOpen) {
      const value = bytes.subarray(start, end);
      if (least === undefined || Buffer.compare(value, least) < 0) least = value;
      if (most === undefined || Buffer.compare(value, most) > 0) most = value;
    }
    start = end;
  }
  return least === undefined || most === undefined ? undefined : { least, most };
}
