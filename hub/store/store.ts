/**
 * Stage 5 of 7, store: follows the ledger and keeps its events in Parquet files.
 *
 * Frames are gathered for less than a second, written as one hot file a table, and named by the
 * manifest together with the first ledger index that is not stored. If we die before that, the
 * same entries are read from the ledger again and the unnamed files are removed at the next start.
 *
 * @module
 */
import { join } from "node:path";
import { createHash } from "node:crypto";
import { type Files, writeAll } from "../../sdk/runtime/files.ts";
import type { Follower, Item } from "../fanout/follower.ts";
import { indexPath } from "./cold/file_index.ts";
import { layOut, type Piece, type StoredColumn } from "./layout.ts";
import type { Manifest, NewFile } from "./manifest.ts";
import { pieceOf } from "./piece.ts";
import { writeParquet } from "./parquet/write_file.ts";
import { TIME_COLUMN, timeSpan } from "./time_span.ts";

export interface StoreOptions {
  readonly manifest: Manifest;
  /** Holds `hot/` and `cold/`; made if missing. */
  readonly folder: string;
  readonly files: Files;
  /** Names of an address column's categories, by their number. */
  readonly categories: readonly string[];
  /** Runs `run` after `ms`; gives what cancels it. */
  readonly after: (ms: number, run: () => void) => () => void;
  /** Lets others have a turn, between two columns. */
  readonly pause: () => Promise<void>;
  /** Longest time that an event waits in memory; default 500 ms. */
  readonly flushMs?: number;
  /** Most rows in memory; default 32,768. */
  readonly maxRows?: number;
  /** Time column of a table; default `TimeGenerated` for all. */
  readonly timeOf?: (table: string) => string;
}

/** What the store has done since it was opened. */
export interface StoreCounts {
  readonly rows: number;
  readonly files: number;
  readonly bytes: number;
  /**
   * Frames whose body could not be decoded or laid out, or that are of a table of the hub's own: the
   * ledger has them, no table does.
   */
  readonly refusedFrames: number;
  /** Flushes that failed; their rows are kept in memory and tried again. */
  readonly failedFlushes: number;
}

export interface Store extends Follower, AsyncDisposable {
  readonly counts: StoreCounts;
  /** First ledger index that is in no file; {@link next} counts what is in memory too. */
  readonly stored: number;
  /** Why the last flush failed; undefined once one has succeeded again. */
  readonly trouble: unknown;
  /** Writes what is in memory now. */
  flush(): Promise<void>;
}

/** What the store was handed does not follow what it has. */
export class StoreError extends Error {
  override readonly name = "StoreError";
  readonly code = "order";
}

const FOLDERS = ["hot", "cold"] as const;

/** Opens the store in its folder and removes the files that no manifest names. */
export async function openStore(options: StoreOptions): Promise<Store> {
  const { files, folder, manifest } = options;
  const listed = new Set<string>();
  for (const list of manifest.snapshot.files.values()) {
    for (const { path } of list) listed.add(path).add(indexPath(path));
  }
  for (const name of FOLDERS) {
    files.makeFolder(join(folder, name));
    for (const file of files.list(join(folder, name))) {
      if (!listed.has(`${name}/${file}`)) files.remove(join(folder, name, file));
    }
    await files.syncFolder(join(folder, name));
  }
  return new FileStore({
    flushMs: 500,
    maxRows: 32_768,
    timeOf: () => TIME_COLUMN,
    ...options,
  });
}

/** Pieces in memory and where the ledger goes on after them. */
interface Pending {
  readonly pieces: readonly Piece[];
  readonly next: number;
}

class FileStore implements Store {
  readonly name = "store";
  readonly #options: Required<StoreOptions>;
  #pieces: Piece[] = [];
  #rows = 0;
  #next: number;
  #flushing: Promise<void> = Promise.resolve();
  #cancel: (() => void) | undefined;
  #isWriting = false;
  #trouble: unknown;
  #counts = { rows: 0, files: 0, bytes: 0, refusedFrames: 0, failedFlushes: 0 };

  constructor(options: Required<StoreOptions>) {
    this.#options = options;
    this.#next = options.manifest.snapshot.next;
  }

  get next(): number {
    return this.#next;
  }

  get stored(): number {
    // Entries without rows are written down with the next file: nothing is lost if there is none.
    return this.#pieces.length === 0 && !this.#isWriting
      ? this.#next
      : this.#options.manifest.snapshot.next;
  }

  get counts(): StoreCounts {
    return { ...this.#counts };
  }

  get trouble(): unknown {
    return this.#trouble;
  }

  /** Resolves when the items are in memory; waits for a flush while that is full. */
  async take(items: readonly Item[]): Promise<void> {
    for (const item of items) {
      if (item.index < this.#next) continue;
      if (item.index > this.#next) {
        throw new StoreError(`Cannot store entry ${item.index}: the next one is ${this.#next}`);
      }
      if (this.#rows >= this.#options.maxRows) await this.flush();
      this.#keep(item);
      this.#next = item.index + 1;
    }
  }

  flush(): Promise<void> {
    this.#cancel?.();
    this.#cancel = undefined;
    const run = this.#flushing.then(() => this.#write());
    // The chain goes on after a failure; the caller of this flush gets it.
    this.#flushing = run.catch(() => undefined);
    return run;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      await this.flush();
    } finally {
      // What could not be written is read from the ledger again at the next start.
      this.#cancel?.();
    }
  }

  #keep(item: Item): void {
    const piece = pieceOf(item);
    if (piece === undefined) return;
    if (piece === "refused") this.#counts.refusedFrames++;
    else {
      this.#pieces.push(piece);
      this.#rows += piece.batch.rows;
    }
    this.#schedule(this.#options.flushMs);
  }

  #schedule(ms: number): void {
    // A failed flush is tried again by the timer; `trouble` says why it failed.
    this.#cancel ??= this.#options.after(ms, () => void this.flush().catch(() => undefined));
  }

  async #write(): Promise<void> {
    const pending: Pending = { pieces: this.#pieces, next: this.#next };
    if (pending.pieces.length === 0) return;
    this.#pieces = [];
    this.#rows = 0;
    this.#isWriting = true;
    try {
      await this.#writeFiles(pending);
      this.#trouble = undefined;
    } catch (error) {
      this.#trouble = error;
      this.#counts.failedFlushes++;
      this.#pieces = [...pending.pieces, ...this.#pieces];
      this.#rows = rowsOf(this.#pieces);
      this.#schedule(this.#options.flushMs * 4);
      throw error;
    } finally {
      this.#isWriting = false;
    }
  }

  async #writeFiles({ pieces, next }: Pending): Promise<void> {
    const { manifest, files, folder } = this.#options;
    const added: NewFile[] = [];
    const columns = new Map<string, readonly StoredColumn[]>();
    for (const [table, group] of Map.groupBy(pieces, (piece) => piece.batch.table)) {
      const known = manifest.snapshot.columns.get(table) ?? [];
      for (const part of await this.#encode(group, known)) {
        const path = `hot/${pieces[0]!.ledgerIndex}-${added.length}-${slug(table)}.parquet`;
        await this.#writeFile(path, part.bytes);
        const time = this.#options.timeOf(table);
        added.push({
          table,
          tier: "hot",
          path,
          rows: rowsOf(part.pieces),
          bytes: part.bytes.length,
          receivedMs: receivedMs(part.pieces),
          ...timeSpan(part.pieces.map(({ batch }) => batch), time),
        });
        columns.set(table, mergeColumns(columns.get(table) ?? known, part.columns));
      }
    }
    await files.syncFolder(join(folder, "hot"));
    manifest.add({ next, files: added, columns });
    for (const file of added) {
      this.#counts.rows += file.rows;
      this.#counts.files++;
      this.#counts.bytes += file.bytes;
    }
  }

  /** One file for all of `pieces`; where one of them cannot be laid out, more, without it. */
  async #encode(
    pieces: readonly Piece[],
    known: readonly StoredColumn[],
  ): Promise<readonly Encoded[]> {
    try {
      const { columns, leaves, rows } = layOut(pieces, known, this.#options.categories);
      const bytes = await writeParquet(leaves, rows, this.#options.pause);
      return [{ pieces, columns, bytes }];
    } catch {
      if (pieces.length === 1) {
        this.#counts.refusedFrames++;
        return [];
      }
      const middle = pieces.length >> 1;
      const head = await this.#encode(pieces.slice(0, middle), known);
      const columns = head.reduce((all, part) => mergeColumns(all, part.columns), known);
      return [...head, ...await this.#encode(pieces.slice(middle), columns)];
    }
  }

  async #writeFile(path: string, bytes: Uint8Array): Promise<void> {
    const { files, folder } = this.#options;
    const file = files.open(join(folder, path), "write");
    try {
      file.truncate(0);
      writeAll(file, bytes, 0);
      await file.sync();
    } finally {
      file.close();
    }
  }
}

interface Encoded {
  readonly pieces: readonly Piece[];
  readonly columns: readonly StoredColumn[];
  readonly bytes: Uint8Array;
}

/** `known` with what `found` has more; an `int` that has become `long` is `long`. */
function mergeColumns(
  known: readonly StoredColumn[],
  found: readonly StoredColumn[],
): readonly StoredColumn[] {
  const merged = new Map(known.map((column) => [column.name, column]));
  for (const column of found) {
    const before = merged.get(column.name);
    if (before === undefined || column.type === "long") merged.set(column.name, column);
  }
  return [...merged.values()];
}

function receivedMs(pieces: readonly Piece[]): number {
  return pieces.reduce((most, { hubTime }) => Math.max(most, Number(hubTime / 10_000n)), 0);
}

function rowsOf(pieces: readonly Piece[]): number {
  return pieces.reduce((sum, piece) => sum + piece.batch.rows, 0);
}

/** A part of a file name: the table's name, or a hash where that is no plain word. */
export function slug(table: string): string {
  if (/^[A-Za-z][A-Za-z0-9_]{0,63}$/.test(table)) return table;
  return `x${createHash("sha256").update(table).digest("hex").slice(0, 16)}`;
}
