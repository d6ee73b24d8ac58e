/**
 * Stage 5 of 7, store: puts many small files of a table into few large ones, by day and time.
 *
 * The engine writes the new files; then one change of the manifest names them in the place of the
 * old ones. If we die before it the new files are leftovers, after it the old ones are.
 *
 * @module
 */
import { join } from "node:path";
import type { Files } from "../../sdk/runtime/files.ts";
import { indexPath } from "./cold/file_index.ts";
import { GROUP_ROWS } from "./cold/compact_files.ts";
import type { Engine } from "./engine.ts";
import type { CompactedFile } from "./engine_messages.ts";
import type { Manifest, NewFile, Snapshot, StoredFile } from "./manifest.ts";
import type { StoreFileNote } from "./seal.ts";
import { slug } from "./store.ts";
import { type ColdFiles, localFiles, namesOf } from "./target/cold_files.ts";
import { removeIfThere } from "./target/remove_if_there.ts";
import { TIME_COLUMN } from "./time_span.ts";

export interface CompactOptions {
  readonly manifest: Manifest;
  readonly engine: Engine;
  readonly files: Files;
  /** The store's folder. */
  readonly folder: string;
  readonly policy?: CompactPolicy;
  /** Puts a new file on record before the manifest names it. */
  readonly record?: ((note: StoreFileNote) => Promise<void>) | undefined;
  readonly timeOf?: (table: string) => string;
  /** Where files are; default: in `folder`, all of them. */
  readonly cold?: Pick<ColdFiles, "pin" | "forget">;
}

/** When to compact, and how much at once. */
export interface CompactPolicy {
  /** Hot files of one table that are worth it. */
  readonly hotFiles: number;
  /** Rows in hot files of one table that are. */
  readonly hotRows: number;
  /** With fewer rows in hot files of all tables there is time to make files smaller. */
  readonly busyRows: number;
  /** Cold files of one table and day that are worth it. */
  readonly coldFiles: number;
  /** Cold files of more rows are left alone. */
  readonly largeRows: number;
  /** Most rows of one compaction. */
  readonly maxRows: number;
  /** Most files that one compaction reads. */
  readonly maxFiles: number;
}

export const COMPACT_POLICY: CompactPolicy = {
  hotFiles: 60,
  hotRows: 6 * GROUP_ROWS,
  busyRows: 3 * GROUP_ROWS,
  coldFiles: 8,
  largeRows: GROUP_ROWS / 2,
  maxRows: 6 * GROUP_ROWS,
  maxFiles: 256,
};

/** A compaction did not keep what it was given; nothing was changed. */
export class CompactError extends Error {
  override readonly name = "CompactError";
  readonly code = "rows";
}

/** Files that one compaction may write: those of 16 days, and what six large ones are cut into. */
export const MAX_OUTPUTS = 24;
/** Files of wide rows have few of them, and are large all the same. */
const LARGE_BYTES = 1024 * 1024;
const DAY_MS = 86_400_000;
const TICKS_PER_MS = 10_000n;

/** Files of one table to be put together, undefined where nothing is worth it. */
export function planCompaction(
  snapshot: Snapshot,
  policy: CompactPolicy,
): readonly StoredFile[] | undefined {
  for (const files of snapshot.files.values()) {
    const hot = files.filter(({ tier }) => tier === "hot");
    const rows = hot.reduce((sum, file) => sum + file.rows, 0);
    const isDue = hot.length >= policy.hotFiles || rows >= policy.hotRows;
    if (isDue) return atMost(sameWeek(hot), policy);
  }
  for (const files of snapshot.files.values()) {
    const small = files.filter(
      ({ tier, rows, bytes }) => tier === "cold" && rows < policy.largeRows && bytes < LARGE_BYTES,
    );
    const key = (file: StoredFile): string => `${dayOf(file)}/${weekOf(file)}`;
    for (const group of Map.groupBy(small, key).values()) {
      if (group.length >= policy.coldFiles) return atMost(group, policy);
    }
  }
  return undefined;
}

/**
 * Does what {@link planCompaction} finds first; false where there was nothing to do.
 *
 * @throws {EngineError} If the engine failed: the old files stay.
 * @throws {TargetError} If a file could not be fetched: the old files stay.
 * @throws {CompactError} If rows were lost or doubled: the old files stay.
 */
export async function compactOnce(options: CompactOptions, signal: AbortSignal): Promise<boolean> {
  const { manifest, engine, folder, policy = COMPACT_POLICY } = options;
  removeReleased(options);
  const inputs = planCompaction(manifest.snapshot, policy);
  if (inputs === undefined) return false;
  const { table } = inputs[0]!;
  // A process that compacts may outlive a hub that is killed: what it still writes must be nobody's.
  const stem = `cold/${inputs.at(-1)!.id}-${manifest.fresh()}`;
  const outputs = Array.from(
    { length: MAX_OUTPUTS },
    (_, i) => `${stem}-${i}-${slug(table)}.parquet`,
  );
  using pinned = await (options.cold ?? localFiles(folder)).pin(inputs, signal);
  const written = await engine.compact({
    table,
    isThorough: hotRows(manifest.snapshot) < policy.busyRows,
    inputs: pinned.paths,
    time: options.timeOf?.(table) ?? TIME_COLUMN,
    outputs: outputs.map((path) => join(folder, path)),
  }, signal);
  checkRows(inputs, written);
  const added: NewFile[] = [];
  for (const [i, file] of written.entries()) {
    const made = await sealed(options, { table, path: outputs[i]!, file });
    added.push({ ...made, receivedMs: newestOf(inputs) });
  }
  await options.files.syncFolder(join(folder, "cold"));
  // If we die here, the ledger has seals of files that were never named: they harm nobody.
  const { record } = options;
  if (record !== undefined) await Promise.all(notesOf(added).map((note) => record(note)));
  manifest.replace(inputs.map(({ id }) => id), added);
  removeReleased(options);
  return true;
}

function hotRows({ files }: Snapshot): number {
  let count = 0;
  for (const list of files.values()) {
    for (const { tier, rows } of list) if (tier === "hot") count += rows;
  }
  return count;
}

function notesOf(added: readonly NewFile[]): readonly StoreFileNote[] {
  return added.flatMap(({ table, path, rows, seal }) =>
    seal === undefined ? [] : [{ note: "store-file", table, path, rows, ...seal }]
  );
}

/**
 * Takes away files that nobody names any more; of one that was lost there is nothing to take. What a
 * target has of them is removed by who moves files there.
 */
export function removeReleased(
  { manifest, files, folder, cold }: Pick<CompactOptions, "manifest" | "files" | "folder" | "cold">,
): void {
  for (const path of manifest.released()) {
    cold?.forget(path);
    const names = path.startsWith("cold/") ? namesOf(path) : [path];
    for (const name of names) removeIfThere(files, join(folder, name));
  }
}

function checkRows(inputs: readonly StoredFile[], written: readonly CompactedFile[]): void {
  const before = inputs.reduce((sum, { rows }) => sum + rows, 0);
  const after = written.reduce((sum, { rows }) => sum + rows, 0);
  if (before !== after) {
    throw new CompactError(`Cannot compact: ${before} rows went in, ${after} came out`);
  }
}

/** A file that was written, synced with its index, as the manifest has it. */
export async function sealed(
  { files, folder }: Pick<CompactOptions, "files" | "folder">,
  { table, path, file }: {
    readonly table: string;
    readonly path: string;
    readonly file: CompactedFile;
  },
): Promise<NewFile> {
  await synced(files, join(folder, indexPath(path)));
  const open = files.open(join(folder, path), "write");
  try {
    await open.sync();
    return {
      table,
      tier: "cold",
      path,
      rows: file.rows,
      bytes: open.size(),
      fromMs: file.least === null ? Infinity : msOf(file.least),
      toMs: file.most === null ? -Infinity : msOf(file.most),
      timeless: file.timeless,
      seal: file.seal,
    };
  } finally {
    open.close();
  }
}

async function synced(files: Files, path: string): Promise<void> {
  const file = files.open(path, "write");
  try {
    await file.sync();
  } finally {
    file.close();
  }
}

/** Whole milliseconds of ticks, rounded down. */
function msOf(ticks: string): number {
  const value = BigInt(ticks);
  const rest = ((value % TICKS_PER_MS) + TICKS_PER_MS) % TICKS_PER_MS;
  return Number((value - rest) / TICKS_PER_MS);
}

function dayOf({ fromMs }: StoredFile): number {
  return Math.floor(fromMs / DAY_MS);
}

/**
 * Files go by when their newest row was received: rows of different weeks do not share one, or late
 * events would keep old rows for ever.
 */
function weekOf({ receivedMs }: StoredFile): number {
  return receivedMs === undefined ? -1 : Math.floor(receivedMs / (7 * DAY_MS));
}

/** Those of the first one's week. */
function sameWeek(files: readonly StoredFile[]): readonly StoredFile[] {
  return files.filter((file) => weekOf(file) === weekOf(files[0]!));
}

/** When the newest row of them was received; undefined if one of them is of an older hub. */
export function newestOf(inputs: readonly StoredFile[]): number | undefined {
  const times = inputs.flatMap(({ receivedMs }) => receivedMs ?? []);
  return times.length === inputs.length ? Math.max(...times) : undefined;
}

function atMost(files: readonly StoredFile[], policy: CompactPolicy): readonly StoredFile[] {
  let rows = 0;
  let count = 0;
  for (const file of files) {
    if (count >= 2 && (rows + file.rows > policy.maxRows || count >= policy.maxFiles)) break;
    rows += file.rows;
    count++;
  }
  return files.slice(0, count);
}
