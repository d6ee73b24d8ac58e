/**
 * `backup.json`: what a backup holds, signed by the ledger's key.
 *
 * It is replaced last and as a whole, so a backup that was cut short leaves the one before. What it
 * names has the bytes and hashes that it says; other files in the folder are leftovers.
 *
 * @module
 */
import { join } from "node:path";
import * as v from "valibot";
import { openCheckpoint, originOf } from "../../sdk/proof/checkpoint.ts";
import { KeyError, type Keys, signer, verifier, type Verify } from "../../sdk/proof/sign.ts";
import { type Files, readWhole, replaceFile } from "../../sdk/runtime/files.ts";
import { sha256 } from "../../sdk/runtime/hash.ts";
import { BackupError } from "./backup_error.ts";

export const MANIFEST_FILE = "backup.json";
const LABEL = "custos/backup/v1";

/** One spelling: a changed letter is a change. */
const hex = (size: number) => v.pipe(v.string(), v.length(2 * size), v.regex(/^[0-9a-f]*$/));
const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
/** Relative, below the folder, whatever the manifest's author wants. */
const path = v.pipe(
  v.string(),
  v.regex(/^[a-z0-9][a-z0-9._-]*(\/[a-zA-Z0-9][a-zA-Z0-9._-]*){0,2}$/),
);

const BackupFile = v.object({
  /** Where it is in a hub's data folder. */
  path,
  /** Where it is in the backup. */
  file: path,
  bytes: count,
  /** Of these bytes. */
  sha256: hex(32),
});
export type BackupFile = Readonly<v.InferOutput<typeof BackupFile>>;

const Manifest = v.object({
  version: v.literal(1),
  release: v.string(),
  madeAt: v.string(),
  logId: hex(8),
  /** The key of the log's checkpoints. */
  hubKey: hex(32),
  /** Entries in the ledger's copy, and its root: all were durable. */
  size: count,
  root: hex(32),
  /** When the last of them was recorded. */
  lastEntryAt: v.string(),
  /** Signed over size and root. */
  checkpoint: v.string(),
  /** `sealed`: in the file that {@link KEYS_PATH} names, under a passphrase. */
  keys: v.picklist(["sealed", "left-out"]),
  files: v.array(BackupFile),
});
/** A backup's list of contents. */
export type Manifest = Readonly<v.InferOutput<typeof Manifest>>;

const Signed = v.object({ manifest: v.string(), signature: hex(64) });

/** Puts `manifest` into `folder`, durably. */
export async function writeManifest(
  files: Files,
  folder: string,
  { manifest, keys }: { readonly manifest: Manifest; readonly keys: Keys },
): Promise<void> {
  const text = JSON.stringify(manifest);
  const signature = Buffer.from(signer(keys.privateKey)(digestOf(text))).toString("hex");
  const signed = `${JSON.stringify({ manifest: text, signature }, null, 1)}\n`;
  await replaceFile(files, join(folder, MANIFEST_FILE), new TextEncoder().encode(signed));
}

/**
 * The manifest in `folder`; undefined where there is none.
 *
 * @throws {BackupError} `damaged`.
 */
export async function readManifest(files: Files, folder: string): Promise<Manifest | undefined> {
  const bytes = await readWhole(files, join(folder, MANIFEST_FILE));
  if (bytes === undefined) return undefined;
  try {
    const signed = v.parse(Signed, JSON.parse(new TextDecoder().decode(bytes)));
    const manifest = v.parse(Manifest, JSON.parse(signed.manifest));
    const { verify, publicKey } = keyOf(manifest);
    if (!verify(digestOf(signed.manifest), bytesOf(signed.signature))) {
      throw new TypeError("its signature does not match");
    }
    const origin = originOf(bytesOf(manifest.logId));
    const head = openCheckpoint(manifest.checkpoint, { origin, publicKey, verify });
    if (head.size !== manifest.size || hexOf(head.root) !== manifest.root) {
      throw new TypeError("its checkpoint is of another tree");
    }
    return manifest;
  } catch (cause) {
    if (cause instanceof KeyError) throw damaged(folder, "its key is none", cause);
    throw damaged(folder, cause instanceof TypeError ? cause.message : "it is no manifest", cause);
  }
}

function damaged(folder: string, why: string, cause: unknown): BackupError {
  return new BackupError(
    "damaged",
    `Cannot use backup ${folder}: ${MANIFEST_FILE} is damaged (${why}), use another copy`,
    { cause },
  );
}

function keyOf({ hubKey }: Manifest): { readonly verify: Verify; readonly publicKey: Uint8Array } {
  const publicKey = bytesOf(hubKey);
  return { verify: verifier(publicKey), publicKey };
}

function digestOf(text: string): Uint8Array {
  return sha256(LABEL, new TextEncoder().encode(text));
}

export function bytesOf(hexadecimal: string): Uint8Array {
  return Uint8Array.from(Buffer.from(hexadecimal, "hex"));
}

export function hexOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("hex");
}
