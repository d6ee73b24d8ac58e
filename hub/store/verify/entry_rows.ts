/**
 * How many rows each entry of the ledger makes, and which of them were seen in a file.
 *
 * @module
 */

/** Grows by one entry at a time; ten bytes an entry, one bit a row. */
export interface EntryRows {
  /** Adds the next entry: rows that it has, and the table's number; 0 is none or unknown. */
  add(rows: number, table: number): void;
  readonly size: number;
  rowsOf(index: number): number;
  tableOf(index: number): number;
  /** Marks a row; false where it was marked before. */
  mark(index: number, row: number): boolean;
  /** Rows of an entry that were not marked. */
  unmarked(index: number): readonly number[];
  isWhole(index: number): boolean;
  /** The same entries, none of whose rows was seen. */
  unseen(): EntryRows;
}

export function openEntryRows(): EntryRows {
  let starts = new Float64Array(1_024);
  let tables = new Uint16Array(1_024);
  let size = 0;
  const rowsOf = (index: number): number =>
    index >= 0 && index < size ? starts[index + 1]! - starts[index]! : 0;
  const marksOf = (marks: Marks): EntryRows => ({
    get size() {
      return size;
    },
    add(rows, table) {
      if (size + 2 > starts.length) {
        starts = grown(starts, new Float64Array(starts.length * 2));
        tables = grown(tables, new Uint16Array(tables.length * 2));
      }
      tables[size] = table;
      starts[size + 1] = starts[size]! + rows;
      size++;
    },
    rowsOf,
    tableOf: (index) => tables[index] ?? 0,
    mark: (index, row) => marks.set(starts[index]! + row),
    unmarked: (index) =>
      Array.from({ length: rowsOf(index) }, (_, row) => row)
        .filter((row) => !marks.has(starts[index]! + row)),
    isWhole(index) {
      for (let row = rowsOf(index) - 1; row >= 0; row--) {
        if (!marks.has(starts[index]! + row)) return false;
      }
      return true;
    },
    unseen: () => marksOf(openMarks()),
  });
  return marksOf(openMarks());
}

interface Marks {
  has(place: number): boolean;
  /** False where it was set before. */
  set(place: number): boolean;
}

function openMarks(): Marks {
  let bits = new Uint8Array();
  const has = (place: number): boolean =>
    ((bits[Math.floor(place / 8)] ?? 0) >> (place % 8) & 1) === 1;
  return {
    has,
    set(place) {
      const byte = Math.floor(place / 8);
      if (byte >= bits.length) {
        bits = grown(bits, new Uint8Array(Math.max(byte + 1, bits.length * 2, 4_096)));
      }
      if (has(place)) return false;
      bits[byte]! |= 1 << (place % 8);
      return true;
    },
  };
}

function grown<Values extends Uint8Array | Uint16Array | Float64Array>(
  values: Values,
  into: Values,
): Values {
  into.set(values);
  return into;
}
