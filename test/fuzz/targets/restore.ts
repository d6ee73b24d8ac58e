/**
 * Fuzz targets: what a hub is restored from. A backup's manifest, as it stands and under a good
 * signature; the roll-back statement, as agents judge it.
 *
 * @module
 */
import { join, normalize } from "node:path";
import { BackupError } from "../../../hub/backup/backup_error.ts";
import {
  hexOf,
  type Manifest,
  MANIFEST_FILE,
  readManifest,
  writeManifest,
} from "../../../hub/backup/manifest.ts";
import { originOf, signCheckpoint } from "../../../sdk/proof/checkpoint.ts";
import {
  openRollback,
  type Operator,
  RollbackError,
  rollbackText,
  signRollback,
} from "../../../sdk/proof/rollback.ts";
import { generateKeys, signer } from "../../../sdk/proof/sign.ts";
import { readWhole, writeAll } from "../../../sdk/runtime/files.ts";
import { sha256 } from "../../../sdk/runtime/hash.ts";
import { faultyFiles } from "../../../sdk/testkit/faulty_files.ts";
import { type Target, type Verdict, verdictOf } from "../target.ts";

const FOLDER = "/backup";
const keys = generateKeys((size) => new Uint8Array(size).fill(8));
const people = [3, 5].map((byte) => generateKeys((size) => new Uint8Array(size).fill(byte)));
const operators = people.map(({ publicKey }, n): Operator => ({
  name: ["kim", "lee"][n] ?? "",
  publicKey,
}));
const id = (byte: number) => new Uint8Array(8).fill(byte);
const root = (byte: number) => new Uint8Array(32).fill(byte);

const HEAD = { origin: originOf(id(1)), size: 9, root: root(9) };
const FILE = { path: "ledger/0000000001", file: "ledger/0000000001-9", bytes: 7, sha256: "0a" };
const MANIFEST: Manifest = {
  version: 1,
  release: "0.2.0",
  madeAt: "2026-08-01T00:00:00.000Z",
  logId: hexOf(id(1)),
  hubKey: hexOf(keys.publicKey),
  size: HEAD.size,
  root: hexOf(HEAD.root),
  lastEntryAt: "2026-08-01T00:00:00.000Z",
  checkpoint: signCheckpoint(HEAD, keys.publicKey, signer(keys.privateKey)).note,
  keys: "left-out",
  files: [{ ...FILE, sha256: FILE.sha256.repeat(32) }],
};
const TEXT = rollbackText({
  oldLogId: id(1),
  oldHead: { size: 9, root: root(9) },
  newLogId: id(2),
  newHead: { size: 5, root: root(5) },
  lastEntryAt: "2026-08-01T00:00:00.000Z",
  madeAt: "2026-08-02T00:00:00.000Z",
  reason: "The disk was lost",
});
const STATEMENT = operators.reduce(
  (note, operator, n) => signRollback(note, operator, signer(people[n]!.privateKey)),
  TEXT,
);

const encoder = new TextEncoder();

async function manifestBytes(): Promise<Uint8Array> {
  const files = faultyFiles();
  files.makeFolder(FOLDER);
  await writeManifest(files, FOLDER, { manifest: MANIFEST, keys });
  return new Uint8Array(await readWhole(files, join(FOLDER, MANIFEST_FILE)) ?? []);
}

/** Nothing that is read may name a file outside its folder. */
function takeManifest(bytes: Uint8Array): Promise<Verdict> {
  return verdictOf(async () => {
    const files = faultyFiles();
    files.makeFolder(FOLDER);
    const file = files.open(join(FOLDER, MANIFEST_FILE), "create");
    writeAll(file, bytes, 0);
    file.close();
    const manifest = await readManifest(files, FOLDER);
    for (const { path, file: name } of manifest?.files ?? []) {
      for (const one of [path, name]) {
        const inside = normalize(join(FOLDER, one));
        if (!inside.startsWith(`${FOLDER}/`)) throw new TypeError(`${one} leaves the folder`);
      }
    }
  }, [BackupError]);
}

/** As somebody writes it who has the hub's key. */
function signedAnew(text: Uint8Array): Uint8Array {
  const manifest = new TextDecoder().decode(text);
  const digest = sha256("custos/backup/v1", encoder.encode(manifest));
  const signature = hexOf(signer(keys.privateKey)(digest));
  return encoder.encode(JSON.stringify({ manifest, signature }));
}

export async function restoreTargets(): Promise<readonly Target[]> {
  const manifest = await manifestBytes();
  return [
    { name: "backup", corpus: [manifest], take: takeManifest },
    {
      name: "signed-backup",
      corpus: [encoder.encode(JSON.stringify(MANIFEST))],
      take: (text) => takeManifest(signedAnew(text)),
    },
    {
      name: "rollback",
      corpus: [STATEMENT, TEXT].map((text) => encoder.encode(text)),
      take: (bytes) =>
        verdictOf(() => {
          const note = new TextDecoder().decode(bytes);
          openRollback(note, operators);
          // Two have signed it: then it is what they have signed, to the letter.
          if (!note.startsWith(TEXT)) throw new TypeError("Another statement counts as signed");
        }, [RollbackError]),
    },
  ];
}
