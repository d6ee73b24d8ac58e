/**
 * The store's files, as retention sees them: what there is, and taking one out for good.
 *
 * A file leaves through the manifest like one that was compacted: queries that have it in their
 * snapshot read on, and the store removes it once nobody does.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { join } from "node:path";
import { type Files, FilesError, readFull } from "../../sdk/runtime/files.ts";
import type { Control } from "../control.ts";
import type { Alone } from "../one_at_a_time.ts";
import { removeReleased } from "../store/compact.ts";
import type { Manifest, StoredFile } from "../store/manifest.ts";
import type { ColdFiles } from "../store/target/cold_files.ts";

/** What became of a wish to remove a file. */
export type RemovedAs = "removed" | "held" | "moved";

export interface StoreFiles {
  list(): readonly StoredFile[];
  /** SHA-256 of a file, hex: of its seal, or read. */
  hash(file: StoredFile): Promise<string>;
  /**
   * Takes it out of the manifest, with what `also` writes, unless a compaction has put its rows
   * elsewhere or `mayRemove` says no at the last moment.
   */
  remove(
    file: StoredFile,
    options: { readonly mayRemove: () => boolean; readonly also: () => void },
  ): Promise<RemovedAs>;
  /** Whether no bytes of it are left, here or at a target; a query may still read them. */
  isGone(path: string): boolean;
}

export interface StoreFilesOptions {
  readonly manifest: Manifest;
  readonly control: Control;
  readonly files: Files;
  /** The store's folder. */
  readonly folder: string;
  /** Copies of what is at a target. */
  readonly cold: Pick<ColdFiles, "forget" | "pin">;
  /** Runs work while no compaction does. */
  readonly alone: Alone;
}

const WINDOW_BYTES = 1024 * 1024;

/** Opens what the manifest names. */
export function openStoreFiles(options: StoreFilesOptions): StoreFiles {
  const { manifest, control, files, folder, cold, alone } = options;
  const list = (): readonly StoredFile[] => [...manifest.snapshot.files.values()].flat();
  return {
    list,
    hash: (file) =>
      file.seal ? Promise.resolve(file.seal.hash) : hashOf(files, join(folder, file.path)),
    remove: (file, { mayRemove, also }) =>
      // Nothing may come between the steps: there is no await.
      alone(async () => {
        if (!list().some(({ id }) => id === file.id)) return "moved";
        if (!mayRemove()) return "held";
        // At once, so that a start can tell a file that went from one that was compacted.
        control.transaction(() => {
          also();
          manifest.replace([file.id], []);
        });
        removeReleased({ manifest, files, folder, cold });
        return "removed";
      }),
    isGone(path) {
      removeReleased({ manifest, files, folder, cold });
      // What a target may have of it is removed by who moves files there, and noted then.
      if (manifest.uploads().includes(path)) return false;
      try {
        files.open(join(folder, path), "read").close();
        return false;
      } catch (error) {
        if (error instanceof FilesError && error.code === "missing") return true;
        throw error;
      }
    },
  };
}

async function hashOf(files: Files, path: string): Promise<string> {
  const file = files.open(path, "read");
  try {
    const hash = createHash("sha256");
    const window = new Uint8Array(WINDOW_BYTES);
    for (let at = 0, got = -1; got !== 0; at += got) {
      got = await readFull(file, window, at);
      hash.update(window.subarray(0, got));
    }
    return hash.digest("hex");
  } finally {
    file.close();
  }
}
