/**
 * Makes the rows of damaged files again from their frames, and puts the new files in their place.
 *
 * New files are synced and on record in the ledger before one change of the manifest names them. If
 * we die before it they are leftovers, and the next call begins this cluster again; after it the old
 * files are.
 *
 * @module
 */
import { join } from "node:path";
import { sourceNamesOf } from "../../fanout/source_names.ts";
import { writeColdFiles } from "../cold/compact_files.ts";
import type { WholeColumn } from "../cold/whole_column.ts";
import { MAX_OUTPUTS, newestOf, removeReleased, sealed } from "../compact.ts";
import { layOut, type Piece } from "../layout.ts";
import type { NewFile, StoredFile } from "../manifest.ts";
import { slug } from "../store.ts";
import { TIME_COLUMN } from "../time_span.ts";
import type { EntryRows } from "../verify/entry_rows.ts";
import { frameColumns } from "../verify/frame_columns.ts";
import { piecesIn } from "../verify/frame_pieces.ts";
import type { WalkedLedger } from "../verify/walk_ledger.ts";
import type { Cluster } from "./cluster.ts";
import type { Damaged } from "./find_damage.ts";
import type { RebuildOptions } from "./rebuild_store.ts";

export interface Rebuilt {
  readonly table: string;
  readonly replaced: readonly {
    readonly path: string;
    readonly rows: number;
    readonly why: string;
  }[];
  /** Of the new files. */
  readonly made: readonly { readonly path: string; readonly rows: number }[];
  /** Rows that were made, or with a dry run would be. */
  readonly rows: number;
  /** Rows whose frames have been deleted: nobody can make them. */
  readonly lostRows: number;
  /** Tombstones of these frames: ledger indexes. */
  readonly tombstones: readonly number[];
  /** Files at a target that may have rows of the same frames: bring them back first. */
  readonly needed: readonly string[];
  /** False where nothing was changed: rows would be lost or doubled, or it was a dry run. */
  readonly isDone: boolean;
}

/** What one cluster is made from. */
export interface Making {
  readonly cluster: Cluster;
  readonly options: RebuildOptions;
  readonly walked: WalkedLedger;
  /** Rows that whole files have are marked. */
  readonly rows: EntryRows;
  /** Files whose rows nobody knows. */
  readonly elsewhere: readonly StoredFile[];
}

const TICKS_PER_MS = 10_000n;

export async function rebuildCluster(making: Making): Promise<Rebuilt> {
  const { cluster, options } = making;
  const lost = lostIn(making);
  const needed = neededIn(making);
  const isRefused = needed.length > 0 || (lost.rows > 0 && !options.acceptsLoss);
  const made = isRefused ? { files: [], rows: 0 } : await makeFiles(making);
  const { table, damaged } = cluster;
  if (!isRefused && !options.isDryRun) await putInPlace(making, made.files, lost.rows);
  return {
    table,
    replaced: damaged.map(({ file, why, rows: had }) => ({ path: file.path, rows: had, why })),
    made: made.files.map(({ path, rows: count }) => ({ path, rows: count })),
    rows: made.rows,
    lostRows: lost.rows,
    tombstones: lost.tombstones,
    needed,
    isDone: !isRefused && !options.isDryRun,
  };
}

function neededIn({ cluster: { table, first, last }, elsewhere }: Making): readonly string[] {
  return elsewhere.filter((file) =>
    file.table === table && (file.seal?.first ?? 0) <= last && (file.seal?.last ?? last) >= first
  ).map(({ path }) => path);
}

interface Lost {
  readonly rows: number;
  readonly tombstones: readonly number[];
}

/** Rows of deleted frames that no whole file has, no more than the damaged files had. */
function lostIn({ cluster: { damaged, first, last, table }, rows, walked }: Making): Lost {
  const number = walked.tables.get(table);
  const had = damaged.reduce((sum, one) => sum + one.rows, 0);
  const found = new Set<number>();
  let count = 0;
  for (const [index, tombstone] of walked.tombstones) {
    if (index < first || index > last || rows.tableOf(index) !== number) continue;
    const gone = rows.unmarked(index).length;
    if (gone === 0) continue;
    count += gone;
    found.add(tombstone);
  }
  return { rows: Math.min(count, had), tombstones: [...found] };
}

interface Made {
  readonly files: readonly NewFile[];
  readonly rows: number;
}

async function makeFiles({ cluster, options, rows }: Making): Promise<Made> {
  const { table, first, last } = cluster;
  const { ledger, manifest, categories, isDryRun, onRows, signal } = options;
  const known = manifest.snapshot.columns.get(table) ?? [];
  const source = { ledger, sourceName: sourceNamesOf(ledger) };
  const isWanted = ({ index }: { readonly index: number }): boolean => !rows.isWhole(index);
  const files: NewFile[] = [];
  let count = 0;
  let list = 0;
  for await (const pieces of piecesIn(source, { table, first, last, isWanted })) {
    signal.throwIfAborted();
    const storable = pieces.filter((piece) => isStorable(piece, known, categories));
    if (storable.length === 0) continue;
    const layout = layOut(storable, known, categories);
    const all = frameColumns(layout);
    const times = all.columns.find(({ name, type }) => name === TIME_COLUMN && type === "int64");
    const chosen = chosenRows(storable, { cluster, rows, times: times && all.read(times) });
    count += chosen.length;
    onRows?.(chosen.length);
    if (chosen.length === 0 || isDryRun) continue;
    files.push(
      ...await writeList(frameColumns(layout, chosen), { cluster, options, list: list++ }),
    );
  }
  return { files, rows: count };
}

/** What cannot be laid out is in no file, and never was. */
function isStorable(
  piece: Piece,
  known: Parameters<typeof layOut>[1],
  categories: readonly string[],
): boolean {
  try {
    layOut([piece], known, categories);
    return true;
  } catch {
    return false;
  }
}

/** Rows that no whole file has, of the times that the damaged ones had. */
function chosenRows(
  pieces: readonly Piece[],
  { cluster: { damaged }, rows, times }: {
    readonly cluster: Cluster;
    readonly rows: EntryRows;
    readonly times: WholeColumn | undefined;
  },
): Uint32Array {
  const isAnyTime = damaged.some((one) => one.isAnyTime);
  const chosen: number[] = [];
  let base = 0;
  for (const { batch, ledgerIndex } of pieces) {
    for (const row of rows.unmarked(ledgerIndex)) {
      const at = base + row;
      if (isAnyTime || damaged.some((one) => mayHave(one, msAt(times, at)))) chosen.push(at);
    }
    base += batch.rows;
  }
  return Uint32Array.from(chosen);
}

function mayHave({ file }: Damaged, ms: number | undefined): boolean {
  if (ms === undefined) return file.timeless > 0;
  return ms >= file.fromMs && ms <= file.toMs;
}

/** Whole ms since the epoch, rounded down. */
function msAt(times: WholeColumn | undefined, row: number): number | undefined {
  if (times?.form !== "words" || times.absent?.[row] === 1) return undefined;
  const { words } = times;
  const ticks = (BigInt(words[row * 2 + 1]!) << 32n) | BigInt(words[row * 2]! >>> 0);
  const rest = ((ticks % TICKS_PER_MS) + TICKS_PER_MS) % TICKS_PER_MS;
  return Number((ticks - rest) / TICKS_PER_MS);
}

/** Names are of the least id that is replaced: ids never come twice. */
async function writeList(
  input: ReturnType<typeof frameColumns>,
  { cluster: { table, damaged }, options: { files, folder }, list }: {
    readonly cluster: Cluster;
    readonly options: RebuildOptions;
    readonly list: number;
  },
): Promise<readonly NewFile[]> {
  const id = Math.min(...damaged.map(({ file }) => file.id));
  const names = Array.from(
    { length: MAX_OUTPUTS },
    (_, i) => `cold/again-${id}-${list}-${i}-${slug(table)}.parquet`,
  );
  const outputs = names.map((name) => join(folder, name));
  const written = writeColdFiles(files, input, { outputs, time: TIME_COLUMN });
  const made: NewFile[] = [];
  for (const [i, file] of written.entries()) {
    made.push(await sealed({ files, folder }, { table, path: names[i]!, file }));
  }
  return made;
}

async function putInPlace(
  { cluster: { table, damaged }, options }: Making,
  made: readonly NewFile[],
  lostRows: number,
): Promise<void> {
  const { files, folder, manifest, record } = options;
  await files.syncFolder(join(folder, "cold"));
  const replaces = damaged.map(({ file }) => file.path);
  await Promise.all(made.flatMap(({ path, rows, seal }) =>
    seal === undefined ? [] : [record({
      note: "store-file",
      table,
      path,
      rows,
      ...seal,
      replaces,
      ...(lostRows > 0 && { lostRows }),
    })]
  ));
  const receivedMs = newestOf(damaged.map(({ file }) => file));
  manifest.replace(
    damaged.map(({ file }) => file.id),
    made.map((file) => ({ ...file, receivedMs })),
  );
  removeReleased(options);
}
