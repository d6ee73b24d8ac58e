/**
 * Finds columns of text whose rows repeat, such as the paths of a web site: they are smaller, and
 * sooner written, as a dictionary than as templates.
 *
 * @module
 */
import type { Strings, TextColumn } from "../columns/column.ts";
import { Interner } from "../columns/interner.ts";

/** Rows looked at before the column is given up. */
const SAMPLE_ROWS = 256;
/** More distinct rows than this share of all: no dictionary. */
const MOST_DISTINCT = 1 / 8;

export interface Repeats {
  readonly entries: Strings;
  /** By row: entry + 1, 0 where absent. */
  readonly indexes: Uint32Array;
}

/** Keeps one interner for all columns, one at a time. */
export class RepeatFinder {
  readonly #interner = new Interner();

  /** The column as a dictionary, valid until the next call; undefined where its rows differ. */
  find({ rows: { bytes, ends }, absent }: TextColumn): Repeats | undefined {
    const rows = ends.length;
    if (rows < SAMPLE_ROWS) return undefined;
    const interner = this.#interner;
    interner.clear();
    const indexes = new Uint32Array(rows);
    let start = 0;
    for (let row = 0; row < rows; row++) {
      const end = ends[row]!;
      if (absent?.[row] !== 1) indexes[row] = interner.numberByWords(bytes, start, end) + 1;
      start = end;
      const isSample = (row & (SAMPLE_ROWS - 1)) === SAMPLE_ROWS - 1;
      if (isSample && interner.count > (row + 1) * MOST_DISTINCT) return undefined;
    }
    return { entries: interner.arena.view(), indexes };
  }
}
