/**
 * What it costs to check a store against its ledger, and to make its files again.
 *
 * The log table of `bench:query` in a ledger of signed frames, stored and compacted; least CPU time
 * of three, user and system, of this process alone.
 *
 * `npm run bench:store -- [--rows N]`
 *
 * @module
 */
import { rmSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { viewLedger } from "../hub/ledger/ledger_view.ts";
import { noteRecorder } from "../hub/notes.ts";
import { type LedgerRoom, openLedgerRoom } from "../hub/store/ledger_room.ts";
import { rebuildStore } from "../hub/store/rebuild/rebuild_store.ts";
import { verifyStore } from "../hub/store/verify/verify_store.ts";
import type { ColumnBatch } from "../sdk/columns/column.ts";
import { nodeFiles } from "../sdk/runtime/node_files.ts";
import { ADDRESS_CATEGORIES } from "../sdk/scrub/address.ts";
import { logFrames } from "./log_table.ts";

const { values } = parseArgs({ options: { rows: { type: "string", default: "1000000" } } });
const rows = Number(values.rows);
/** As many as a hub compacts at once. */
const GROUP_ROWS = 393_216;
const { signal } = new AbortController();
const files = nodeFiles();

await using room = await filled();
tell("store verify", await least(() => verify(false)));
tell("store verify --deep", await least(() => verify(true)));
tell("store rebuild", await least(rebuild));

async function filled(): Promise<LedgerRoom> {
  const made = await openLedgerRoom();
  let group: ColumnBatch[] = [];
  let count = 0;
  const take = async (): Promise<void> => {
    await made.take(group);
    await made.compact();
    group = [];
    count = 0;
  };
  for (const batch of logFrames(rows)) {
    group.push(batch);
    count += batch.rows;
    if (count >= GROUP_ROWS) await take();
  }
  if (count > 0) await take();
  return made;
}

async function verify(isDeep: boolean): Promise<void> {
  const report = await verifyStore({
    files,
    folder: join(room.folder, "store"),
    snapshot: () => room.manifest.snapshot,
    ledger: () => viewLedger(files, join(room.folder, "ledger")),
    known: () => Promise.resolve([]),
    categories: ADDRESS_CATEGORIES,
    isDeep,
    signal,
  });
  if (report.broken > 0 || report.rows !== rows) throw new Error(JSON.stringify(report.faults[0]));
}

async function rebuild(): Promise<void> {
  for (const { path } of [...room.manifest.snapshot.files.values()].flat()) {
    rmSync(join(room.folder, "store", path));
  }
  const { rebuilt } = await rebuildStore({
    files,
    folder: join(room.folder, "store"),
    manifest: room.manifest,
    ledger: room.ledger,
    record: noteRecorder(room.ledger),
    categories: ADDRESS_CATEGORIES,
    isAll: false,
    isDeep: false,
    isDryRun: false,
    acceptsLoss: false,
    signal,
  });
  const made = rebuilt.reduce((sum, one) => sum + one.rows, 0);
  if (made !== rows) throw new Error(`${made} rows were made of ${rows}`);
}

/** Seconds of CPU. */
async function least(work: () => Promise<void>): Promise<number> {
  let best = Infinity;
  for (let i = 0; i < 3; i++) {
    const before = process.cpuUsage();
    await work();
    const { user, system } = process.cpuUsage(before);
    best = Math.min(best, (user + system) / 1e6);
  }
  return best;
}

function tell(what: string, seconds: number): void {
  const perSecond = Math.round(rows / seconds).toLocaleString("en");
  process.stdout.write(`${what}: ${seconds.toFixed(2)} s, ${perSecond} rows per CPU-second\n`);
}
