/**
 * Compares each row of a file with its frame: none changed, none twice, none that no frame has.
 *
 * @module
 */
import { type InputFiles, openInputs } from "../cold/input_files.ts";
import type { WholeColumn } from "../cold/whole_column.ts";
import { layOut, type Piece, type StoredColumn } from "../layout.ts";
import type { StoredFile } from "../manifest.ts";
import type { FileColumn } from "../../../sdk/parquet/read_footer.ts";
import { differences, type RowPairs } from "./compare_column.ts";
import type { EntryRows } from "./entry_rows.ts";
import type { StoreFault } from "./fault.ts";
import { frameColumns, noValues } from "./frame_columns.ts";
import { piecesIn, type PieceSource } from "./frame_pieces.ts";
import type { Files } from "../../../sdk/runtime/files.ts";

export interface RowCheck extends PieceSource {
  readonly files: Files;
  /** Marks the rows that were found. */
  readonly rows: EntryRows;
  /** By table, as the manifest has them. */
  readonly columns: ReadonlyMap<string, readonly StoredColumn[]>;
  /** Names of an address column's categories, by their number. */
  readonly categories: readonly string[];
  /** By the index of a frame whose bytes have been deleted: that of the tombstone. */
  readonly tombstones: ReadonlyMap<number, number>;
  /** Told of rows whose frame has been deleted: they are proved to the file alone. */
  readonly onDeleted?: ((rows: number) => void) | undefined;
  readonly signal: AbortSignal;
}

/** Most faults that are told of one column of one list of frames. */
const MOST = 5;

/** A file whose rows are compared. */
export interface RowsOf {
  readonly file: StoredFile;
  /** Where its bytes are. */
  readonly path: string;
  /** Index of its leaf; absent where it has none. */
  readonly leaf: number | undefined;
}

/** Faults of the rows of `file`. @throws {ParquetError} */
export async function* verifyRows(
  { file, path, leaf }: RowsOf,
  check: RowCheck,
): AsyncGenerator<StoreFault> {
  using input = openInputs(check.files, [path]);
  const at = { table: file.table, file: file.path };
  const { byEntry, faults } = rowsByEntry(input, check.rows);
  for (const fault of faults) yield { ...at, ...fault };
  for (const fault of deletedFaults(byEntry, leaf, check)) yield { ...at, ...fault };
  if (byEntry.size === 0) return;
  const indexes = [...byEntry.keys()];
  const span = {
    table: file.table,
    first: Math.min(...indexes),
    last: Math.max(...indexes),
    isWanted: ({ index }: { readonly index: number }) => byEntry.has(index),
  };
  const known = check.columns.get(file.table) ?? [];
  const columns = openColumns(input);
  for await (const pieces of piecesIn(check, span)) {
    check.signal.throwIfAborted();
    const compared = { input, columns, byEntry, known, categories: check.categories };
    for (const fault of listFaults(pieces, compared)) yield { ...at, ...fault };
    for (const { ledgerIndex } of pieces) byEntry.delete(ledgerIndex);
  }
  for (const [index, rows] of byEntry) {
    const why = `it has ${rows.length} rows of entry ${index}, which has none of this table`;
    yield { ...at, link: "row", code: "extra", why, index, row: rows[0]!.row };
  }
}

/**
 * Takes out the rows of frames that have been deleted. A leaf from before then is all that proves
 * them; where the file was sealed later, it is the hub's word.
 */
function* deletedFaults(
  byEntry: Map<number, readonly RowAt[]>,
  leaf: number | undefined,
  { tombstones, onDeleted }: RowCheck,
): Generator<StoreFault> {
  for (const [index, rows] of [...byEntry]) {
    const tombstone = tombstones.get(index);
    if (tombstone === undefined) continue;
    byEntry.delete(index);
    onDeleted?.(rows.length);
    if (leaf !== undefined && leaf < tombstone) continue;
    const why = `it was sealed after the bytes of entry ${index} were deleted, by tombstone ` +
      `${tombstone}: that its rows are those of the frame is the hub's word`;
    yield { link: "row", code: "sealed-late", why, index, isWarning: true };
  }
}

interface RowAt {
  /** In the file. */
  readonly at: number;
  /** In its frame. */
  readonly row: number;
}

/** Rows of the file by their entry; those that an entry cannot have, or that were seen, are faults. */
function rowsByEntry(input: InputFiles, rows: EntryRows) {
  const [indexes, numbers] = [numbersOf(input, "_LedgerIndex"), numbersOf(input, "_Row")];
  const byEntry = new Map<number, RowAt[]>();
  const faults: StoreFault[] = [];
  for (let at = 0; at < input.rows; at++) {
    const [index, row] = [indexes[at]!, numbers[at]!];
    if (!(row >= 0 && row < rows.rowsOf(index))) {
      const why = `it has row ${row} of entry ${index}, which has ${rows.rowsOf(index)} rows`;
      faults.push({ link: "row", code: "extra", why, index, row });
      continue;
    }
    if (!rows.mark(index, row)) {
      const why = `row ${row} of entry ${index} is there twice`;
      faults.push({ link: "row", code: "double", why, index, row });
    }
    const known = byEntry.get(index);
    if (known === undefined) byEntry.set(index, [{ at, row }]);
    else known.push({ at, row });
  }
  return { byEntry, faults };
}

/** A column of whole numbers up to 2^53; NaN where there is none. */
export function numbersOf(input: InputFiles, name: string): Float64Array {
  const column = input.columns.find((one) => one.name === name);
  if (column === undefined) return new Float64Array(input.rows).fill(NaN);
  const read = input.read({ ...column, type: "int64" });
  const numbers = new Float64Array(input.rows).fill(NaN);
  if (read.form !== "words") return numbers;
  for (let row = 0; row < numbers.length; row++) {
    if (read.absent?.[row] === 1) continue;
    numbers[row] = read.words[row * 2 + 1]! * 4_294_967_296 + (read.words[row * 2]! >>> 0);
  }
  return numbers;
}

interface Compared {
  readonly input: InputFiles;
  readonly columns: (column: FileColumn) => WholeColumn;
  readonly byEntry: ReadonlyMap<number, readonly RowAt[]>;
  readonly known: readonly StoredColumn[];
  readonly categories: readonly string[];
}

/** Each column is read once, in the type in which it was asked for first. */
function openColumns(input: InputFiles): Compared["columns"] {
  const held = new Map<string, WholeColumn>();
  return (column) => {
    const key = `${column.type} ${column.name}`;
    const known = held.get(key) ?? input.read(column);
    held.set(key, known);
    return known;
  };
}

function* listFaults(pieces: readonly Piece[], compared: Compared): Generator<StoreFault> {
  const { input, columns, byEntry, known, categories } = compared;
  const made = frameColumns(layOut(pieces, known, categories));
  const pairs = pairsOf(pieces, byEntry);
  const placeOf = placesIn(pieces);
  const own = new Map(input.columns.map((column) => [column.name, column]));
  const expected = new Map(made.columns.map((column) => [column.name, column]));
  for (const name of new Set([...own.keys(), ...expected.keys()])) {
    const [left, right] = [own.get(name), expected.get(name)];
    const type = commonType(left?.type, right?.type);
    const wrong = type === undefined ? [0] : differences(
      left === undefined ? noValues(type, input.rows) : columns({ ...left, type }),
      right === undefined ? noValues(type, made.rows) : made.read({ ...right, type }),
      { pairs, most: MOST },
    );
    for (const i of wrong) {
      const { index, row } = placeOf(pairs.right[i]!);
      const why = type === undefined
        ? `column "${name}" is ${left!.type}, its frame makes it ${right!.type}`
        : `column "${name}" of row ${row} is not what entry ${index} says`;
      yield { link: "row", code: "changed", why, index, row, column: name };
    }
  }
}

/** Undefined where both are there and cannot be compared. */
function commonType(
  left: FileColumn["type"] | undefined,
  right: FileColumn["type"] | undefined,
): FileColumn["type"] | undefined {
  if (left === undefined || right === undefined || left === right) return left ?? right;
  const whole = new Set(["int32", "int64"]);
  return whole.has(left) && whole.has(right) ? "int64" : undefined;
}

function pairsOf(pieces: readonly Piece[], byEntry: Compared["byEntry"]): RowPairs {
  const left: number[] = [];
  const right: number[] = [];
  let base = 0;
  for (const { batch, ledgerIndex } of pieces) {
    for (const { at, row } of byEntry.get(ledgerIndex) ?? []) {
      left.push(at);
      right.push(base + row);
    }
    base += batch.rows;
  }
  return { left: Uint32Array.from(left), right: Uint32Array.from(right) };
}

/** Entry and row of a row that is laid out. */
function placesIn(pieces: readonly Piece[]) {
  const starts: number[] = [];
  let base = 0;
  for (const { batch } of pieces) {
    starts.push(base);
    base += batch.rows;
  }
  return (at: number) => {
    const i = starts.findLastIndex((start) => start <= at);
    return { index: pieces[i]!.ledgerIndex, row: at - starts[i]! };
  };
}
