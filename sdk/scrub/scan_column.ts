/**
 * Scrubs a column of text: each distinct value once, where it has a dictionary and no identity of
 * the batch can be in it.
 *
 * @module
 */
import { type Column, type DictColumn, entryBytes, type TextColumn } from "../columns/column.ts";
import { Arena, Interner } from "../columns/strings.ts";
import type { Json } from "../table.ts";
import { pack, unpackJson } from "../wire/msgpack.ts";
import type { FreeText } from "./free_text.ts";
import type { Candidates, Identities, Spend } from "./identities.ts";
import { type LeafTreatments, mapTexts } from "./leaves.ts";

/** Scrubs entries, and remembers those of dictionaries from batch to batch. */
export interface TextScrubber {
  readonly freeText: FreeText;
  /** As {@link FreeText.scrub}, of a value that is likely to come again. */
  again(value: Uint8Array): Uint8Array;
}

export interface Scanned {
  readonly column: Column;
  /** Rows of which something was replaced. */
  readonly tokenised: number;
}

/** Smaller numbers are nobody's. */
const LEAST_TELLING = 1_000;
const SAMPLE_ROWS = 64;
const MOST_REMEMBERED = 8_192;
const MOST_REMEMBERED_BYTES = 4 * 1024 * 1024;

export function textScrubber(freeText: FreeText): TextScrubber {
  const known = new Interner();
  /** By number: what became of it; undefined where it stayed as it is. */
  const results: (Uint8Array | undefined)[] = [];
  return {
    freeText,
    again(value) {
      if (known.count >= MOST_REMEMBERED || known.arena.used > MOST_REMEMBERED_BYTES) {
        known.clear();
        results.length = 0;
      }
      const number = known.number(value, 0, value.length);
      if (number === results.length) {
        // If this throws the value stays without a result, and the next number would be of another.
        let result: Uint8Array | undefined;
        try {
          result = freeText.scrub(value);
        } catch (error) {
          known.clear();
          results.length = 0;
          throw error;
        }
        results.push(result === value ? undefined : result);
      }
      return results[number] ?? value;
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
  /** Values are likely to come again. */
  readonly repeats?: boolean;
}

/** Gives the column scrubbed; the same object where nothing was found. Numbers and times stay. */
export function scanColumn(column: Column, search: ColumnSearch): Scanned {
  const isLeft = !search.detect && search.identities === undefined && search.leaves === undefined;
  if (isLeft) return { column, tokenised: 0 };
  if (column.form === "dict") return scanDict(column, search);
  if (column.form === "text") return scanText(column, { ...search, repeats: repeats(column) });
  return { column, tokenised: 0 };
}

function scanDict(column: DictColumn, search: ColumnSearch): Scanned {
  const { ends } = column.entries;
  const entries = new Interner();
  const results: Uint8Array[] = [];
  /** New number of each entry, plus 1, once a row has it. */
  const moved = new Uint32Array(ends.length + 1);
  const changed = new Uint8Array(ends.length + 1);
  const candidates: (readonly Candidates[] | undefined)[] = [];
  for (let i = 0; i < ends.length; i++) {
    const value = entryBytes(column.entries, i);
    candidates[i + 1] = search.identities?.candidatesIn(value);
    const result = search.detect ? search.texts.again(value) : value;
    if (result !== value) changed[i + 1] = 1;
    results[i + 1] = result;
  }
  let isSame = !changed.includes(1);
  let tokenised = 0;
  const indexes = column.indexes.map((index, row) => {
    if (index === 0) return 0;
    const places = candidates[index];
    if (places !== undefined && places.length > 0) {
      const value = entryBytes(column.entries, index - 1);
      const result = carried(value, places, { ...search, row });
      if (result !== undefined) {
        tokenised++;
        isSame = false;
        return entries.number(result, 0, result.length) + 1;
      }
    }
    tokenised += changed[index]!;
    // Not before a row has it: the dictionary leaves the host, with values of no row as well.
    if (moved[index] === 0) {
      const result = results[index]!;
      moved[index] = entries.number(result, 0, result.length) + 1;
    }
    return moved[index]!;
  });
  if (isSame) return { column, tokenised: 0 };
  return { column: { ...column, indexes, entries: entries.arena.view() }, tokenised };
}

/** The text of a row in which values of that row stand; undefined if none does. */
function carried(
  value: Uint8Array,
  places: readonly Candidates[],
  { texts, detect, identities, row }: ColumnSearch & { readonly row: number },
): Uint8Array | undefined {
  if (identities === undefined || identities.spansAt(places, row).length === 0) return undefined;
  return texts.freeText.scrub(value, {
    detect,
    spansIn: (text) => identities.spansAt(identities.candidatesIn(text), row),
  });
}

function scanText(column: TextColumn, search: ColumnSearch): Scanned {
  const { bytes, ends } = column.rows;
  const arena = new Arena();
  let tokenised = 0;
  let start = 0;
  for (let row = 0; row < ends.length; row++) {
    const value = bytes.subarray(start, ends[row]);
    start = ends[row]!;
    let result = value;
    if (column.absent?.[row] !== 1) {
      result = column.type === "dynamic"
        ? scanDynamic(value, row, search)
        : scrubRow(value, row, search);
    }
    if (result !== value) tokenised++;
    // What stays is copied from the first change on.
    if (tokenised === 0) continue;
    if (arena.count < row) copyRows(arena, column.rows, row);
    arena.add(result, 0, result.length);
  }
  if (tokenised === 0) return { column, tokenised };
  return { column: { ...column, rows: arena.view() }, tokenised };
}

function scrubRow(value: Uint8Array, row: number, search: ColumnSearch): Uint8Array {
  search.spend(row, value.length);
  const places = search.identities?.candidatesIn(value);
  if (places !== undefined && places.length > 0) {
    const result = carried(value, places, { ...search, row });
    if (result !== undefined) return result;
  }
  if (!search.detect) return value;
  return search.repeats === true ? search.texts.again(value) : search.texts.freeText.scrub(value);
}

/** True if at least half of a sample of rows has a value that another of them has. */
function repeats({ rows, type }: TextColumn): boolean {
  if (type === "dynamic") return true;
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

function scanDynamic(value: Uint8Array, row: number, search: ColumnSearch): Uint8Array {
  const json = unpackJson(value);
  const scrubWith = (how: ColumnSearch) => (text: string): string => {
    const bytes = Buffer.from(text);
    const result = scrubRow(bytes, row, how);
    return result === bytes ? text : Buffer.from(result).toString();
  };
  const scrub = scrubWith(search);
  const leaf = search.leaves === undefined ? undefined : leafScrubber(search.leaves, {
    scrub,
    keep: scrubWith({ ...search, detect: false }),
  });
  const scanned = scanJson(json, scrub, leaf);
  return scanned === json ? value : pack(scanned);
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
