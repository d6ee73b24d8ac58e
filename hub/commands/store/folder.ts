/**
 * A hub's data folder, or a backup, as somebody looks at it who changes nothing.
 *
 * @module
 */
import { join } from "node:path";
import { originOf } from "../../../sdk/proof/checkpoint.ts";
import { loadOrCreateKeys } from "../../../sdk/proof/key_file.ts";
import type { Files } from "../../../sdk/runtime/files.ts";
import { bytesOf, MANIFEST_FILE } from "../../backup/manifest.ts";
import { hasStore } from "../../backup/store_copy.ts";
import { verifyBackup } from "../../backup/verify.ts";
import { openControl } from "../../control.ts";
import { type LedgerView, openView, viewLedger } from "../../ledger/ledger_view.ts";
import { CONTROL_FILE } from "../../listening.ts";
import { lookAtManifest, type Snapshot } from "../../store/manifest.ts";
import type { KnownTree } from "../../store/verify/walk_ledger.ts";
import { readWitnessed } from "../../witness/witnessing.ts";
import { checkRan } from "../command.ts";

/** What a check needs of the folder. */
export interface LookedAt extends AsyncDisposable {
  /** The store's folder; absent in a backup from before any deletion of frames. */
  readonly store: string | undefined;
  readonly snapshot: () => Snapshot;
  readonly ledger: () => Promise<LedgerView>;
  /** What witnesses have cosigned. */
  readonly known: (ledger: LedgerView) => Promise<readonly KnownTree[]>;
}

/** @throws {BackupError} `damaged`, of a backup. @throws {UsageError} Where it is neither. */
export async function lookAt(files: Files, folder: string): Promise<LookedAt> {
  return files.list(folder).includes(MANIFEST_FILE)
    ? await lookAtBackup(files, folder)
    : lookAtData(files, folder);
}

function lookAtData(files: Files, folder: string): LookedAt {
  const path = join(folder, CONTROL_FILE);
  checkRan(folder, path);
  const control = openControl(path, "read");
  return {
    store: join(folder, "store"),
    snapshot: () => lookAtManifest(control),
    ledger: () => viewLedger(files, join(folder, "ledger")),
    async known({ logId }) {
      if (!files.list(folder).includes("ledger.key")) return [];
      const { publicKey } = await loadOrCreateKeys(files, join(folder, "ledger.key"));
      const found = await readWitnessed(files, folder, { name: originOf(logId), publicKey });
      if (found === undefined) return [];
      const { size, root } = found.checkpoint;
      return [{ size, root, by: "what witnesses have cosigned" }];
    },
    [Symbol.asyncDispose]: () => control[Symbol.asyncDispose](),
  };
}

async function lookAtBackup(files: Files, folder: string): Promise<LookedAt> {
  const manifest = await verifyBackup({ files, from: folder });
  const named = manifest.files.find(({ path }) => path === CONTROL_FILE)!;
  const control = openControl(join(folder, named.file), "read");
  const segments = manifest.files.flatMap(({ path, file }) => {
    const [, first] = /^ledger\/(\d{16})\.log$/.exec(path) ?? [];
    return first === undefined ? [] : [{ first: Number(first), path: join(folder, file) }];
  });
  const { size } = manifest;
  const root = bytesOf(manifest.root);
  return {
    store: hasStore(manifest) ? join(folder, "store") : undefined,
    snapshot: () => lookAtManifest(control),
    ledger: () => openView(files, { logId: bytesOf(manifest.logId), root, size, segments }),
    known: () => Promise.resolve([{ size, root, by: "the backup's list" }]),
    [Symbol.asyncDispose]: () => control[Symbol.asyncDispose](),
  };
}
