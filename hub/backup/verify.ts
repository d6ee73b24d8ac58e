/**
 * Checks a backup as a whole: every byte that its signed list names, every leaf of its ledger.
 *
 * @module
 */
import { join } from "node:path";
import { type CompactRange, rootOf } from "../../sdk/proof/merkle.ts";
import { type Files, FilesError } from "../../sdk/runtime/files.ts";
import { openControl } from "../control.ts";
import { readStartOf, walkFrom } from "../ledger/segments.ts";
import { CONTROL_FILE } from "../listening.ts";
import { BackupError } from "./backup_error.ts";
import { hashFile } from "./copy.ts";
import { type BackupFile, hexOf, type Manifest, readManifest } from "./manifest.ts";

export interface VerifyOptions {
  readonly files: Files;
  /** The backup's folder. */
  readonly from: string;
  readonly onBytes?: ((bytes: number) => void) | undefined;
}

/** The manifest of a backup that is whole. @throws {BackupError} `missing` or `damaged`. */
export async function verifyBackup(options: VerifyOptions): Promise<Manifest> {
  const { files, from, onBytes } = options;
  const manifest = await readManifest(files, from);
  if (manifest === undefined) {
    throw new BackupError("missing", `Cannot find a backup in ${from}: it has no backup.json`);
  }
  for (const { file, bytes, sha256 } of manifest.files) {
    const actual = await hashFile(files, join(from, file), { bytes, onBytes });
    if (actual === undefined) throw damaged(from, file, "it is missing or too short");
    if (actual !== sha256) throw damaged(from, file, "its bytes have changed");
  }
  await verifyLedger(options, manifest);
  await verifyControl(from, manifest);
  return manifest;
}

function damaged(from: string, file: string, why: string): BackupError {
  return new BackupError(
    "damaged",
    `Cannot use backup ${from}: ${file} is damaged (${why}), use another copy`,
  );
}

async function verifyLedger({ files, from }: VerifyOptions, manifest: Manifest): Promise<void> {
  let range: CompactRange | undefined;
  for (const segment of manifest.files.filter(({ path }) => path.startsWith("ledger/"))) {
    range = await verifySegment(files, { from, segment, before: range });
  }
  const isWhole = range?.size === manifest.size && hexOf(rootOf(range)) === manifest.root;
  if (!isWhole) throw damaged(from, "ledger", "it is not the tree of the checkpoint");
}

async function verifySegment(
  files: Files,
  { from, segment, before }: {
    readonly from: string;
    readonly segment: BackupFile;
    readonly before: CompactRange | undefined;
  },
): Promise<CompactRange> {
  const file = files.open(join(from, segment.file), "read");
  try {
    const first = Number(/(\d{16})\.log$/.exec(segment.path)?.[1] ?? NaN);
    const start = await readStartOf(file, first);
    const root = before === undefined
      ? hexOf(rootOf({ size: 0, roots: [] }))
      : hexOf(rootOf(before));
    const isNext = start?.tree.range.size === (before?.size ?? 0) &&
      hexOf(rootOf(start.tree.range)) === root;
    if (!isNext) throw damaged(from, segment.file, "it does not go on from the one before");
    const walked = await walkFrom(file, start, segment.bytes);
    if (walked.bad === undefined) return walked.range;
    throw damaged(from, segment.file, `a record at offset ${walked.bad.offset}`);
  } catch (error) {
    if (error instanceof FilesError) throw damaged(from, segment.file, error.message);
    throw error;
  } finally {
    file.close();
  }
}

/** SQLite's own check. */
async function verifyControl(from: string, manifest: Manifest): Promise<void> {
  const file = manifest.files.find(({ path }) => path === CONTROL_FILE)?.file;
  if (file === undefined) throw damaged(from, CONTROL_FILE, "it is not in the list");
  try {
    await using control = openControl(join(from, file), "read");
    if (control.get("pragma integrity_check")?.["integrity_check"] === "ok") return;
  } catch {
    throw damaged(from, file, "it is no database");
  }
  throw damaged(from, file, "its own check fails");
}
