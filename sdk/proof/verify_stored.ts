/**
 * Rows that are proved to a file of the store: by the file's hash, which an entry of the ledger has.
 *
 * Their frames have been deleted. That the hub has laid the rows out as the frames had them, whoever
 * had the frames then could tell; that the file is the one of then, its leaf proves.
 *
 * @module
 */
import * as v from "valibot";
import { ParquetError } from "../parquet/parquet_error.ts";
import {
  type BundleRecord,
  ENTRY_HEAD_BYTES,
  type FilePiece,
  type ProvenEntry,
  type StoredPlace,
} from "./bundle.ts";
import { hexOf } from "./hex.ts";
import type { Provider } from "./provider.ts";
import { readStored } from "./read_stored.ts";
import type { Broken, StoredRow } from "./verdict.ts";

export interface StoredCheck {
  /** The next entry: notes of files and of deletions are kept. */
  take(entry: ProvenEntry): void;
  /** The next bytes of a file, or a row that is wanted of the one whose bytes were taken. */
  judge(record: Extract<BundleRecord, { readonly kind: "file" | "stored" }>): Broken | undefined;
  rows(): readonly StoredRow[];
  /** What was believed of the hub. */
  faith(): readonly string[];
}

/** Larger files than any that the store seals. */
const MAX_FILE_BYTES = 512 * 1024 * 1024;
const MAX_NOTE_BYTES = 8 * 1024 * 1024;
const NOTE = 7;

const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const Sealed = v.object({
  note: v.literal("store-file"),
  table: v.string(),
  rows: count,
  hash: v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/)),
});
const Tombstone = v.object({
  note: v.literal("tombstone"),
  what: v.literal("frames"),
  /** Ledger index of the first frame, then the distance of each from the one before. */
  frames: v.array(count),
});

interface Held {
  readonly leaf: number;
  readonly pieces: Uint8Array[];
  bytes: number;
  /** Joined, once its hash was compared. */
  whole: Uint8Array | undefined;
}

export function openStoredCheck({ sha256, decompress }: Provider): StoredCheck {
  const sealed = new Map<number, v.InferOutput<typeof Sealed>>();
  /** By frame: its tombstone. */
  const deleted = new Map<number, number>();
  const rows: StoredRow[] = [];
  let held: Held | undefined;
  const takePiece = ({ leaf, bytes }: FilePiece): Broken | undefined => {
    if (held?.leaf !== leaf) held = { leaf, pieces: [], bytes: 0, whole: undefined };
    held.bytes += bytes.length;
    if (held.bytes > MAX_FILE_BYTES || held.whole !== undefined) {
      return broken(leaf, "length", "a file is larger than any that a hub seals");
    }
    held.pieces.push(new Uint8Array(bytes));
    return undefined;
  };
  const takeRow = (place: StoredPlace): Broken | undefined => {
    const { leaf, index } = place;
    const note = sealed.get(leaf);
    if (note === undefined || held === undefined) {
      return broken(leaf, "leaf", "the bundle has no entry that seals its file");
    }
    held.whole ??= joined(held);
    if (hexOf(sha256(held.whole)) !== note.hash) {
      return broken(leaf, "hash", "the file is not the one whose hash its leaf has");
    }
    const found = fieldsOf(held.whole, { place, rows: note.rows }, decompress);
    if ("link" in found) return found;
    const { table, hash } = note;
    const tombstone = deleted.get(index);
    const by = tombstone === undefined ? {} : { tombstone };
    rows.push({ index, row: place.row, table, fields: found.fields, leaf, hash, ...by });
    return undefined;
  };
  return {
    take({ entry, index }) {
      if (entry[1] !== NOTE) return;
      const note = noteIn(entry.subarray(ENTRY_HEAD_BYTES));
      if (v.is(Sealed, note)) sealed.set(index, note);
      else if (v.is(Tombstone, note)) {
        let frame = 0;
        for (const distance of note.frames) deleted.set(frame += distance, index);
      }
    },
    judge: (record) => record.kind === "file" ? takePiece(record) : takeRow(record),
    rows: () => rows,
    faith: () => rows.map(faithOf),
  };
}

function broken(index: number, code: string, why: string): Broken {
  return { link: "file", code, why, index };
}

function faithOf({ index, row, leaf, tombstone }: StoredRow): string {
  const what = `the hub's word that row ${row} of entry ${index} was laid out as its frame had it`;
  // Whoever had the frame could compare, as long as it was there.
  return tombstone === undefined || leaf < tombstone
    ? `${what}, when it sealed the file in entry ${leaf}`
    : `${what}: it sealed the file in entry ${leaf}, after tombstone ${tombstone} of the frame`;
}

function noteIn(payload: Uint8Array): unknown {
  if (payload.length > MAX_NOTE_BYTES) return undefined;
  try {
    return JSON.parse(new TextDecoder().decode(payload));
  } catch {
    return undefined;
  }
}

function fieldsOf(
  whole: Uint8Array,
  { place, rows }: { readonly place: StoredPlace; readonly rows: number },
  decompress: Provider["decompress"],
): Broken | Pick<StoredRow, "fields"> {
  const { leaf, index, row } = place;
  try {
    const found = readStored(whole, place, decompress);
    if (found.rows !== rows) {
      return broken(leaf, "rows", `the file has ${found.rows} rows, its leaf says ${rows}`);
    }
    const { fields } = found;
    return fields === undefined
      ? broken(leaf, "row", `the file has no row ${row} of entry ${index}`)
      : { fields };
  } catch (error) {
    if (!(error instanceof ParquetError)) throw error;
    return broken(leaf, "format", "what was sealed is no file of a store");
  }
}

function joined({ pieces, bytes }: Held): Uint8Array {
  const whole = new Uint8Array(bytes);
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}
