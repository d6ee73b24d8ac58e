/**
 * One walk over a ledger: its tree, the notes of cold files, and, where it is asked for, each frame
 * as `custos verify` judges it.
 *
 * @module
 */
import { appendLeaf, type CompactRange, rootOf } from "../../../sdk/proof/merkle.ts";
import { nativeProvider } from "../../../sdk/proof/native_provider.ts";
import { type FrameCheck, openFrameCheck } from "../../../sdk/proof/verify_frame.ts";
import { sha256 } from "../../../sdk/runtime/hash.ts";
import { headerOf } from "../../ledger/deleted_frame.ts";
import { encodeEntryHead } from "../../ledger/entry.ts";
import type { LedgerEntry } from "../../ledger/ledger.ts";
import { LedgerError } from "../../ledger/ledger_error.ts";
import type { LedgerView } from "../../ledger/ledger_view.ts";
import { leafOf } from "../../ledger/tiles.ts";
import { readRetentionNote } from "../../retention/retention_note.ts";
import { hubPiece } from "../hub_tables.ts";
import { readStoreFileNote, type StoreFileNote } from "../seal.ts";
import { type EntryRows, openEntryRows } from "./entry_rows.ts";
import type { FaultList } from "./fault.ts";

/** A note of a cold file, and where it is. */
export interface SealLeaf extends StoreFileNote {
  readonly index: number;
}

/** A tree that somebody has kept: the ledger must begin with it. */
export interface KnownTree {
  readonly size: number;
  readonly root: Uint8Array;
  /** Who has it, for people. */
  readonly by: string;
}

export interface WalkOptions {
  readonly ledger: LedgerView;
  /** Checks frames as well. */
  readonly isDeep: boolean;
  readonly known: readonly KnownTree[];
  readonly faults: FaultList;
  readonly onEntries?: ((entries: number) => void) | undefined;
  readonly signal: AbortSignal;
}

/** Ledger indexes, both inclusive. */
export interface Span {
  readonly first: number;
  readonly last: number;
}

export interface WalkedLedger {
  /** By path, oldest first. */
  readonly seals: ReadonlyMap<string, readonly SealLeaf[]>;
  readonly rows: EntryRows;
  /** Numbers of tables, as `rows` has them. */
  readonly tables: ReadonlyMap<string, number>;
  readonly frames: number;
  /** By the index of a frame whose bytes have been deleted: that of the tombstone. */
  readonly tombstones: ReadonlyMap<number, number>;
  /** Spans of entries, by table, of files that retention has deleted. */
  readonly removed: ReadonlyMap<string, readonly Span[]>;
  /** Every entry was read. */
  readonly isWhole: boolean;
}

const READ_BYTES = 4 * 1024 * 1024;
const RESTORE = "restore the ledger's folder from a backup (custos-hub restore)";

export async function walkLedger(options: WalkOptions): Promise<WalkedLedger> {
  const { ledger, faults, onEntries, signal } = options;
  const walk = new Walk(options);
  try {
    for (let at = 0; at < ledger.durable;) {
      signal.throwIfAborted();
      const entries = await ledger.read(at, { maxBytes: READ_BYTES });
      for (const entry of entries) walk.take(entry);
      at += entries.length;
      onEntries?.(entries.length);
    }
    walk.end();
  } catch (error) {
    if (!(error instanceof LedgerError)) throw error;
    faults.add({ link: "ledger", code: error.code, why: error.message, fix: RESTORE });
  }
  return walk.walked();
}

class Walk {
  readonly #options: WalkOptions;
  readonly #frames: FrameCheck;
  readonly #seals = new Map<string, SealLeaf[]>();
  readonly #rows = openEntryRows();
  readonly #tables = new Map<string, number>();
  readonly #schemas = new Map<string, number>();
  readonly #tombstones = new Map<number, number>();
  /** Files that retention has deleted: their tables and paths, by the tombstone. */
  readonly #files = new Map<number, { readonly table: string; readonly path: string }>();
  #range: CompactRange = { size: 0, roots: [] };
  #count = 0;

  constructor(options: WalkOptions) {
    this.#options = options;
    this.#frames = openFrameCheck(nativeProvider, []);
  }

  take(entry: LedgerEntry): void {
    this.#range = appendLeaf(this.#range, leafOf(entry));
    this.#compareTree();
    if (this.#options.isDeep) this.#judge(entry);
    if (entry.deleted !== undefined) this.#tombstones.set(entry.index, entry.deleted.tombstone);
    const [rows, table] = this.#rowsOf(entry);
    this.#rows.add(rows, table);
    if (entry.kind === "frame") this.#count++;
    if (entry.kind !== "note") return;
    this.#seeRetention(entry);
    const note = readStoreFileNote(entry.payload);
    if (note === undefined) return;
    const before = this.#seals.get(note.path) ?? [];
    this.#seals.set(note.path, [...before, { ...note, index: entry.index }]);
  }

  end(): void {
    const { ledger, known, faults } = this.#options;
    const { size } = this.#range;
    if (Buffer.compare(rootOf(this.#range), ledger.root) !== 0) {
      const why =
        `the tree over its ${size} entries is not the one that its last segment goes on from`;
      faults.add({ link: "ledger", code: "tree", why, fix: RESTORE });
    }
    for (const tree of known) {
      if (tree.size <= size) continue;
      const why = `it has ${size} entries, ${tree.by} has one of ${tree.size}`;
      faults.add({ link: "ledger", code: "short", why, fix: RESTORE });
    }
  }

  walked(): WalkedLedger {
    return {
      seals: this.#seals,
      rows: this.#rows,
      tables: this.#tables,
      frames: this.#count,
      tombstones: this.#tombstones,
      removed: this.#removed(),
      isWhole: this.#range.size === this.#options.ledger.durable,
    };
  }

  #seeRetention({ payload, index }: LedgerEntry): void {
    const note = readRetentionNote(payload);
    if (note?.note === "tombstone-withdrawn") this.#files.delete(note.tombstone);
    if (note?.note !== "tombstone" || note.what !== "file") return;
    this.#files.set(index, { table: note.table, path: note.path });
  }

  /** Of a file that was never sealed nobody knows the span. */
  #removed(): Map<string, Span[]> {
    const spans = new Map<string, Span[]>();
    for (const { table, path } of this.#files.values()) {
      const { first = 0, last = Infinity } = this.#seals.get(path)?.at(-1) ?? {};
      spans.set(table, [...spans.get(table) ?? [], { first, last }]);
    }
    return spans;
  }

  #compareTree(): void {
    for (const { size, root, by } of this.#options.known) {
      if (size !== this.#range.size || Buffer.compare(root, rootOf(this.#range)) === 0) continue;
      const why = `its first ${size} entries are not those that ${by} has`;
      this.#options.faults.add({ link: "ledger", code: "checkpoint", why, fix: RESTORE });
    }
  }

  #judge({ index, payload, deleted, ...entry }: LedgerEntry): void {
    const broken = deleted === undefined
      ? this.#frames.take({ index, proof: [], entry: joined(encodeEntryHead(entry), payload) })
      : this.#frames.takeHeader(index, payload);
    if (broken === undefined) return;
    const { link, code, why } = broken;
    this.#options.faults.add({ link: "frame", code: `${link}-${code}`, why, index, fix: RESTORE });
  }

  #rowsOf(entry: LedgerEntry): readonly [number, number] {
    const { kind, payload } = entry;
    if (kind === "frame") {
      const { rows, schema } = headerOf(entry);
      return [rows, this.#schemas.get(hexOf(schema)) ?? 0];
    }
    if (kind === "schema") {
      const name = nameOf(payload);
      const hash = hexOf(sha256("custos/schema/v1", payload));
      if (name !== undefined) this.#schemas.set(hash, this.#numberOf(name));
    }
    const piece = hubPiece(entry);
    return piece === undefined ? [0, 0] : [piece.batch.rows, this.#numberOf(piece.batch.table)];
  }

  #numberOf(table: string): number {
    const known = this.#tables.get(table) ?? this.#tables.size + 1;
    this.#tables.set(table, known);
    return known;
  }
}

function joined(head: Uint8Array, payload: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(head.length + payload.length);
  bytes.set(head);
  bytes.set(payload, head.length);
  return bytes;
}

function nameOf(schema: Uint8Array): string | undefined {
  try {
    const { name }: { readonly name?: unknown } = JSON.parse(new TextDecoder().decode(schema));
    return typeof name === "string" ? name : undefined;
  } catch {
    return undefined;
  }
}

function hexOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}
