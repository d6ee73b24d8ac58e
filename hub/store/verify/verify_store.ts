/**
 * Checks the store against the ledger: from the manifest over each file to its leaf, and with `deep`
 * from each row to its frame. Nothing is changed.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { join } from "node:path";
import { type Files, readWhole } from "../../../sdk/runtime/files.ts";
import { sourceNamesOf } from "../../fanout/source_names.ts";
import type { LedgerView } from "../../ledger/ledger_view.ts";
import { indexPath } from "../cold/file_index.ts";
import { layOut } from "../layout.ts";
import type { Snapshot, StoredFile } from "../manifest.ts";
import { type FaultList, openFaults, type StoreFault } from "./fault.ts";
import { piecesIn } from "./frame_pieces.ts";
import { type FileCheck, REBUILD, verifyFile, verifyLeaf } from "./verify_file.ts";
import { type RowCheck, verifyRows } from "./verify_rows.ts";
import { type KnownTree, type WalkedLedger, walkLedger } from "./walk_ledger.ts";

export interface VerifyOptions {
  readonly files: Files;
  /** The store's folder; absent in a backup that has none. */
  readonly folder?: string | undefined;
  /** What the manifest says now. */
  readonly snapshot: () => Snapshot;
  /** Opened after the manifest was read: what that names is in the ledger before. */
  readonly ledger: () => Promise<LedgerView>;
  readonly known: (ledger: LedgerView) => Promise<readonly KnownTree[]>;
  /** Names of an address column's categories, by their number. */
  readonly categories: readonly string[];
  /** Of this table alone. */
  readonly table?: string | undefined;
  /** This file alone. */
  readonly path?: string | undefined;
  /** A copy of a file, anywhere: the one whose hash a leaf has. */
  readonly copy?: string | undefined;
  readonly isDeep: boolean;
  readonly signal: AbortSignal;
  readonly onProgress?: ((progress: VerifyProgress) => void) | undefined;
}

/** How far a check has come. */
export interface VerifyProgress {
  readonly step: "ledger" | "files" | "rows";
  readonly done: number;
  readonly total: number;
}

export interface VerifyReport {
  readonly entries: number;
  readonly root: string;
  readonly frames: number;
  readonly files: number;
  readonly rows: number;
  readonly bytes: number;
  /** Rows that were compared with their frames. */
  readonly comparedRows: number;
  /** Rows whose frames have been deleted: the file's leaf is what proves them. */
  readonly rowsToFile: number;
  readonly broken: number;
  readonly warnings: number;
  /** The first of them. */
  readonly faults: readonly StoreFault[];
}

export async function verifyStore(options: VerifyOptions): Promise<VerifyReport> {
  const faults = openFaults();
  const snapshot = options.snapshot();
  const ledger = await options.ledger();
  const walked = await walkLedger({
    ...options,
    ledger,
    known: await options.known(ledger),
    faults,
    onEntries: counter(options, { step: "ledger", total: ledger.durable }),
  });
  const check = { options, snapshot, walked, faults };
  const files = options.copy === undefined
    ? chosenFiles(snapshot, options)
    : await copyOf(options.copy, check);
  // Of a ledger that was read in part nobody can tell which leaf is missing.
  const compared = walked.isWhole ? await verifyChosen(files, check, ledger) : NOTHING;
  return {
    entries: ledger.durable,
    root: Buffer.from(ledger.root).toString("hex"),
    frames: walked.frames,
    files: files.length,
    rows: files.reduce((sum, { rows }) => sum + rows, 0),
    bytes: files.reduce((sum, { bytes }) => sum + bytes, 0),
    ...compared,
    broken: faults.broken,
    warnings: faults.warnings,
    faults: faults.kept,
  };
}

interface Check {
  readonly options: VerifyOptions;
  readonly snapshot: Snapshot;
  readonly walked: WalkedLedger;
  readonly faults: FaultList;
}

type Compared = Pick<VerifyReport, "comparedRows" | "rowsToFile">;

const NOTHING: Compared = { comparedRows: 0, rowsToFile: 0 };

async function verifyChosen(
  files: readonly StoredFile[],
  check: Check,
  ledger: LedgerView,
): Promise<Compared> {
  const { options } = check;
  if (options.folder === undefined && options.copy === undefined) {
    files.forEach((file) => verifyLeaf(file, fileCheck(check)));
    return NOTHING;
  }
  const whole = await verifyFiles(files, check);
  const isAll = options.path === undefined && options.copy === undefined;
  if (isAll) strays(options.folder!, check);
  return options.isDeep ? await compareRows(whole, { check, files, ledger, isAll }) : NOTHING;
}

/** The file that a leaf means, as the manifest would have it. */
async function copyOf(
  path: string,
  { options, walked, faults }: Check,
): Promise<readonly StoredFile[]> {
  const bytes = await readWhole(options.files, path) ?? new Uint8Array();
  const hash = createHash("sha256").update(bytes).digest("hex");
  const leaf = [...walked.seals.values()].flat().find((one) => one.hash === hash);
  if (leaf === undefined) {
    const why = `no leaf of the ledger has its hash, ${hash}`;
    faults.add({ link: "leaf", code: "missing", why, file: path });
    return [];
  }
  const { table, rows, first, last } = leaf;
  // Nobody says which times it has: any are right.
  const open = { fromMs: -Infinity, toMs: Infinity, timeless: rows };
  const seal = { hash, first, last };
  return [
    { id: 0, table, tier: "cold", path: leaf.path, rows, bytes: bytes.length, ...open, seal },
  ];
}

function chosenFiles({ files }: Snapshot, { table, path }: VerifyOptions): readonly StoredFile[] {
  return [...files.values()].flat().filter((file) =>
    (table === undefined || file.table === table) && (path === undefined || file.path === path)
  );
}

function counter(
  { onProgress }: VerifyOptions,
  { step, total }: Pick<VerifyProgress, "step" | "total">,
): (more: number) => void {
  let done = 0;
  return (more) => onProgress?.({ step, done: done += more, total });
}

function pathIn({ folder, copy }: VerifyOptions, { path }: StoredFile): string {
  return copy ?? join(folder ?? "", path);
}

function fileCheck({ options, walked, faults }: Check): FileCheck {
  const { files, isDeep } = options;
  return {
    files,
    pathOf: (file) => pathIn(options, file),
    isNamed: ({ id, table }) =>
      options.snapshot().files.get(table)?.some((file) => file.id === id) === true,
    seals: walked.seals,
    faults,
    isDeep,
  };
}

/** Those that are whole. */
async function verifyFiles(
  files: readonly StoredFile[],
  check: Check,
): Promise<readonly StoredFile[]> {
  const own = fileCheck(check);
  const total = files.reduce((sum, { bytes }) => sum + bytes, 0);
  const onBytes = counter(check.options, { step: "files", total });
  const whole: StoredFile[] = [];
  for (const file of files) {
    check.options.signal.throwIfAborted();
    if (await verifyFile(file, own)) whole.push(file);
    onBytes(file.bytes);
  }
  return whole;
}

interface Comparing {
  readonly check: Check;
  readonly files: readonly StoredFile[];
  readonly ledger: LedgerView;
  /** All files of their tables were chosen. */
  readonly isAll: boolean;
}

async function compareRows(
  whole: readonly StoredFile[],
  { check, files, ledger, isAll }: Comparing,
): Promise<Compared> {
  const { options, snapshot, walked, faults } = check;
  const rows: RowCheck = {
    ...options,
    ledger,
    sourceName: sourceNamesOf(ledger),
    rows: walked.rows,
    columns: snapshot.columns,
    tombstones: walked.tombstones,
    onDeleted: (count) => void (toFile += count),
  };
  let [compared, toFile] = [0, 0];
  const total = whole.reduce((sum, file) => sum + file.rows, 0);
  const onRows = counter(options, { step: "rows", total });
  for (const file of whole) {
    const leaf = walked.seals.get(file.path)?.at(-1)?.index;
    for await (const fault of verifyRows({ file, path: pathIn(options, file), leaf }, rows)) {
      faults.add(fault);
    }
    compared += file.rows;
    onRows(file.rows);
  }
  // Rows of a file that cannot be read are missing in any case: that was told.
  const broken = new Set(files.filter((file) => !whole.includes(file)).map(({ table }) => table));
  if (isAll) await missingRows(rows, { check, broken });
  return { comparedRows: compared - toFile, rowsToFile: toFile };
}

/** Rows below what the manifest says is stored that are in no file. */
async function missingRows(
  rows: RowCheck,
  { check, broken }: { readonly check: Check; readonly broken: ReadonlySet<string> },
): Promise<void> {
  const { options: { table }, snapshot, walked, faults } = check;
  const names = new Map([...walked.tables].map(([name, number]) => [number, name]));
  const isChosen = (name: string): boolean =>
    (table === undefined || name === table) && !broken.has(name);
  const wanted = new Set<number>();
  for (let index = 0; index < Math.min(snapshot.next, walked.rows.size); index++) {
    const name = names.get(walked.rows.tableOf(index));
    if (name !== undefined && !isChosen(name)) continue;
    if (!walked.rows.isWhole(index)) wanted.add(index);
  }
  if (wanted.size === 0) return;
  const indexes = [...wanted];
  const span = {
    first: indexes[0]!,
    last: indexes.at(-1)!,
    isWanted: ({ index }: { readonly index: number }) => wanted.has(index),
  };
  for await (const pieces of piecesIn(rows, span)) {
    for (const piece of pieces) {
      const { table: name } = piece.batch;
      if (!isChosen(name) || !isStorable(piece, rows)) continue;
      const index = piece.ledgerIndex;
      // Retention has deleted a file that may have had them: frames may be kept for longer.
      const spans = walked.removed.get(name) ?? [];
      if (spans.some(({ first, last }) => first <= index && index <= last)) continue;
      const lost = walked.rows.unmarked(index);
      const why = `${lost.length} rows of entry ${index} are in no file, from row ${lost[0]} on`;
      const fix = `${REBUILD} --all --table ${name}`;
      faults.add({ link: "row", code: "missing", why, fix, table: name, index, row: lost[0]! });
    }
  }
}

/** What cannot be laid out is in no file, and never was. */
function isStorable(
  piece: Parameters<typeof layOut>[0][number],
  { columns, categories }: RowCheck,
): boolean {
  try {
    layOut([piece], columns.get(piece.batch.table) ?? [], categories);
    return true;
  } catch {
    return false;
  }
}

/** Files that nobody names: the next start of the hub takes them away. */
function strays(folder: string, { options, snapshot, faults }: Check): void {
  const named = new Set<string>();
  for (const files of [...snapshot.files.values(), ...options.snapshot().files.values()]) {
    for (const { path } of files) named.add(path).add(indexPath(path));
  }
  for (const tier of ["hot", "cold"]) {
    for (const name of options.files.list(join(folder, tier))) {
      const file = `${tier}/${name}`;
      if (named.has(file)) continue;
      const why = "the manifest does not name it: the hub takes it away when it starts next";
      faults.add({ link: "file", code: "stray", why, file, isWarning: true });
    }
  }
}
