/**
 * Makes a data folder of a backup: `custos-hub restore`.
 *
 * What agents have sent since the backup is not in it, so the log goes on under a new id, and a
 * statement says from where. Two operators must sign it before the hub serves or an agent follows.
 *
 * @module
 */
import { dirname, join } from "node:path";
import { openCheckpoint, originOf } from "../../sdk/proof/checkpoint.ts";
import { type Head, type Rollback, rollbackText } from "../../sdk/proof/rollback.ts";
import { verifier } from "../../sdk/proof/sign.ts";
import { type Files, FilesError, readWhole, replaceFile } from "../../sdk/runtime/files.ts";
import { openControl } from "../control.ts";
import { continueAs } from "../ledger/continue_as.ts";
import { CONTROL_FILE } from "../listening.ts";
import { KEYS_PATH } from "./backup.ts";
import { BackupError } from "./backup_error.ts";
import { copyFile } from "./copy.ts";
import { bytesOf, type Manifest } from "./manifest.ts";
import { statementPath } from "./rollbacks.ts";
import { openKeys } from "./sealed_keys.ts";
import { hasStore } from "./store_copy.ts";
import { verifyBackup } from "./verify.ts";

export interface RestoreOptions {
  readonly files: Files;
  /** The backup's folder. */
  readonly from: string;
  /** The data folder to make; it must not be there, or be empty. */
  readonly data: string;
  /** Of the keys; absent: they stay sealed, and the hub makes new ones. */
  readonly passphrase: string | undefined;
  /** Why, for the statement. */
  readonly reason: string;
  /** The newest checkpoint of the old log that anybody has: default is the backup's own. */
  readonly knownCheckpoint: string | undefined;
  readonly now: () => number;
  readonly random: (bytes: number) => Uint8Array;
  readonly onBytes?: ((bytes: number) => void) | undefined;
}

export interface Restored {
  readonly manifest: Manifest;
  readonly rollback: Rollback;
  /** The file that operators sign. */
  readonly statement: string;
  /** API keys that work as they did when the backup was made. */
  readonly apiKeys: number;
}

/** What is true of another time or place: sessions and unused tokens would be let in again. */
const FORGOTTEN = ["login_code", "session", "enroll_tokens", "listening", "ingest_snapshot"];
/** Of a backup without the store's files. */
const OF_STORE = [
  ...["store_state", "store_columns", "store_files", "store_seals", "store_received"],
  // What the old log has at a cold target is its own: the new one makes its files anew.
  ...["store_places", "store_uploads"],
];

/** Restores. @throws {BackupError} @throws {RollbackError} `format`, of the reason. */
export async function restoreBackup(options: RestoreOptions): Promise<Restored> {
  const { files, from, data } = options;
  const draft = `${data}.part`;
  checkFree(files, data, "it is not empty, name a new folder");
  checkFree(files, draft, "an earlier restore was left there unfinished, remove that");
  const manifest = await verifyBackup(options);
  const oldHead = knownHead(options, manifest);
  const newLogId = options.random(8);
  const statementOf = (newHead: Head): Rollback => ({
    oldLogId: bytesOf(manifest.logId),
    oldHead,
    newLogId,
    newHead,
    lastEntryAt: manifest.lastEntryAt,
    madeAt: new Date(options.now()).toISOString(),
    reason: options.reason,
  });
  const rollback = statementOf({ size: manifest.size, root: bytesOf(manifest.root) });
  // Before anything is copied: a reason that cannot be stated, or a passphrase that opens nothing,
  // is the caller's mistake.
  const text = rollbackText(rollback);
  const keys = await keysOf(options, manifest);
  try {
    await copyAll(options, { draft, manifest, keys });
    await continueAs(files, join(draft, "ledger"), newLogId);
    const apiKeys = await forget(join(draft, CONTROL_FILE), hasStore(manifest) ? [] : OF_STORE);
    const path = statementPath(draft, newLogId);
    files.makeFolder(dirname(path));
    await replaceFile(files, path, new TextEncoder().encode(text));
    await files.syncFolder(draft);
    // Half a restore never is at the place where a hub looks.
    files.rename(draft, data);
    await files.syncFolder(dirname(data));
    return { manifest, rollback, statement: statementPath(data, newLogId), apiKeys };
  } catch (error) {
    if (!(error instanceof FilesError) || error.code !== "full") throw error;
    throw new BackupError(
      "full",
      `Cannot restore ${from}: the disk is full, remove ${draft} and make room`,
      { cause: error },
    );
  }
}

function checkFree(files: Files, folder: string, why: string): void {
  if (files.list(folder).length === 0) return;
  throw new BackupError("occupied", `Cannot restore into ${folder}: ${why}`);
}

function knownHead({ knownCheckpoint }: RestoreOptions, manifest: Manifest): Head {
  const own = { size: manifest.size, root: bytesOf(manifest.root) };
  if (knownCheckpoint === undefined) return own;
  const publicKey = bytesOf(manifest.hubKey);
  const origin = originOf(bytesOf(manifest.logId));
  const known = openCheckpoint(knownCheckpoint, { origin, publicKey, verify: verifier(publicKey) });
  return known.size > own.size ? { size: known.size, root: known.root } : own;
}

/** What the sealed keys are, by path. */
async function keysOf(
  { files, from, passphrase }: RestoreOptions,
  manifest: Manifest,
): Promise<ReturnType<typeof openKeys>> {
  const sealed = manifest.files.find(({ path }) => path === KEYS_PATH);
  if (sealed === undefined || passphrase === undefined) return new Map();
  const text = await readWhole(files, join(from, sealed.file)) ?? new Uint8Array(0);
  return openKeys(new TextDecoder().decode(text), passphrase);
}

async function copyAll({ files, from, onBytes }: RestoreOptions, { draft, manifest, keys }: {
  readonly draft: string;
  readonly manifest: Manifest;
  readonly keys: ReturnType<typeof openKeys>;
}): Promise<void> {
  files.makeFolder(draft);
  for (const { path, file, bytes } of manifest.files) {
    if (path === KEYS_PATH) continue;
    await copyFile(files, { from: join(from, file), to: join(draft, path), bytes, onBytes });
  }
  for (const [path, bytes] of keys) {
    const to = join(draft, path);
    files.makeFolder(dirname(to));
    await replaceFile(files, to, bytes);
  }
}

/** Gives the number of API keys that are left. */
async function forget(path: string, store: readonly string[]): Promise<number> {
  await using control = openControl(path);
  return control.transaction(() => {
    const tables = control.all("select name from sqlite_master where type = 'table'");
    const names = new Set(tables.map(({ name }) => name));
    for (const name of [...FORGOTTEN, ...store]) {
      if (names.has(name)) control.run(`delete from ${name}`);
    }
    if (!names.has("api_key")) return 0;
    return Number(control.get("select count(*) as n from api_key")?.["n"] ?? 0);
  });
}
