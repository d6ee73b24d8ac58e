/**
 * The body of a frame: a msgpack map of the table's name, its columns and the sealed cursor.
 *
 * `{t: table, c: [column, …], k?: cursor}`; see `columns.ts` for a column. Names travel, so that a
 * frame can be decoded and queried with nothing but itself.
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

export interface FrameBody {
  readonly batch: ColumnBatch;
  /** Only the agent that sealed it can open it. */
  readonly cursor: Uint8Array | undefined;
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
    const { batch, cursor } = body;
    out.reset();
    out.map(cursor === undefined ? 2 : 3);
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
  if (entries < 2 || entries > 3) throw new BodyError("Cannot read body: it is no {t, c, k}");
  expect(input, "t");
  const table = input.string();
  expect(input, "c");
  const count = input.array();
  const columns: Column[] = [];
  for (let i = 0; i < count; i++) columns.push(readColumn(input, rows));
  if (new Set(columns.map((c) => c.name)).size !== count) {
    throw new BodyError("Cannot read body: two columns have one name");
  }
  let cursor: Uint8Array | undefined;
  if (entries === 3) {
    expect(input, "k");
    cursor = input.bin();
    if (cursor.length > MAX_CURSOR_BYTES) {
      throw new BodyError("Cannot read body: its cursor is long");
    }
  }
  input.end();
  return { batch: { table, rows, columns }, cursor };
}

function expect(input: ByteReader, key: string): void {
  if (input.string() !== key) throw new BodyError(`Cannot read body: no "${key}" where it must be`);
}
