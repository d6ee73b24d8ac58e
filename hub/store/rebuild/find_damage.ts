/**
 * Which files of the store are lost or damaged, and which indexes.
 *
 * @module
 */
import { join } from "node:path";
import { sourceNamesOf } from "../../fanout/source_names.ts";
import type { StoredFile } from "../manifest.ts";
import { openFaults } from "../verify/fault.ts";
import { verifyFile } from "../verify/verify_file.ts";
import { type RowCheck, verifyRows } from "../verify/verify_rows.ts";
import type { WalkedLedger } from "../verify/walk_ledger.ts";
import type { RebuildOptions } from "./rebuild_store.ts";

/** A file whose rows must be made again. */
export interface Damaged {
  readonly file: StoredFile;
  /** The first thing that is wrong with it. */
  readonly why: string;
  /** Ledger indexes that its rows may be of, both inclusive. */
  readonly first: number;
  readonly last: number;
  /** Rows that it had, by its leaf where there is one. */
  readonly rows: number;
  /** Its times in the manifest are not to be trusted, or do not matter. */
  readonly isAnyTime: boolean;
}

export interface Damage {
  readonly damaged: readonly Damaged[];
  /** Whole files whose index must be made again. */
  readonly indexes: readonly StoredFile[];
  /** Whole files, whatever was asked for: their rows are there. */
  readonly whole: readonly StoredFile[];
  /** Files at a target, of which no copy is here: nobody knows whether they are whole. */
  readonly elsewhere: readonly StoredFile[];
}

export async function findDamage(options: RebuildOptions, walked: WalkedLedger): Promise<Damage> {
  const { manifest: { snapshot }, table, isAll, onFile, signal } = options;
  const damaged: Damaged[] = [];
  const indexes: StoredFile[] = [];
  const whole: StoredFile[] = [];
  const elsewhere: StoredFile[] = [];
  const all = [...snapshot.files.values()].flat();
  const files = all.filter((file) => table === undefined || file.table === table);
  for (const file of files) {
    signal.throwIfAborted();
    const state = await stateOf(file, options, walked);
    const isChosen = isWithin(file, options);
    if (state.isElsewhere) {
      elsewhere.push(file);
      continue;
    }
    const why = state.why ?? (isAll && isChosen ? "asked for" : undefined);
    if (why === undefined) {
      whole.push(file);
      if (state.isIndexBroken && isChosen) indexes.push(file);
    } else if (isChosen) damaged.push(damagedOf({ ...state, file, why }, options, walked));
    onFile?.(file);
  }
  return { damaged, indexes, whole, elsewhere };
}

function isWithin({ fromMs, toMs, timeless }: StoredFile, { from, to }: RebuildOptions): boolean {
  if (timeless > 0) return true;
  return (from === undefined || toMs >= from) && (to === undefined || fromMs < to);
}

interface FileState {
  readonly why?: string | undefined;
  /** Its bytes are those that were sealed, and its rows are others than its frames'. */
  readonly isFalse: boolean;
  readonly isIndexBroken: boolean;
  readonly isElsewhere?: boolean;
}

async function stateOf(
  file: StoredFile,
  options: RebuildOptions,
  walked: WalkedLedger,
): Promise<FileState> {
  const { files, folder, ledger, manifest, isDeep } = options;
  if (file.place !== undefined && isWithin(file, options)) {
    const why = await options.fetch?.(file);
    if (why !== undefined) return { why, isFalse: false, isIndexBroken: false };
  }
  const faults = openFaults();
  const isReadable = await verifyFile(file, {
    files,
    pathOf: ({ path }) => join(folder, path),
    isNamed: () => true,
    seals: walked.seals,
    faults,
    isDeep,
  });
  const own = faults.kept.find(({ link, isWarning }) => link !== "index" && isWarning !== true);
  const isIndexBroken = faults.kept.some(({ link }) => link === "index");
  if (faults.kept.some(({ code }) => code === "elsewhere")) {
    return { isFalse: false, isIndexBroken: false, isElsewhere: true };
  }
  if (own !== undefined || !isReadable) {
    return { why: own?.why ?? "it cannot be read", isFalse: false, isIndexBroken };
  }
  if (!isDeep) return { isFalse: false, isIndexBroken };
  const rows: RowCheck = {
    ...options,
    sourceName: sourceNamesOf(ledger),
    // Of this file alone: that another has a row as well is not for this one to tell.
    rows: walked.rows.unseen(),
    columns: manifest.snapshot.columns,
    tombstones: walked.tombstones,
  };
  const leaf = walked.seals.get(file.path)?.at(-1)?.index;
  const path = join(folder, file.path);
  for await (const { why, isWarning } of verifyRows({ file, path, leaf }, rows)) {
    if (isWarning !== true) return { why, isFalse: true, isIndexBroken };
  }
  return { isFalse: false, isIndexBroken };
}

function damagedOf(
  { file, why, isFalse }:
    & { readonly file: StoredFile; readonly why: string }
    & Pick<FileState, "isFalse">,
  { manifest: { snapshot }, isAll }: RebuildOptions,
  { seals }: WalkedLedger,
): Damaged {
  const leaf = seals.get(file.path)?.at(-1);
  const span = leaf ?? file.seal ?? { first: hotStart(file.path), last: snapshot.next - 1 };
  const rows = leaf?.rows ?? file.rows;
  return { file, why, first: span.first, last: span.last, rows, isAnyTime: isFalse || isAll };
}

/** The name of a hot file begins with the first entry that was in memory when it was written. */
function hotStart(path: string): number {
  return Number(/^hot\/(\d+)-/.exec(path)?.[1] ?? 0);
}
