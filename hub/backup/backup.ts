/**
 * Backs up a hub, also one that runs: `custos-hub backup`.
 *
 * The control file is copied first and the ledger after it, so that no saved offset is ahead of the
 * entries. Segments that have a successor are copied once, and again when frames were deleted in
 * them. The manifest is put in place last; a backup that was cut short leaves the one before whole.
 * Parquet files are copied once frames were deleted: until then a restored hub makes them from its
 * ledger.
 *
 * @module
 */
import { join } from "node:path";
import { loadOrCreateKeys } from "../../sdk/proof/key_file.ts";
import { rootOf } from "../../sdk/proof/merkle.ts";
import { originOf, signCheckpoint } from "../../sdk/proof/checkpoint.ts";
import { type Keys, signer } from "../../sdk/proof/sign.ts";
import { type Files, FilesError, readWhole, replaceFile } from "../../sdk/runtime/files.ts";
import { openControl } from "../control.ts";
import { checkSegment, type DurablePart, durablePart, rangeAt } from "../ledger/durable_part.ts";
import { segmentPath } from "../ledger/segments.ts";
import { CONTROL_FILE } from "../listening.ts";
import { RELEASE } from "../release.ts";
import { BackupError } from "./backup_error.ts";
import { copyFile, hashFile, removeIfThere } from "./copy.ts";
import {
  type BackupFile,
  hexOf,
  type Manifest,
  MANIFEST_FILE,
  readManifest,
  writeManifest,
} from "./manifest.ts";
import { copyStore } from "./store_copy.ts";
import { KEY_FILES, sealKeys } from "./sealed_keys.ts";

/** The keys' place, in the backup and in the list. */
export const KEYS_PATH = "keys.sealed";
/** Folders whose small files are copied as they are. */
const SMALL_FOLDERS = ["rules", "rollbacks"];
const MS_TICKS = 10_000n;

export interface BackupOptions {
  readonly files: Files;
  /** The hub's data folder. */
  readonly data: string;
  /** The backup's folder; an earlier backup of the same hub is carried on. */
  readonly to: string;
  /** Seals the private keys; absent: they are left out. */
  readonly passphrase: string | undefined;
  /** ms since the Unix epoch. */
  readonly now: () => number;
  readonly onProgress?: ((progress: Progress) => void) | undefined;
}

export interface Progress {
  readonly doneBytes: number;
  readonly totalBytes: number;
}

/** What was done. */
export interface BackupReport {
  readonly manifest: Manifest;
  /** Bytes that had to be copied, and those that an earlier backup held already. */
  readonly copiedBytes: number;
  readonly keptBytes: number;
  readonly isRunning: boolean;
}

/** Makes a backup, or carries one on. @throws {BackupError} @throws {LedgerError} */
export async function makeBackup(options: BackupOptions): Promise<BackupReport> {
  try {
    return await backUp(options);
  } catch (error) {
    const isFull = error instanceof Error && "code" in error &&
      (error.code === "full" || error.code === "SQLITE_FULL" || error.code === "ENOSPC");
    if (!isFull || error instanceof BackupError) throw error;
    throw new BackupError(
      "full",
      `Cannot write backup ${options.to}: the disk is full; a backup that was there before is ` +
        "still whole, make room and run it again",
      { cause: error },
    );
  }
}

async function backUp(options: BackupOptions): Promise<BackupReport> {
  const { files, to, now } = options;
  const keys = await keysOf(options);
  const before = await earlier(options, keys);
  files.makeFolder(to);
  const madeAt = now();
  const { control, store } = await copyControlAndStore(options, { madeAt, before });
  const { part, isRunning } = await ledgerOf(options);
  await checkGoesOn(options, { before, part });
  const copied = await copyLedger(options, { part, before });
  const small = await copySmall(options, madeAt);
  const sealed = await copyKeys(options, madeAt);
  const head = { origin: originOf(part.logId), size: part.range.size, root: rootOf(part.range) };
  const manifest: Manifest = {
    version: 1,
    release: RELEASE,
    madeAt: new Date(madeAt).toISOString(),
    logId: hexOf(part.logId),
    hubKey: hexOf(keys.publicKey),
    size: head.size,
    root: hexOf(head.root),
    lastEntryAt: new Date(Number(part.hubTime / MS_TICKS)).toISOString(),
    checkpoint: signCheckpoint(head, keys.publicKey, signer(keys.privateKey)).note,
    keys: sealed.length > 0 ? "sealed" : "left-out",
    files: [...copied.files, control, ...store.list, ...small, ...sealed],
  };
  await writeManifest(files, to, { manifest, keys });
  removeLeftovers(files, to, { manifest, before });
  const rest = [control, ...small, ...sealed].reduce((sum, { bytes }) => sum + bytes, 0);
  const copiedBytes = copied.copiedBytes + store.copiedBytes + rest;
  const storeBytes = store.list.reduce((sum, { bytes }) => sum + bytes, 0);
  const keptBytes = copied.keptBytes + storeBytes - store.copiedBytes;
  return { manifest, copiedBytes, keptBytes, isRunning };
}

async function keysOf({ files, data }: BackupOptions): Promise<Keys> {
  const path = join(data, "ledger.key");
  if (!files.list(data).includes("ledger.key")) {
    throw new BackupError("missing", `Cannot back up ${data}: it is no data folder of a hub`);
  }
  return await loadOrCreateKeys(files, path);
}

/** The backup that `to` holds already. */
async function earlier(
  { files, to }: BackupOptions,
  { publicKey }: Keys,
): Promise<Manifest | undefined> {
  const before = await readManifest(files, to);
  if (before === undefined) {
    const names = files.list(to).filter((name) => !isOurs(name));
    if (names.length === 0) return undefined;
    throw new BackupError(
      "foreign",
      `Cannot back up into ${to}: it holds files that are no backup`,
    );
  }
  if (before.hubKey === hexOf(publicKey)) return before;
  throw new BackupError("foreign", `Cannot back up into ${to}: it is the backup of another hub`);
}

/** Of a first backup that was cut short. */
function isOurs(name: string): boolean {
  return name === "ledger" || name === "store" || /^control\.\d+\.sqlite$/.test(name) ||
    name.endsWith(".part");
}

/** Compactions take files away; one takes less time than so many copies. */
const MOST_TRIES = 20;

async function copyControlAndStore(
  options: BackupOptions,
  { madeAt, before }: { readonly madeAt: number; readonly before: Manifest | undefined },
) {
  const { files, data, to } = options;
  for (let tries = 0; tries < MOST_TRIES; tries++) {
    const control = await copyControl(options, madeAt);
    const store = await copyStore({ files, data, to, control: join(to, control.file), before });
    if (store !== undefined) return { control, store };
  }
  throw new BackupError(
    "missing",
    `Cannot back up ${data}: files of its store come and go faster than they are copied, try again`,
  );
}

async function copyControl({ files, data, to }: BackupOptions, at: number): Promise<BackupFile> {
  const file = `control.${at}.sqlite`;
  const path = join(to, file);
  removeIfThere(files, path);
  await using control = openControl(join(data, CONTROL_FILE));
  control.run("vacuum into ?", path);
  const opened = files.open(path, "write");
  try {
    const bytes = opened.size();
    await opened.sync();
    const sha256 = await hashFile(files, path, { bytes });
    return { path: CONTROL_FILE, file, bytes, sha256: sha256 ?? "" };
  } finally {
    opened.close();
  }
}

/** With the lock where no hub has it: then every whole record counts, and no hub starts meanwhile. */
async function ledgerOf(
  { files, data }: BackupOptions,
): Promise<{ readonly part: DurablePart; readonly isRunning: boolean }> {
  const folder = join(data, "ledger");
  const release = lockIfFree(files, join(folder, "lock"));
  try {
    const part = await durablePart(files, folder, release === undefined);
    if (part !== undefined) return { part, isRunning: release === undefined };
    throw new BackupError("missing", `Cannot back up ${data}: its ledger has no durable entry yet`);
  } finally {
    release?.();
  }
}

function lockIfFree(files: Files, path: string): (() => void) | undefined {
  try {
    return files.lock(path);
  } catch (error) {
    if (error instanceof FilesError && error.code === "in-use") return undefined;
    throw error;
  }
}

interface Carried {
  readonly part: DurablePart;
  readonly before: Manifest | undefined;
}

/** The old tree must be a beginning of the new one, whatever was deleted since. */
async function checkGoesOn(
  { files, data, to }: BackupOptions,
  { part, before }: Carried,
): Promise<void> {
  if (before === undefined) return;
  if (before.logId !== hexOf(part.logId)) {
    throw new BackupError(
      "foreign",
      `Cannot back up into ${to}: it is of log ${before.logId}, this hub's is ` +
        `${hexOf(part.logId)}: use a folder of its own`,
    );
  }
  if (part.range.size < before.size) throw diverged(to);
  const range = await rangeAt(files, join(data, "ledger"), before.size);
  if (hexOf(rootOf(range)) !== before.root) throw diverged(to);
}

function diverged(to: string): BackupError {
  return new BackupError(
    "diverged",
    `Cannot back up into ${to}: it holds entries that the hub no longer has. The hub was rolled ` +
      "back: restore it from this backup, or use another folder",
  );
}

async function copyLedger(options: BackupOptions, { part, before }: Carried) {
  const { files, data, to, onProgress } = options;
  const folder = join(data, "ledger");
  const held = new Map(before?.files.map((file) => [file.path, file]));
  const sizes = part.segments.map(({ first, bytes }) => bytes ?? sizeOf(files, folder, first));
  const totalBytes = sizes.reduce((sum, bytes) => sum + bytes, 0);
  let doneBytes = 0;
  let copiedBytes = 0;
  const list: BackupFile[] = [];
  for (const [i, { first }] of part.segments.entries()) {
    const from = segmentPath(folder, first);
    const path = `ledger/${nameOf(first)}.log`;
    const bytes = sizes[i]!;
    const old = held.get(path);
    const next = part.segments[i + 1]?.first;
    if (next !== undefined && old?.bytes === bytes) {
      list.push(old);
      doneBytes += bytes;
      continue;
    }
    if (next !== undefined) await checkSegment(files, folder, { first, next });
    // Frames were deleted in it: until the manifest is replaced, the old one's file stays.
    const isNew = next === undefined || old?.file === path;
    const file = isNew ? `ledger/${nameOf(first)}.${bytes}.log` : path;
    const copied = await copyFile(files, {
      from,
      to: join(to, file),
      bytes,
      onBytes: (more) => onProgress?.({ doneBytes: doneBytes += more, totalBytes }),
    });
    copiedBytes += bytes;
    list.push({ path, file, bytes, sha256: copied.sha256 });
  }
  return { files: list, copiedBytes, keptBytes: totalBytes - copiedBytes };
}

function nameOf(first: number): string {
  return String(first).padStart(16, "0");
}

function sizeOf(files: Files, folder: string, first: number): number {
  const file = files.open(segmentPath(folder, first), "read");
  try {
    return file.size();
  } finally {
    file.close();
  }
}

async function copySmall({ files, data, to }: BackupOptions, at: number): Promise<BackupFile[]> {
  const list: BackupFile[] = [];
  for (const folder of SMALL_FOLDERS) {
    for (const name of files.list(join(data, folder)).filter((one) => /^[\w-][\w.-]*$/.test(one))) {
      const path = `${folder}/${name}`;
      const file = `${folder}.${at}/${name}`;
      const { bytes, sha256 } = await copyFile(files, {
        from: join(data, path),
        to: join(to, file),
      });
      list.push({ path, file, bytes, sha256 });
    }
  }
  return list;
}

async function copyKeys(
  { files, data, to, passphrase }: BackupOptions,
  at: number,
): Promise<readonly BackupFile[]> {
  if (passphrase === undefined) return [];
  const contents = new Map<string, Uint8Array>();
  for (const path of KEY_FILES) {
    const bytes = await readWhole(files, join(data, path));
    if (bytes !== undefined) contents.set(path, bytes);
  }
  const file = `keys.${at}.sealed`;
  const sealed = new TextEncoder().encode(sealKeys(contents, passphrase));
  await replaceFile(files, join(to, file), sealed);
  const sha256 = await hashFile(files, join(to, file), { bytes: sealed.length });
  return [{ path: KEYS_PATH, file, bytes: sealed.length, sha256: sha256 ?? "" }];
}

/** Files of the backup before that the new one does not name. */
function removeLeftovers(
  files: Files,
  to: string,
  { manifest, before }: { readonly manifest: Manifest; readonly before: Manifest | undefined },
): void {
  const named = new Set([MANIFEST_FILE, ...manifest.files.map(({ file }) => file)]);
  for (const { file } of before?.files ?? []) {
    if (!named.has(file)) removeIfThere(files, join(to, file));
  }
}
