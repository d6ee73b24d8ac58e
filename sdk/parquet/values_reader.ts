/**
 * Decodes the values of a column's pages, in any of the encodings that the store meets.
 *
 * @module
 */
import type { Strings } from "../columns/column.ts";
import type { ByteReader } from "../wire/bytes.ts";
import { readDeltas32, readDeltas64, readHybrid } from "./hybrid_reader.ts";
import type { ReadPart } from "./part.ts";
import { ParquetError } from "./parquet_error.ts";
import type { FileColumn } from "./read_footer.ts";

const PLAIN = 0;
const PLAIN_DICTIONARY = 2;
const RLE = 3;
const DELTA = 5;
const DELTA_LENGTH = 6;
const RLE_DICTIONARY = 8;
const BYTE_STREAM_SPLIT = 9;
const WIDTH = { int32: 4, int64: 8, double: 8 } as const;

/** Values of one page: fixed width ones as their bytes, strings, or indexes into the dictionary. */
type Values =
  | { readonly form: "fixed"; readonly bytes: Uint8Array }
  | { readonly form: "strings"; readonly strings: Strings }
  | { readonly form: "indexes"; readonly indexes: Uint32Array };

/** Takes the pages of one column chunk in order. */
export class ValuesReader {
  readonly #type: FileColumn["type"];
  readonly #pages: Values[] = [];
  #dictionary: Values = { form: "fixed", bytes: new Uint8Array() };

  constructor(type: FileColumn["type"]) {
    this.#type = type;
  }

  takeDictionary(bytes: Uint8Array, count: number): void {
    this.#dictionary = plainOf(this.#type, bytes, count);
  }

  takePage(reader: ByteReader, encoding: number, count: number): void {
    this.#pages.push(this.#valuesOf(reader, encoding, count));
  }

  /** All that was taken as one part of `rows` rows; `absent` has the rows without a value. */
  part(rows: number, absent: Uint8Array | undefined): ReadPart {
    if (this.#type === "text" || this.#type === "json") return this.#stringsPart(rows, absent);
    const bytes = joined(this.#pages.map((page) => this.#fixed(page)));
    switch (this.#type) {
      case "boolean":
        return { form: "bool", rows, values: spread(bytes, rows, { absent, none: 2 }) };
      case "int64":
        return { form: "wide", rows, values: wide(bytes, rows, absent), absent };
      case "int32":
      case "double":
        return { form: "number", rows, values: numbers(this.#type, bytes, { rows, absent }) };
    }
  }

  #valuesOf(reader: ByteReader, encoding: number, count: number): Values {
    const type = this.#type;
    switch (encoding) {
      case PLAIN:
        return plainOf(type, reader.take(reader.left), count);
      case PLAIN_DICTIONARY:
      case RLE_DICTIONARY: {
        if (count === 0) return { form: "indexes", indexes: new Uint32Array() };
        return { form: "indexes", indexes: readHybrid(reader, reader.byte(), count) };
      }
      case RLE: {
        if (type !== "boolean") break;
        reader.take(4);
        return { form: "fixed", bytes: Uint8Array.from(readHybrid(reader, 1, count)) };
      }
      case DELTA: {
        if (type !== "int32" && type !== "int64") break;
        const values = type === "int32" ? readDeltas32(reader) : readDeltas64(reader);
        return { form: "fixed", bytes: bytesOf(values, count * WIDTH[type]) };
      }
      case DELTA_LENGTH: {
        if (type !== "text" && type !== "json") break;
        const ends = Uint32Array.from(readDeltas32(reader));
        for (let i = 1; i < ends.length; i++) ends[i] = ends[i]! + ends[i - 1]!;
        const bytes = reader.take(ends.at(-1) ?? 0);
        return { form: "strings", strings: { bytes, ends: checked(ends, count) } };
      }
      case BYTE_STREAM_SPLIT: {
        if (type !== "int32" && type !== "int64" && type !== "double") break;
        return { form: "fixed", bytes: unsplit(reader, WIDTH[type], count) };
      }
    }
    throw new ParquetError("unsupported", `Cannot read ${type} in encoding ${encoding}`);
  }

  #fixed(page: Values): Uint8Array {
    if (page.form === "fixed") return page.bytes;
    const dictionary = this.#dictionary;
    if (page.form !== "indexes" || dictionary.form !== "fixed" || this.#type === "boolean") {
      throw new ParquetError("format", "values are of another type");
    }
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- strings and booleans are not fixed
    const width = WIDTH[this.#type as keyof typeof WIDTH];
    const bytes = new Uint8Array(page.indexes.length * width);
    for (let row = 0; row < page.indexes.length; row++) {
      const index = page.indexes[row]!;
      if ((index + 1) * width > dictionary.bytes.length) {
        throw new ParquetError("format", "an index is past the dictionary");
      }
      bytes.set(dictionary.bytes.subarray(index * width, (index + 1) * width), row * width);
    }
    return bytes;
  }

  #stringsPart(rows: number, absent: Uint8Array | undefined): ReadPart {
    const entries = this.#dictionary.form === "strings"
      ? this.#dictionary.strings
      : { bytes: new Uint8Array(), ends: new Uint32Array() };
    if (this.#pages.every((page) => page.form === "indexes")) {
      const pages = this.#pages.map(({ indexes }) => indexes);
      const indexes = spreadIndexes(pages, { rows, absent, entries: entries.ends.length });
      return { form: "dict", rows, indexes, entries };
    }
    const lists = this.#pages.map((page) => {
      if (page.form !== "strings") throw new ParquetError("unsupported", "Cannot read mixed pages");
      return page.strings;
    });
    return { form: "text", rows, strings: stringsOf(lists, rows, absent), absent };
  }
}

function plainOf(type: FileColumn["type"], bytes: Uint8Array, count: number): Values {
  switch (type) {
    case "text":
    case "json":
      return { form: "strings", strings: plainStrings(bytes, count) };
    case "boolean": {
      const values = new Uint8Array(count);
      for (let i = 0; i < count; i++) values[i] = (bytes[i >>> 3]! >>> (i & 7)) & 1;
      return { form: "fixed", bytes: values };
    }
    case "int32":
    case "int64":
    case "double": {
      if (bytes.length < count * WIDTH[type]) throw new ParquetError("format", "page is short");
      return { form: "fixed", bytes: bytes.subarray(0, count * WIDTH[type]) };
    }
  }
}

function plainStrings(source: Uint8Array, count: number): Strings {
  const ends = new Uint32Array(count);
  const bytes = new Uint8Array(Math.max(0, source.length - count * 4));
  let at = 0;
  let end = 0;
  for (let i = 0; i < count; i++) {
    if (at + 4 > source.length) throw new ParquetError("format", "page is short");
    const length = source[at]! + source[at + 1]! * 256 + source[at + 2]! * 65_536 +
      source[at + 3]! * 16_777_216;
    if (at + 4 + length > source.length) throw new ParquetError("format", "page is short");
    bytes.set(source.subarray(at + 4, at + 4 + length), end);
    at += 4 + length;
    ends[i] = end += length;
  }
  return { bytes: bytes.subarray(0, end), ends };
}

function checked(ends: Uint32Array, count: number): Uint32Array {
  if (ends.length !== count) throw new ParquetError("format", "page has other lengths");
  return ends;
}

function unsplit(reader: ByteReader, width: number, count: number): Uint8Array {
  const source = reader.take(width * count);
  const bytes = new Uint8Array(width * count);
  for (let k = 0; k < width; k++) {
    let at = k;
    for (let i = k * count; i < (k + 1) * count; i++, at += width) bytes[at] = source[i]!;
  }
  return bytes;
}

function bytesOf(values: Int32Array, length: number): Uint8Array {
  if (values.byteLength !== length) throw new ParquetError("format", "page has other values");
  return new Uint8Array(values.buffer, values.byteOffset, length);
}

function joined(lists: readonly Uint8Array[]): Uint8Array {
  if (lists.length === 1) return lists[0]!;
  const bytes = new Uint8Array(lists.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const list of lists) {
    bytes.set(list, at);
    at += list.length;
  }
  return bytes;
}

function spread(
  bytes: Uint8Array,
  rows: number,
  { absent, none }: { readonly absent: Uint8Array | undefined; readonly none: number },
): Uint8Array {
  const values = new Uint8Array(rows).fill(none);
  for (let row = 0, at = 0; row < rows; row++) if (absent?.[row] !== 1) values[row] = bytes[at++]!;
  return values;
}

/** By row, 0 where there is no value. */
function spreadIndexes(
  pages: readonly Uint32Array[],
  { rows, absent, entries }: {
    readonly rows: number;
    readonly absent: Uint8Array | undefined;
    readonly entries: number;
  },
): Uint32Array {
  const indexes = new Uint32Array(rows);
  let row = 0;
  for (const page of pages) {
    for (let i = 0; i < page.length; i++) {
      while (absent?.[row] === 1) row++;
      const index = page[i]!;
      if (index >= entries) throw new ParquetError("format", "an index is past the dictionary");
      indexes[row++] = index + 1;
    }
  }
  return indexes;
}

function wide(bytes: Uint8Array, rows: number, absent: Uint8Array | undefined): BigInt64Array {
  const values = new BigInt64Array(rows);
  const target = new Uint8Array(values.buffer);
  if (absent === undefined) target.set(bytes);
  else {
    for (let row = 0, at = 0; row < rows; row++) {
      if (absent[row] === 1) continue;
      target.set(bytes.subarray(at, at + 8), row * 8);
      at += 8;
    }
  }
  return values;
}

function numbers(
  type: "int32" | "double",
  bytes: Uint8Array,
  { rows, absent }: { readonly rows: number; readonly absent: Uint8Array | undefined },
): Float64Array {
  const copy = new Uint8Array(bytes).buffer;
  const source = type === "int32" ? new Int32Array(copy) : new Float64Array(copy);
  const values = new Float64Array(rows);
  for (let row = 0, at = 0; row < rows; row++) {
    values[row] = absent?.[row] === 1 ? NaN : source[at++]!;
  }
  return values;
}

function stringsOf(
  lists: readonly Strings[],
  rows: number,
  absent: Uint8Array | undefined,
): Strings {
  if (lists.length === 1 && absent === undefined) return lists[0]!;
  const ends = new Uint32Array(rows);
  let row = 0;
  let last = 0;
  let base = 0;
  for (const list of lists) {
    for (let i = 0; i < list.ends.length; i++) {
      while (absent?.[row] === 1) ends[row++] = last;
      ends[row++] = last = base + list.ends[i]!;
    }
    base += list.bytes.length;
  }
  ends.fill(last, row);
  return { bytes: joined(lists.map(({ bytes }) => bytes)), ends };
}
