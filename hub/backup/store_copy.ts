/**
 * Parquet files in a backup: from the first deletion of frames on, the ledger alone would not give
 * all rows back.
 *
 * They are those of the manifest in the control file's copy. Where a compaction or a deletion has
 * taken one away meanwhile, the control file is copied again.
 *
 * @module
 */
import { join } from "node:path";
import { type Files, FilesError } from "../../sdk/runtime/files.ts";
import { openControl } from "../control.ts";
import { lookAtManifest, type StoredFile } from "../store/manifest.ts";
import { namesOf } from "../store/target/cold_files.ts";
import { copyFile } from "./copy.ts";
import type { BackupFile, Manifest } from "./manifest.ts";

/** Below it are the store's files, in a data folder. */
const STORE_PREFIX = "store/";

/** Whether a backup has the store's files: then a restored hub goes on with them. */
export function hasStore({ files }: Pick<Manifest, "files">): boolean {
  return files.some(({ path }) => path.startsWith(STORE_PREFIX));
}

/** What there is to copy. */
export interface StoreCopy {
  readonly files: Files;
  readonly data: string;
  readonly to: string;
  /** The control file's copy. */
  readonly control: string;
  readonly before: Manifest | undefined;
}

/** Copies them; undefined where one is not there any more. None where the ledger has all rows. */
export async function copyStore(
  { files, data, to, control, before }: StoreCopy,
): Promise<{ readonly list: readonly BackupFile[]; readonly copiedBytes: number } | undefined> {
  const held = new Map(before?.files.map((file) => [file.path, file]));
  const list: BackupFile[] = [];
  let copiedBytes = 0;
  for (const name of await namesToCopy(control)) {
    const path = `${STORE_PREFIX}${name}`;
    // No two files ever have one name: what was copied is what is there.
    const old = held.get(path);
    if (old !== undefined) {
      list.push(old);
      continue;
    }
    try {
      const copied = await copyFile(files, { from: join(data, path), to: join(to, path) });
      copiedBytes += copied.bytes;
      list.push({ path, file: path, bytes: copied.bytes, sha256: copied.sha256 });
    } catch (error) {
      if (!(error instanceof FilesError) || error.code !== "missing") throw error;
      // Files of an older hub have no index, and need none.
      if (name.endsWith(".parquet")) return undefined;
    }
  }
  return { list, copiedBytes };
}

async function namesToCopy(path: string): Promise<readonly string[]> {
  await using control = openControl(path, "read");
  const tables = control.all("select name from sqlite_schema where name = 'retention_tombstone'");
  const deleted = tables.length === 0 ? undefined : control.get(
    "select 1 from retention_tombstone where what = 'frames' and state = 'deleted' limit 1",
  );
  if (deleted === undefined) return [];
  const local = [...lookAtManifest(control).files.values()].flat().filter(isLocal);
  return local.flatMap(({ tier, path: name }) => tier === "cold" ? namesOf(name) : [name]);
}

/** What is at a target stays there: for a restored hub it is copied to the new log's folder. */
function isLocal({ place }: StoredFile): boolean {
  return place === undefined;
}
