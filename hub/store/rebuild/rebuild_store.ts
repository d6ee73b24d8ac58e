/**
 * Makes files of the store that are lost or damaged again from the ledger: `custos-hub store
 * rebuild`, on a hub that has stopped.
 *
 * @module
 */
import { join } from "node:path";
import type { Files } from "../../../sdk/runtime/files.ts";
import type { Ledger } from "../../ledger/ledger.ts";
import { openInputs } from "../cold/input_files.ts";
import { indexPath } from "../cold/file_index.ts";
import type { Manifest, StoredFile } from "../manifest.ts";
import type { StoreFileNote } from "../seal.ts";
import type { EntryRows } from "../verify/entry_rows.ts";
import { openFaults } from "../verify/fault.ts";
import { numbersOf } from "../verify/verify_rows.ts";
import { walkLedger } from "../verify/walk_ledger.ts";
import { clustersOf, withoutGaps } from "./cluster.ts";
import { findDamage } from "./find_damage.ts";
import { rebuildCluster, type Rebuilt } from "./rebuild_cluster.ts";
import { rewriteIndex } from "./rewrite_index.ts";

export interface RebuildOptions {
  readonly files: Files;
  /** The store's folder. */
  readonly folder: string;
  readonly manifest: Manifest;
  readonly ledger: Pick<Ledger, "read" | "durable" | "logId" | "checkpoint">;
  /** Puts a new file on record before the manifest names it. */
  readonly record: (note: StoreFileNote) => Promise<void>;
  /** Names of an address column's categories, by their number. */
  readonly categories: readonly string[];
  /** Of this table alone. */
  readonly table?: string | undefined;
  /** Files with an event at this time or later, ms since the Unix epoch. */
  readonly from?: number | undefined;
  /** Files with an event before this time. */
  readonly to?: number | undefined;
  /** Whole files too. */
  readonly isAll: boolean;
  /** Brings a file of a target here; gives why it is lost or damaged there. */
  readonly fetch?: ((file: StoredFile) => Promise<string | undefined>) | undefined;
  /** Compares each row with its frame to find what is damaged. */
  readonly isDeep: boolean;
  readonly isDryRun: boolean;
  /** Replaces files of which some rows cannot be made again. */
  readonly acceptsLoss: boolean;
  readonly signal: AbortSignal;
  readonly onEntries?: ((entries: number) => void) | undefined;
  readonly onFile?: ((file: StoredFile) => void) | undefined;
  readonly onRows?: ((rows: number) => void) | undefined;
}

export interface RebuildReport {
  readonly rebuilt: readonly Rebuilt[];
  /** Files whose index was made again. */
  readonly indexes: readonly string[];
  /** Files that were looked at and are whole. */
  readonly whole: number;
}

/** The ledger itself is damaged: nothing can be made of it. */
export class RebuildError extends Error {
  override readonly name = "RebuildError";
  readonly code = "ledger";
}

export async function rebuildStore(options: RebuildOptions): Promise<RebuildReport> {
  const { ledger, manifest: { snapshot }, files, folder, isDryRun, isAll } = options;
  const faults = openFaults();
  const { root } = ledger.checkpoint;
  const walked = await walkLedger({
    ...options,
    ledger: { ...ledger, durable: ledger.durable, root, read: (...args) => ledger.read(...args) },
    known: [],
    faults,
    isDeep: false,
  });
  if (faults.broken > 0) throw new RebuildError(`Cannot rebuild: ${faults.kept[0]!.why}`);
  const damage = await findDamage(options, walked);
  if (!isDryRun) {
    for (const { path } of damage.indexes) await rewriteIndex(files, join(folder, path));
  }
  const found = clustersOf(damage.damaged);
  const isEvery = isAll && options.from === undefined && options.to === undefined;
  const rebuilt: Rebuilt[] = [];
  for (const cluster of isEvery ? withoutGaps(found, snapshot.next) : found) {
    const rows = walked.rows.unseen();
    const whole = damage.whole.filter(({ table }) => table === cluster.table);
    for (const file of whole) markRows(options, file, rows);
    rebuilt.push(
      await rebuildCluster({
        cluster,
        options,
        walked,
        rows,
        elsewhere: damage.elsewhere,
      }),
    );
  }
  return {
    rebuilt,
    indexes: damage.indexes.map(({ path }) => indexPath(path)),
    whole: damage.whole.length,
  };
}

function markRows({ files, folder }: RebuildOptions, { path }: StoredFile, rows: EntryRows): void {
  using input = openInputs(files, [join(folder, path)]);
  const [indexes, numbers] = [numbersOf(input, "_LedgerIndex"), numbersOf(input, "_Row")];
  for (let at = 0; at < input.rows; at++) {
    const [index, row] = [indexes[at]!, numbers[at]!];
    if (row >= 0 && row < rows.rowsOf(index)) rows.mark(index, row);
  }
}
