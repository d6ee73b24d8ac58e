/**
 * Scrubs a column of text: each distinct value once, where it has a dictionary and no identity of
 * the batch can be in it.
 *
 * @module
 */
import {
  type Column,
  type DictColumn,
  entryBytes,
  type Strings,
  type TextColumn,
} from "../columns/column.ts";
import { Arena, Interner } from "../columns/strings.ts";
import type { Json } from "../table.ts";
import { pack, unpackJson } from "../wire/msgpack.ts";
import type { FreeText, Written } from "./free_text.ts";
import type { Identities, Spend } from "./identities.ts";
import { type LeafTreatments, mapTexts } from "./leaves.ts";
import { asDictionary } from "./token_column.ts";

/** Scrubs texts, and remembers those of dictionaries from batch to batch. */
export interface TextScrubber {
  readonly freeText: FreeText;
  /** As {@link FreeText.scrub}, of a value that is likely to come again; undefined if it stays. */
  again(bytes: Uint8Array, start: number, end: number): Uint8Array | undefined;
}

export interface Scanned {
  readonly column: Column;
  /** Rows of which something was replaced. */
  readonly tokenised: number;
}

/** Smaller numbers are nobody's. */
const LEAST_TELLING = 1_000;
const SAMPLE_ROWS = 64;
const LONG_ENTRY = 4096;
const MOST_REMEMBERED = 8_192;
const MOST_REMEMBERED_BYTES = 4 * 1024 * 1024;

export function textScrubber(freeText: FreeText): TextScrubber {
  const known = new Interner();
  /** By number: what became of it; undefined where it stayed as it is. */
  const results: (Uint8Array | undefined)[] = [];
  return {
    freeText,
    again(bytes, start, end) {
      if (known.count >= MOST_REMEMBERED || known.arena.used > MOST_REMEMBERED_BYTES) {
        known.clear();
        results.length = 0;
      }
      const number = known.numberByWords(bytes, start, end);
      if (number === results.length) {
        // If this throws the value stays without a result, and the next number would be of another.
        try {
          const result = freeText.scrubRange(bytes, start, end);
          results.push(result?.bytes.slice(0, result.used));
        } catch (error) {
          known.clear();
          results.length = 0;
          throw error;
        }
      }
      return results[number];
    },
  };
}

/** How a column is searched. */
export interface ColumnSearch {
  readonly texts: TextScrubber;
  /** False: for identities alone. */
  readonly detect: boolean;
  /** Of the batch; undefined where no typed column has a value. */
  readonly identities: Identities | undefined;
  readonly spend: Spend;
  /** Of members of a dynamic column that have a class of their own. */
  readonly leaves?: LeafTreatments | undefined;
}

/** Gives the column scrubbed; the same object where nothing was found. Numbers and times stay. */
export function scanColumn(column: Column, search: ColumnSearch): Scanned {
  const isLeft = !search.detect && search.identities === undefined && search.leaves === undefined;
  if (isLeft) return { column, tokenised: 0 };
  if (column.form === "dict") return scanDict(column, search);
  if (column.form !== "text") return { column, tokenised: 0 };
  if (column.type === "dynamic") {
    return scanRows(
      column,
      (start, end, row) => whole(scanDynamic(column.rows.bytes, { start, end, row }, search)),
    );
  }
  if (!repeats(column)) {
    const { bytes } = column.rows;
    return scanRows(column, (start, end, row) => scrubRow(bytes, { start, end, row }, search));
  }
  const { entries, indexes } = asDictionary(column);
  const scanned = scanEntries(entries, search);
  if (scanned === undefined) return { column, tokenised: 0 };
  return scanRows(column, (start, end, row) => {
    search.spend(row, end - start);
    return whole(scanned.resultOf(indexes[row]!, row));
  });
}

/** What becomes of the entries of a dictionary. */
interface ScannedEntries {
  /** True if something was found in an entry, whatever the row. */
  readonly hasFinds: boolean;
  /** The entry with number `index` - 1 in a row; undefined where it stays. */
  resultOf(index: number, row: number): Uint8Array | undefined;
}

/** Undefined if all entries stay in all rows. */
function scanEntries(entries: Strings, search: ColumnSearch): ScannedEntries | undefined {
  const { bytes, ends } = entries;
  const recurrence = search.identities?.recurrenceIn(entries);
  const results: (Uint8Array | undefined)[] = [];
  for (let i = 0; search.detect && i < ends.length; i++) {
    results.push(search.texts.again(bytes, i === 0 ? 0 : ends[i - 1]!, ends[i]!));
  }
  const hasFinds = results.some((result) => result !== undefined);
  if (recurrence === undefined && !hasFinds) return undefined;
  return {
    hasFinds,
    resultOf(index, row) {
      if (recurrence?.mayStand(row, index - 1) === true) {
        const result = carried(entryBytes(entries, index - 1), row, search);
        if (result !== undefined) return result;
      }
      return results[index - 1];
    },
  };
}

function scanDict(column: DictColumn, search: ColumnSearch): Scanned {
  spendOnLong(column, search);
  const scanned = scanEntries(column.entries, search);
  if (scanned === undefined) return { column, tokenised: 0 };
  const entries = new Interner();
  /** New number of each entry that stays, plus 1, once a row has it. */
  const moved = new Uint32Array(column.entries.ends.length + 1);
  let tokenised = 0;
  // Not before a row has it: the dictionary leaves the host, with values of no row as well.
  const indexes = column.indexes.map((index, row) => {
    if (index === 0) return 0;
    const result = scanned.resultOf(index, row);
    if (result !== undefined) {
      tokenised++;
      return entries.number(result, 0, result.length) + 1;
    }
    if (moved[index] === 0) {
      const value = entryBytes(column.entries, index - 1);
      moved[index] = entries.number(value, 0, value.length) + 1;
    }
    return moved[index]!;
  });
  // An entry of no row may hold a find.
  if (tokenised === 0 && !scanned.hasFinds) return { column, tokenised };
  return { column: { ...column, indexes, entries: entries.arena.view() }, tokenised };
}

/** A long entry counts in each of its rows, as if it were a text of that row alone. */
function spendOnLong({ entries, indexes }: DictColumn, { spend }: ColumnSearch): void {
  const lengths = entries.ends.map((end, i) => end - (i === 0 ? 0 : entries.ends[i - 1]!));
  if (lengths.every((length) => length < LONG_ENTRY)) return;
  for (const [row, index] of indexes.entries()) {
    const length = index === 0 ? 0 : lengths[index - 1]!;
    if (length >= LONG_ENTRY) spend(row, length);
  }
}

/** The text of a row in which values of that row stand; undefined if none does. */
function carried(
  value: Uint8Array,
  row: number,
  { texts, detect, identities }: ColumnSearch,
): Uint8Array | undefined {
  if (identities === undefined || identities.spansIn(value, row).length === 0) return undefined;
  return texts.freeText.scrub(value, { detect, spansIn: (text) => identities.spansIn(text, row) });
}

interface RowRange {
  readonly start: number;
  readonly end: number;
  readonly row: number;
}

/** Puts in place of each row what `scan` gives; undefined where it stays. */
function scanRows(
  column: TextColumn,
  scan: (start: number, end: number, row: number) => Written | undefined,
): Scanned {
  const { bytes, ends } = column.rows;
  const arena = new Arena();
  let tokenised = 0;
  let start = 0;
  for (let row = 0; row < ends.length; row++) {
    const end = ends[row]!;
    const result = column.absent?.[row] === 1 ? undefined : scan(start, end, row);
    if (result !== undefined) {
      // What stays is copied from the first change on.
      if (tokenised++ === 0) {
        arena.reserve(bytes.length + (bytes.length >> 2));
        copyRows(arena, column.rows, row);
      }
      arena.extend(result.bytes, 0, result.used);
      arena.close();
    } else if (tokenised > 0) arena.add(bytes, start, end);
    start = end;
  }
  if (tokenised === 0) return { column, tokenised };
  return { column: { ...column, rows: arena.view() }, tokenised };
}

function whole(bytes: Uint8Array | undefined): Written | undefined {
  return bytes === undefined ? undefined : { bytes, used: bytes.length };
}

function scrubRow(
  bytes: Uint8Array,
  { start, end, row }: RowRange,
  search: ColumnSearch,
): Written | undefined {
  search.spend(row, end - start);
  if (search.identities?.mayStandIn(bytes, { start, end }, row) === true) {
    const result = carried(bytes.subarray(start, end), row, search);
    if (result !== undefined) return whole(result);
  }
  return search.detect ? search.texts.freeText.scrubRange(bytes, start, end) : undefined;
}

/** True if at least half of a sample of rows has a value that another of them has. */
function repeats({ rows }: TextColumn): boolean {
  const sample = Math.min(rows.ends.length, SAMPLE_ROWS);
  const seen = new Interner();
  for (let i = 0; i < sample; i++) {
    seen.number(rows.bytes, i === 0 ? 0 : rows.ends[i - 1]!, rows.ends[i]!);
  }
  return seen.count * 2 <= sample;
}

function copyRows(arena: Arena, { bytes, ends }: TextColumn["rows"], rows: number): void {
  for (let row = 0; row < rows; row++) arena.add(bytes, row === 0 ? 0 : ends[row - 1]!, ends[row]!);
}

/** Its strings are likely to come again. */
function scanDynamic(
  bytes: Uint8Array,
  { start, end, row }: RowRange,
  search: ColumnSearch,
): Uint8Array | undefined {
  const json = unpackJson(bytes.subarray(start, end));
  const scrub = (text: string): string => scrubLeaf(text, row, search);
  const leaf = search.leaves === undefined ? undefined : leafScrubber(search.leaves, {
    scrub,
    keep: (text) => scrubLeaf(text, row, { ...search, detect: false }),
  });
  const scanned = scanJson(json, scrub, leaf);
  return scanned === json ? undefined : pack(scanned);
}

function scrubLeaf(text: string, row: number, search: ColumnSearch): string {
  const bytes = Buffer.from(text);
  const end = bytes.length;
  search.spend(row, end);
  const mayStand = search.identities?.mayStandIn(bytes, { start: 0, end }, row) === true;
  const result = (mayStand ? carried(bytes, row, search) : undefined) ??
    (search.detect ? search.texts.again(bytes, 0, end) : undefined);
  return result === undefined ? text : Buffer.from(result).toString();
}

/** Gives what becomes of a member; undefined where it is dropped, NOT_A_LEAF where it has no class. */
type ScrubLeaf = (name: string, member: Json) => Json | undefined | typeof NOT_A_LEAF;

const NOT_A_LEAF = Symbol("not a leaf");

function leafScrubber(
  leaves: LeafTreatments,
  { scrub, keep }: Readonly<Record<"scrub" | "keep", (text: string) => string>>,
): ScrubLeaf {
  return (name, member) => {
    const leaf = leaves.get(name);
    if (leaf === undefined) return NOT_A_LEAF;
    switch (leaf.treatment) {
      case "keep":
        return mapTexts(member, keep);
      case "scan":
        return mapTexts(member, scrub);
      case "token":
        return mapTexts(
          member,
          (text) => text === "" ? text : leaf.judge.tokenText(Buffer.from(text)),
        );
      case "drop":
        return undefined;
    }
  };
}

/** Scrubs each string in `value`, names of members too; the same object where nothing was found. */
function scanJson(value: Json, scrub: (text: string) => string, leaf?: ScrubLeaf): Json {
  if (typeof value === "string") return scrub(value);
  if (typeof value === "number") return scanNumber(value, scrub);
  if (typeof value !== "object" || value === null) return value;
  let isSame = true;
  const scan = (member: Json): Json => {
    const scanned = scanJson(member, scrub, leaf);
    isSame &&= scanned === member;
    return scanned;
  };
  if (isArray(value)) {
    const items = value.map(scan);
    return isSame ? value : items;
  }
  const members: [string, Json][] = [];
  for (const [name, member] of Object.entries(value)) {
    const own = leaf === undefined ? NOT_A_LEAF : leaf(name, member);
    if (own === NOT_A_LEAF) {
      const scannedName = scrub(name);
      isSame &&= scannedName === name;
      members.push([scannedName, scan(member)]);
    } else {
      isSame &&= own === member;
      if (own !== undefined) members.push([name, own]);
    }
  }
  return isSame ? value : Object.fromEntries(members);
}

/** A number may be somebody's: of a card, a telephone, an account. */
function scanNumber(value: number, scrub: (text: string) => string): Json {
  if (!Number.isSafeInteger(value) || value < LEAST_TELLING) return value;
  const text = String(value);
  const scanned = scrub(text);
  return scanned === text ? value : scanned;
}

/** The strings and whole numbers in `value`, in UTF-8. */
export function leavesOf(value: Json): readonly Uint8Array[] {
  if (typeof value === "string" || typeof value === "number") return [Buffer.from(String(value))];
  if (typeof value !== "object" || value === null) return [];
  return (isArray(value) ? value : Object.values(value)).flatMap(leavesOf);
}

function isArray(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}
