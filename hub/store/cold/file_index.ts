/**
 * The index beside a cold file: which strings and which terms its columns may hold.
 *
 * | offset | size | content                                                           |
 * | -----: | ---: | ----------------------------------------------------------------- |
 * |      0 |    4 | `CIX2`; an older hub wrote `CIX1`, kinds 0 and 1 alone            |
 * |      4 |    4 | CRC-32 of all that follows, little-endian                         |
 * |      8 |    4 | n: bytes of the directory, little-endian                          |
 * |     12 |    n | directory: msgpack list of `[column, kind, bytes]`, kind 0 values, 1 terms, 2 both |
 * | 12 + n |    … | the filters (`xor_filter.ts`), in the directory's order           |
 *
 * @module
 */
import { crc32 } from "node:zlib";
import { pack, unpack } from "../../../sdk/wire/msgpack.ts";
import type { FileColumn } from "../../../sdk/parquet/read_footer.ts";
import { arePlainTerms, HashSet } from "./string_hash.ts";
import type { WholeColumn } from "./whole_column.ts";
import { buildFilter } from "./xor_filter.ts";

/** Filters by column. A column without one may hold anything. */
export interface FileIndex {
  /** Of whole values. */
  readonly values: ReadonlyMap<string, Uint8Array>;
  /** Of the terms in them. */
  readonly terms: ReadonlyMap<string, Uint8Array>;
}

export interface IndexEntry {
  readonly column: string;
  /** `both`: each value is one term, in lower case. */
  readonly kind: "values" | "terms" | "both";
  readonly filter: Uint8Array;
}

const MAGIC = Buffer.from("CIX2");
const OLD_MAGIC = Buffer.from("CIX1");
const HEAD_BYTES = 12;
const KINDS = ["values", "terms", "both"] as const;
/** Longer values are looked for by their terms. */
const MAX_VALUE_BYTES = 64;
/** More terms a row than this would make the index too large. */
const MAX_TERMS = 4;
/** Where so many rows have a value of their own it is what people look one row up by. */
const OWN_SHARE = 0.95;

/** The index of a Parquet file has its name, with another end. */
export function indexPath(path: string): string {
  return path.replace(/\.parquet$/, ".index");
}

/** Filters of one column of one file; none where they would be of no use. */
export function indexColumn(
  { name, type }: FileColumn,
  values: WholeColumn,
): readonly IndexEntry[] {
  if (type !== "text") return [];
  const strings = values.form === "dict"
    ? usedEntries(values)
    : values.form === "text"
    ? values.strings
    : undefined;
  if (strings === undefined || strings.ends.length === 0) return [];
  const { bytes, ends } = strings;
  const entries: IndexEntry[] = [];
  const isLong = bytes.length / ends.length > MAX_VALUE_BYTES;
  const count = ends.length;
  const whole = new HashSet(isLong ? 0 : count);
  const terms = new HashSet(count);
  // Else one filter is both.
  const hasTerms = isLong || !arePlainTerms(strings);
  for (let i = 0; i < count; i++) {
    const start = i === 0 ? 0 : ends[i - 1]!;
    if (hasTerms) terms.addTerms(bytes, start, ends[i]!);
    if (!isLong) whole.addString(bytes, start, ends[i]!);
    if (terms.size > MAX_TERMS * count + 1_024) return entries;
  }
  if (!isLong) {
    const bits = whole.size > rowsOf(values) * OWN_SHARE ? 8 : 4;
    const filter = buildFilter(whole.hashes(), bits);
    entries.push({ column: name, kind: hasTerms ? "values" : "both", filter });
  }
  // A column of single words: a filter of its terms would be about the same again.
  if (terms.size > 0 && (isLong || terms.size !== whole.size)) {
    entries.push({ column: name, kind: "terms", filter: buildFilter(terms.hashes()) });
  }
  return entries;
}

export function encodeIndex(entries: readonly IndexEntry[]): Uint8Array {
  const directory = pack(
    entries.map(({ column, kind, filter }) => [column, KINDS.indexOf(kind), filter.length]),
  );
  const bytes = Buffer.concat([
    MAGIC,
    Buffer.alloc(HEAD_BYTES - MAGIC.length),
    directory,
    ...entries.map(({ filter }) => filter),
  ]);
  bytes.writeUInt32LE(directory.length, 8);
  bytes.writeUInt32LE(crc32(bytes.subarray(8)), 4);
  return bytes;
}

/** The index in `source`; undefined where that is none, or not whole: nothing is ruled out then. */
export function decodeIndex(source: Uint8Array): FileIndex | undefined {
  const bytes = Buffer.from(source.buffer, source.byteOffset, source.byteLength);
  if (bytes.length < HEAD_BYTES) return undefined;
  const magic = bytes.subarray(0, 4);
  if (!magic.equals(MAGIC) && !magic.equals(OLD_MAGIC)) return undefined;
  if (crc32(bytes.subarray(8)) !== bytes.readUInt32LE(4)) return undefined;
  const values = new Map<string, Uint8Array>();
  const terms = new Map<string, Uint8Array>();
  let at = HEAD_BYTES + bytes.readUInt32LE(8);
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- encodeIndex() wrote it, by its CRC
  const directory = unpack(bytes.subarray(HEAD_BYTES, at)) as readonly [string, number, number][];
  for (const [column, kind, length] of directory) {
    const filter = bytes.subarray(at, at + length);
    if (KINDS[kind] !== "terms") values.set(column, filter);
    if (KINDS[kind] !== "values") terms.set(column, filter);
    at += length;
  }
  return { values, terms };
}

function rowsOf(values: WholeColumn): number {
  return values.form === "dict"
    ? values.indexes.length
    : values.form === "text"
    ? values.strings.ends.length
    : 0;
}

/** The entries that a row has, as strings end to end. */
function usedEntries({ indexes, entries }: Extract<WholeColumn, { form: "dict" }>) {
  const used = new Uint8Array(entries.ends.length + 1);
  for (let row = 0; row < indexes.length; row++) used[indexes[row]!] = 1;
  const kept: Uint8Array[] = [];
  const ends: number[] = [];
  let end = 0;
  for (let index = 1; index < used.length; index++) {
    if (used[index] === 0) continue;
    const entry = entries.bytes.subarray(
      index === 1 ? 0 : entries.ends[index - 2],
      entries.ends[index - 1],
    );
    kept.push(entry);
    ends.push(end += entry.length);
  }
  return { bytes: Buffer.concat(kept), ends: Uint32Array.from(ends) };
}
