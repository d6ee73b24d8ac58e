/**
 * Stage 5 of 7, store: moves cold files to their target, and removes there what nobody needs.
 *
 * | if we die after             | the next start                                              |
 * | --------------------------- | ----------------------------------------------------------- |
 * | the upload is noted         | uploads it                                                  |
 * | half of it is sent          | uploads it; {@link sweepTarget} ends the half               |
 * | it is at the target         | uploads it again, the same bytes under the same name        |
 * | the manifest says so        | finds a copy of it in the store's folder                    |
 * | the manifest forgets a file | finds that the target may have it, and removes it there     |
 * | it is removed at the target | removes it again, which is no error                         |
 *
 * A target that is down stops nothing else: files stay where they are, and are moved later.
 *
 * @module
 */
import { join } from "node:path";
import { type Files, FilesError } from "../../../sdk/runtime/files.ts";
import { indexPath } from "../cold/file_index.ts";
import { COMPACT_POLICY } from "../compact.ts";
import type { Manifest, StoredFile } from "../manifest.ts";
import { type ColdFiles, namesOf } from "./cold_files.ts";
import type { ColdTarget } from "./cold_target.ts";

export interface MoveOptions {
  readonly manifest: Manifest;
  readonly files: Files;
  /** The store's folder. */
  readonly folder: string;
  readonly target: ColdTarget;
  readonly cold: ColdFiles;
  /** True: from the target to the store's folder. */
  readonly isBack: boolean;
  /** ms since the epoch. */
  readonly now: () => number;
  /** Cold files of fewer rows wait to be joined, until their events are old. */
  readonly largeRows?: number;
}

/** What a sweep has found: names. */
export interface Swept {
  /** The manifest names them, and they are not there or not whole. */
  readonly missing: readonly string[];
  /** They are there, and this hub has not noted that it put them there. */
  readonly unknown: readonly string[];
}

const DAY_MS = 86_400_000;
/** By then those that belong together have been joined. */
const SETTLED_MS = 2 * DAY_MS;
const LARGE_BYTES = 1024 * 1024;

/** Files that have yet to move. */
export function filesToMove(options: MoveOptions): readonly StoredFile[] {
  const { manifest, isBack, now, largeRows = COMPACT_POLICY.largeRows } = options;
  const all = [...manifest.snapshot.files.values()].flat().filter(({ tier }) => tier === "cold");
  if (isBack) return all.filter(({ place }) => place !== undefined);
  return all.filter(({ place, seal, rows, bytes, toMs }) =>
    place === undefined && seal !== undefined &&
    (rows >= largeRows || bytes >= LARGE_BYTES || toMs < now() - SETTLED_MS)
  );
}

/**
 * Removes at the target what is not needed there, then moves what has to, one after the other.
 *
 * @throws {TargetError} At the first that fails; all else stays as it is.
 */
export async function moveFiles(options: MoveOptions, signal: AbortSignal): Promise<void> {
  const { manifest, isBack } = options;
  for (const path of manifest.strays(isBack)) await removeThere(options, path, signal);
  for (const file of filesToMove(options)) {
    if (signal.aborted) return;
    // Others may have taken its place while the ones before it were moved.
    if (!isListed(manifest, file)) continue;
    await (isBack ? bringBack(options, file, signal) : moveOut(options, file, signal));
  }
}

/** Deletes what no reader needs; the note of it goes last. */
async function removeThere(
  { manifest, target }: MoveOptions,
  path: string,
  signal: AbortSignal,
): Promise<void> {
  for (const name of namesOf(path)) await target.remove(name, signal);
  manifest.noteRemoved(path);
}

async function moveOut(
  { manifest, files, folder, target, cold }: MoveOptions,
  file: StoredFile,
  signal: AbortSignal,
): Promise<void> {
  const { id, path, bytes, seal } = file;
  // What takes its place meanwhile does not take it from the disk.
  using _snapshot = manifest.pin();
  using _pinned = await cold.pin([file], signal);
  manifest.noteUpload(path);
  const index = join(folder, indexPath(path));
  const indexBytes = sizeOf(files, index);
  await target.put(path, { path: join(folder, path), bytes, sha256: seal?.hash }, signal);
  if (indexBytes !== undefined) {
    const from = { path: index, bytes: indexBytes, sha256: undefined };
    await target.put(indexPath(path), from, signal);
  }
  if (manifest.setPlace(id, target.place)) cold.moved({ ...file, place: target.place });
}

async function bringBack(
  options: MoveOptions,
  file: StoredFile,
  signal: AbortSignal,
): Promise<void> {
  const { manifest, cold } = options;
  using _snapshot = manifest.pin();
  using _pinned = await cold.pin([file], signal);
  manifest.setPlace(file.id, undefined);
  cold.forget(file.path);
  await removeThere(options, file.path, signal);
}

/**
 * Looks at all that is at the target: ends uploads that were cut short, fetches indexes that the
 * store's folder lacks, tells what is missing. What nobody has noted was not left by a crash of this
 * hub: it may be of a later state of it, and stays.
 */
export async function sweepTarget(
  { manifest, files, folder, target }: MoveOptions,
  signal: AbortSignal,
): Promise<Swept> {
  await target.removeHalves(signal);
  const there = new Map((await target.list(signal)).map(({ name, bytes }) => [name, bytes]));
  // What is put there meanwhile is not in the list: files are moved by who sweeps.
  const moved = [...manifest.snapshot.files.values()].flat()
    .filter(({ place }) => place === target.place);
  const here = new Set(files.list(join(folder, "cold")).map((name) => `cold/${name}`));
  for (const { path } of moved) {
    const index = indexPath(path);
    const bytes = there.get(index);
    if (here.has(index) || bytes === undefined) continue;
    await target.get(index, { path: join(folder, index), bytes, sha256: undefined }, signal);
  }
  const noted = new Set(manifest.uploads().flatMap(namesOf));
  return {
    missing: moved.filter(({ path, bytes }) => there.get(path) !== bytes).map(({ path }) => path),
    unknown: [...there.keys()].filter((name) => !noted.has(name)),
  };
}

function isListed({ snapshot }: Manifest, { id, table }: StoredFile): boolean {
  return snapshot.files.get(table)?.some((file) => file.id === id) ?? false;
}

/** Files of an older hub have no index. */
function sizeOf(files: Files, path: string): number | undefined {
  try {
    const file = files.open(path, "read");
    try {
      return file.size();
    } finally {
      file.close();
    }
  } catch (error) {
    if (error instanceof FilesError && error.code === "missing") return undefined;
    throw error;
  }
}
