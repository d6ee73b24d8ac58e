/**
 * The proof of a row whose frame has been deleted: the file of the store that has it, whole, and the
 * entries that sealed the file and deleted the frame.
 *
 * @module
 */
import { type BundleRecord, bundleWriter, MAX_PIECE_BYTES } from "../../sdk/proof/bundle.ts";
import { inclusionProof } from "../../sdk/proof/merkle.ts";
import { nativeProvider } from "../../sdk/proof/native_provider.ts";
import { ParquetError } from "../../sdk/parquet/parquet_error.ts";
import { type Files, FilesError, readWhole } from "../../sdk/runtime/files.ts";
import { openInputs } from "../store/cold/input_files.ts";
import type { Snapshot, StoredFile } from "../store/manifest.ts";
import { readStoreFileNote } from "../store/seal.ts";
import type { ColdFiles } from "../store/target/cold_files.ts";
import { numbersOf } from "../store/verify/verify_rows.ts";
import { readAll } from "./select.ts";
import { type Bundle, type BundleSource, bytesOf, headRecords, treeOf } from "./write.ts";

/** A row, by the ledger index of its frame. */
export interface RowPlace {
  readonly index: number;
  readonly row: number;
}

/** Where files of the store are. */
export interface StoredFiles {
  readonly snapshot: Snapshot;
  readonly files: Files;
  readonly cold: Pick<ColdFiles, "pin">;
}

/** A file that has the row, with its bytes. */
export interface FoundFile {
  readonly file: StoredFile;
  readonly bytes: Uint8Array;
}

/**
 * The cold file that has a row; undefined where none has.
 *
 * @throws {TargetError} If it is at a target, and cannot be fetched.
 */
export async function findStored(
  { snapshot, files, cold }: StoredFiles,
  { index, row }: RowPlace,
  signal: AbortSignal,
): Promise<FoundFile | undefined> {
  const candidates = [...snapshot.files.values()].flat().filter(({ seal }) =>
    seal !== undefined && seal.first <= index && index <= seal.last
  );
  for (const file of candidates) {
    using pinned = await cold.pin([file], signal);
    const path = pinned.paths[0]!;
    if (!hasRow(files, path, { index, row })) continue;
    const bytes = await readWhole(files, path);
    if (bytes !== undefined) return { file, bytes };
  }
  return undefined;
}

/** A file that is lost has none: another may. */
function hasRow(files: Files, path: string, { index, row }: RowPlace): boolean {
  try {
    using input = openInputs(files, [path]);
    const [indexes, rows] = [numbersOf(input, "_LedgerIndex"), numbersOf(input, "_Row")];
    return indexes.some((one, at) => one === index && rows[at] === row);
  } catch (error) {
    if (error instanceof FilesError || error instanceof ParquetError) return false;
    throw error;
  }
}

/** The records of a file and of one row of it. */
export function* storedRecords(
  { bytes, leaf }: { readonly bytes: Uint8Array; readonly leaf: number },
  place: RowPlace,
): Generator<BundleRecord> {
  for (let at = 0; at < bytes.length; at += MAX_PIECE_BYTES) {
    yield { kind: "file", leaf, bytes: bytes.subarray(at, at + MAX_PIECE_BYTES) };
  }
  yield { kind: "stored", leaf, ...place };
}

/** The bundle of a row that `found` has; undefined where the ledger does not seal that file. */
export async function storedBundle(
  source: BundleSource,
  { found: { file, bytes }, place, tombstone }: {
    readonly found: FoundFile;
    readonly place: RowPlace;
    readonly tombstone: number;
  },
): Promise<Bundle | undefined> {
  const { ledger, checkpoint } = source;
  let leaf: number | undefined;
  for await (const { kind, payload, index } of readAll(ledger, checkpoint.size)) {
    const note = kind === "note" ? readStoreFileNote(payload) : undefined;
    if (note?.path === file.path && note.hash === file.seal?.hash) leaf = index;
  }
  if (leaf === undefined) return undefined;
  const sealed = leaf;
  const indexes = [sealed, tombstone].filter((index) => index < checkpoint.size)
    .toSorted((a, b) => a - b);
  return {
    frames: 0,
    entries: indexes.length,
    async *bytes() {
      const writer = bundleWriter(nativeProvider.sha256);
      yield writer.start();
      for (const record of headRecords(source)) yield writer.record(record);
      const subtree = await treeOf(source);
      for (const index of indexes) {
        const [entry] = await ledger.read(index, { maxBytes: 1 });
        const proof = inclusionProof(index, checkpoint.size, subtree);
        yield writer.record({ kind: "entry", index, proof, entry: bytesOf(entry!) });
      }
      for (const record of storedRecords({ bytes, leaf: sealed }, place)) {
        yield writer.record(record);
      }
      yield writer.record({ kind: "end" });
    },
  };
}
