/**
 * Stage 5 of 7, store: turns the column batches of one table into the columns of a Parquet file.
 *
 * Tokens become text, an address becomes five columns, and every row gets its provenance: agent,
 * source, ledger index, row in the frame, and the hub's time.
 *
 * @module
 */
import { prefixesOf } from "../../sdk/columns/prefixes.ts";
import type { AddressColumn, Column, ColumnBatch, Strings } from "../../sdk/columns/column.ts";
import type { ColumnType } from "../../sdk/table.ts";
import { jsonStrings } from "./json_text.ts";
import type { DictPart, IntegerPart, Leaf, StringsPart } from "./parquet/leaf.ts";
import { storableTimes } from "./time_span.ts";
import { tokenStrings } from "./token_text.ts";
import { joined, validStrings } from "./utf8.ts";

/** One frame's events with where they come from. */
export interface Piece {
  readonly batch: ColumnBatch;
  /** Hex id. */
  readonly agent: string;
  readonly source: string;
  readonly ledgerIndex: number;
  /** Ticks of 100 ns since the Unix epoch. */
  readonly hubTime: bigint;
}

/** A column as queries see it. */
export interface StoredColumn {
  readonly name: string;
  readonly type: ColumnType;
}

/** The columns of one file: `leaves[i]` holds `columns[i]`. */
export interface Layout {
  readonly columns: readonly StoredColumn[];
  readonly leaves: readonly Leaf[];
  readonly rows: number;
}

/** Columns that the hub adds: the way from an event to its frame. */
export const PROVENANCE: readonly StoredColumn[] = [
  { name: "_Agent", type: "string" },
  { name: "_Source", type: "string" },
  { name: "_LedgerIndex", type: "long" },
  { name: "_Row", type: "int" },
  { name: "_HubTime", type: "datetime" },
];

/** What is added to the name of an address column for the tokens of its prefixes. */
export const NET_COLUMNS = ["_Net1", "_Net2", "_Net3"] as const;
const encoder = new TextEncoder();

/** One column of one piece, ready to be laid beside those of the others. */
interface Cell {
  readonly name: string;
  readonly type: ColumnType;
  readonly part: Leaf["parts"][number];
}

interface Slot {
  readonly name: string;
  type: ColumnType;
  readonly parts: (Leaf["parts"][number] | undefined)[];
}

/**
 * Lays out `pieces` of one table; `categories` names what an address column's numbers stand for.
 *
 * A name that `known` (the table's columns so far) or another column of the file has with another
 * type gets that type as a suffix, as Log Analytics does it: no value is lost to a conflict. Names
 * differ by more than case, because SQL's do.
 */
export function layOut(
  pieces: readonly Piece[],
  known: readonly StoredColumn[],
  categories: readonly string[],
): Layout {
  const types = new Map(known.map((column) => [column.name.toLowerCase(), column]));
  const slots = new Map<string, Slot>();
  for (const [index, piece] of pieces.entries()) {
    const taken = new Set(PROVENANCE.map((column) => column.name.toLowerCase()));
    for (const column of piece.batch.columns) {
      for (const cell of cellsOf(column, piece.batch.rows, categories)) {
        const name = nameFor(cell, types, taken);
        const slot = slotFor(slots, { name, type: cell.type, count: pieces.length });
        slot.parts[index] = cell.part;
      }
    }
  }
  const rowsOf = pieces.map((piece) => piece.batch.rows);
  const own = [...slots.values()];
  return {
    columns: [...own.map(({ name, type }) => ({ name, type })), ...PROVENANCE],
    leaves: [...own.map((slot) => leafOf(slot, rowsOf)), ...provenanceLeaves(pieces)],
    rows: rowsOf.reduce((sum, rows) => sum + rows, 0),
  };
}

function slotFor(
  slots: Map<string, Slot>,
  { name, type, count }: {
    readonly name: string;
    readonly type: ColumnType;
    readonly count: number;
  },
): Slot {
  let slot = slots.get(name);
  if (slot === undefined) {
    slot = { name, type, parts: Array.from({ length: count }) };
    slots.set(name, slot);
  } else if (type === "long") slot.type = "long";
  return slot;
}

/** The name to store `cell` under; marks it in `taken` and `types`. */
function nameFor(cell: Cell, types: Map<string, StoredColumn>, taken: Set<string>): string {
  let name = cell.name;
  for (;;) {
    const key = name.toLowerCase();
    const before = types.get(key);
    if (!taken.has(key) && (before === undefined || isCompatible(before.type, cell.type))) {
      taken.add(key);
      const stored = before?.name ?? name;
      types.set(key, { name: stored, type: before?.type ?? cell.type });
      return stored;
    }
    name += `_${cell.type}`;
  }
}

function isCompatible(before: ColumnType, now: ColumnType): boolean {
  const whole = (type: ColumnType): boolean => type === "int" || type === "long";
  return before === now || (whole(before) && whole(now));
}

function leafOf({ name, type, parts }: Slot, rowsOf: readonly number[]): Leaf {
  const filled = rowsOf.map((rows, i) => parts[i] ?? { form: "none", rows } as const);
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- cells of one type have parts of one kind
  return { name, type: leafType(type, filled), optional: true, parts: filled } as Leaf;
}

function leafType(type: ColumnType, parts: readonly Leaf["parts"][number][]): Leaf["type"] {
  switch (type) {
    case "string":
      return "text";
    case "dynamic":
      return "json";
    case "real":
      return "double";
    case "bool":
      return "boolean";
    case "int":
      return parts.every(fits32) ? "int32" : "int64";
    case "long":
    case "datetime":
      return "int64";
  }
}

/** An agent that breaks its own schema must not make a number another number. */
function fits32(part: Leaf["parts"][number]): boolean {
  if (part.form !== "number") return part.form === "none";
  const { values } = part;
  for (let row = 0; row < values.length; row++) {
    const value = values[row]!;
    if ((value | 0) !== value && value === value) return false;
  }
  return true;
}

function cellsOf(column: Column, rows: number, categories: readonly string[]): readonly Cell[] {
  const { name } = column;
  if (lengthOf(column) !== rows) {
    throw new RangeError(`Cannot lay out column "${name}": its batch has ${rows} rows`);
  }
  switch (column.form) {
    case "dict": {
      const part = dictPart(column.indexes, validStrings(column.entries));
      return [{ name, type: "string", part }];
    }
    case "text":
      return [{ name, type: column.type, part: textPart(column, rows) }];
    case "number":
      return [{ name, type: column.type, part: { ...column, rows } }];
    case "wide":
      return [{ name, type: "long", part: { ...column, rows } }];
    case "time":
      return [{ name, type: "datetime", part: { ...storableTimes(column), rows } }];
    case "bool":
      return [{ name, type: "bool", part: { ...column, rows } }];
    case "token": {
      const entries = validStrings(tokenStrings(column));
      return [{ name, type: "string", part: dictPart(column.indexes, entries) }];
    }
    case "address":
      return addressCells(column, categories);
  }
}

function lengthOf(column: Column): number {
  switch (column.form) {
    case "dict":
    case "token":
    case "address":
      return column.indexes.length;
    case "text":
      return column.rows.ends.length;
    case "time":
      return column.ms.length;
    case "number":
    case "wide":
    case "bool":
      return column.values.length;
  }
}

function textPart(
  column: Extract<Column, { form: "text" }>,
  rows: number,
): StringsPart {
  const { strings, absent } = column.type === "dynamic"
    ? jsonStrings(column.rows, column.absent)
    : { strings: column.rows, absent: column.absent };
  return { form: "text", rows, strings: validStrings(emptied(strings, absent)), absent };
}

/** Absent entries have no bytes in what our writers make; a hostile frame's are taken out. */
function emptied(strings: Strings, absent: Uint8Array | undefined): Strings {
  if (absent === undefined) return strings;
  const { ends, bytes } = strings;
  let isClean = true;
  for (let row = 0; row < ends.length; row++) {
    if (absent[row] === 1 && ends[row] !== (row === 0 ? 0 : ends[row - 1])) isClean = false;
  }
  if (isClean) return strings;
  return joined(
    ends.length,
    (row) => bytes.subarray(row === 0 ? 0 : ends[row - 1], absent[row] === 1 ? 0 : ends[row]),
  );
}

function addressCells(column: AddressColumn, categories: readonly string[]): readonly Cell[] {
  const { name, indexes } = column;
  const whole = dictPart(indexes, tokenStrings(column));
  const categoryNames = joined(categories.length, (i) => encoder.encode(categories[i]));
  const categoryOf = Uint32Array.from(
    column.categories,
    (category) => category < categories.length ? category + 1 : 0,
  );
  const cells: Cell[] = [
    { name, type: "string", part: whole },
    { name: `${name}_Category`, type: "string", part: through(indexes, categoryOf, categoryNames) },
  ];
  for (const [k, prefix] of prefixesOf(column).entries()) {
    if (prefix.tokens.length === 0) continue;
    const tokens = tokenStrings({ ...column, kind: `${column.kind}net`, tokens: prefix.tokens });
    const part = through(indexes, prefix.of, tokens);
    cells.push({ name: `${name}${NET_COLUMNS[k]}`, type: "string", part });
  }
  return cells;
}

/** Rows point to address entries, those through `of` to `entries`. */
function through(indexes: Uint32Array, of: Uint32Array, entries: Strings): DictPart {
  const direct = new Uint32Array(indexes.length);
  for (let row = 0; row < indexes.length; row++) {
    const index = indexes[row]!;
    if (index !== 0) direct[row] = of[index - 1]!;
  }
  return dictPart(direct, entries);
}

function dictPart(indexes: Uint32Array, entries: Strings): DictPart {
  return { form: "dict", rows: indexes.length, indexes, entries };
}

function provenanceLeaves(pieces: readonly Piece[]): readonly Leaf[] {
  const text = (of: (piece: Piece) => string): readonly StringsPart[] =>
    pieces.map((piece) => ({
      form: "same",
      rows: piece.batch.rows,
      value: encoder.encode(of(piece)),
    }));
  const whole = (of: (piece: Piece) => bigint): readonly IntegerPart[] =>
    pieces.map((piece) => ({ form: "same", rows: piece.batch.rows, value: of(piece) }));
  const optional = false;
  return [
    { name: "_Agent", type: "text", optional, parts: text((piece) => piece.agent) },
    { name: "_Source", type: "text", optional, parts: text((piece) => piece.source) },
    {
      name: "_LedgerIndex",
      type: "int64",
      optional,
      parts: whole((piece) => BigInt(piece.ledgerIndex)),
    },
    {
      name: "_Row",
      type: "count",
      optional,
      parts: pieces.map((piece) => ({ form: "count", rows: piece.batch.rows })),
    },
    { name: "_HubTime", type: "int64", optional, parts: whole((piece) => piece.hubTime) },
  ];
}
