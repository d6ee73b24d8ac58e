/**
 * The body of a frame: a msgpack map of the table's name, its columns and the sealed cursor.
 *
 * `{t: table, c: [column, …], k?: cursor, s?: seed}`; see `columns.ts` for a column. Names travel, so
 * that a frame can be decoded and queried with nothing but itself. The seed (32 bytes) salts the
 * tree over the rows (`proof/row_tree.ts`), for sources that switch it on.
 *
 * @module
 */
import type { Column, ColumnBatch } from "../columns/column.ts";
import { BodyError, ByteReader, ByteWriter } from "./bytes.ts";
import { type ColumnEncoder, readColumn, writeColumn } from "./columns.ts";
import { RepeatFinder } from "./repeats.ts";
import { TemplateEncoder, type WordCounts, wordCounts } from "./template.ts";

/** Largest sealed cursor, in bytes. */
export const MAX_CURSOR_BYTES = 4096;
const SEED_BYTES = 32;

export interface FrameBody {
  readonly batch: ColumnBatch;
  /** Only the agent that sealed it can open it. */
  readonly cursor: Uint8Array | undefined;
  /** 32 bytes; of the tree over the rows, where there is one. */
  readonly seed?: Uint8Array;
}

/** Encodes bodies one after another in one buffer. */
export class BodyEncoder {
  readonly #out = new ByteWriter();
  readonly #templates = new TemplateEncoder();
  readonly #repeats = new RepeatFinder();
  readonly #words = new Map<string, WordCounts>();

  /** The raw body, as a view that is valid until the next call. */
  encode(body: FrameBody): Uint8Array {
    const out = this.#out;
    const { batch, cursor, seed } = body;
    out.reset();
    out.map(2 + (cursor === undefined ? 0 : 1) + (seed === undefined ? 0 : 1));
    out.string("t");
    out.string(batch.table);
    out.string("c");
    out.array(batch.columns.length);
    const encoder: ColumnEncoder = {
      templates: this.#templates,
      repeats: this.#repeats,
      wordsOf: (column) => this.#wordsOf(`${batch.table}.${column}`),
    };
    for (const column of batch.columns) writeColumn(out, column, encoder);
    if (cursor !== undefined) {
      out.string("k");
      out.bin(cursor);
    }
    if (seed !== undefined) {
      out.string("s");
      out.bin(seed);
    }
    return out.view();
  }

  #wordsOf(key: string): WordCounts {
    let words = this.#words.get(key);
    if (words === undefined) {
      words = wordCounts();
      this.#words.set(key, words);
    }
    return words;
  }
}

/**
 * Decodes a raw body of `rows` rows; arrays may be views into `raw`.
 *
 * @throws {BodyError} If it is not exactly one body.
 */
export function decodeRawBody(raw: Uint8Array, rows: number): FrameBody {
  const input = new ByteReader(raw);
  const entries = input.map();
  if (entries < 2 || entries > 4) throw new BodyError("Cannot read body: it is no {t, c, k, s}");
  expect(input, "t");
  const table = input.string();
  expect(input, "c");
  const count = input.array();
  const columns: Column[] = [];
  for (let i = 0; i < count; i++) columns.push(readColumn(input, rows));
  if (new Set(columns.map((c) => c.name)).size !== count) {
    throw new BodyError("Cannot read body: two columns have one name");
  }
  const { k: cursor, s: seed } = readRest(input, entries - 2);
  if (cursor !== undefined && cursor.length > MAX_CURSOR_BYTES) {
    throw new BodyError("Cannot read body: its cursor is long");
  }
  if (seed !== undefined && seed.length !== SEED_BYTES) {
    throw new BodyError("Cannot read body: its seed is not of 32 bytes");
  }
  input.end();
  return { batch: { table, rows, columns }, cursor, ...(seed && { seed }) };
}

/** `k` and `s`, each at most once and in this order. */
function readRest(input: ByteReader, entries: number): { k?: Uint8Array; s?: Uint8Array } {
  const found: { k?: Uint8Array; s?: Uint8Array } = {};
  for (let i = 0; i < entries; i++) {
    const key = input.string();
    const isNext = key === "s" ? found.s === undefined : key === "k" && i === 0;
    if (!isNext) throw new BodyError('Cannot read body: no "k" or "s" where it must be');
    if (key === "s") found.s = input.bin();
    else found.k = input.bin();
  }
  return found;
}

function expect(input: ByteReader, key: string): void {
  if (input.string() !== key) throw new BodyError(`Cannot read body: no "${key}" where it must be`);
}
