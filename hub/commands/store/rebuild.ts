/**
 * `custos-hub store rebuild`.
 *
 * @module
 */
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import * as v from "valibot";
import { Instant } from "../../../sdk/api/values.ts";
import { loadOrCreateKeys } from "../../../sdk/proof/key_file.ts";
import { signer } from "../../../sdk/proof/sign.ts";
import { nodeFiles } from "../../../sdk/runtime/node_files.ts";
import { ADDRESS_CATEGORIES } from "../../../sdk/scrub/address.ts";
import { openControl } from "../../control.ts";
import { type Ledger, openLedger } from "../../ledger/ledger.ts";
import { LedgerError } from "../../ledger/ledger_error.ts";
import { CONTROL_FILE } from "../../listening.ts";
import { noteRecorder } from "../../notes.ts";
import { openManifest } from "../../store/manifest.ts";
import type { Rebuilt } from "../../store/rebuild/rebuild_cluster.ts";
import {
  RebuildError,
  type RebuildOptions,
  type RebuildReport,
  rebuildStore,
} from "../../store/rebuild/rebuild_store.ts";
import { fetchWhole } from "../../store/target/fetch_whole.ts";
import { readConfig } from "../read_config.ts";
import { openerOf } from "../target_of_config.ts";
import { type Call, checkRan, EXIT, required, text, UsageError } from "../command.ts";

const PROGRESS_EVERY_MS = 1000;
const TICKS_PER_MS = 10_000n;

export async function rebuildStoreCall(call: Call, isJson: boolean): Promise<number> {
  const data = required(call, "data");
  const isDryRun = call.values["dry-run"] === true;
  try {
    const report = await rebuilt(call, { data, isDryRun, isJson });
    call.out(isJson ? `${JSON.stringify(report)}\n` : textOf(data, report, isDryRun));
    const isRefused = report.rebuilt.some(({ isDone }) => !isDone) && !isDryRun;
    return isRefused ? EXIT.integrity : EXIT.ok;
  } catch (error) {
    const isDamage = error instanceof RebuildError ||
      (error instanceof LedgerError && error.code === "damaged");
    if (!isDamage) throw error;
    call.err(error.message);
    return EXIT.integrity;
  }
}

interface Asked {
  readonly data: string;
  readonly isDryRun: boolean;
  readonly isJson: boolean;
}

async function rebuilt(call: Call, { data, isDryRun, isJson }: Asked): Promise<RebuildReport> {
  const files = nodeFiles();
  const controlFile = join(data, CONTROL_FILE);
  checkRan(data, controlFile);
  checkRan(data, join(data, "ledger.key"));
  await using ledger = await openStopped(call, data);
  await using control = openControl(controlFile);
  const manifest = openManifest(control);
  const table = text(call, "table");
  if (table !== undefined && !manifest.snapshot.files.has(table)) {
    const names = [...manifest.snapshot.files.keys()].toSorted().join(", ") || "none";
    throw new UsageError(`--table is "${table}", there are files of: ${names}`);
  }
  const tell = progressTo(call, isJson);
  return await rebuildStore({
    files,
    folder: join(data, "store"),
    manifest,
    ledger,
    record: noteRecorder(ledger),
    categories: ADDRESS_CATEGORIES,
    table,
    from: timeOf(call, "from"),
    to: timeOf(call, "to"),
    isAll: call.values["all"] === true,
    fetch: fetchOf(call, join(data, "store"), ledger),
    isDeep: call.values["deep"] === true,
    isDryRun,
    acceptsLoss: call.values["accept-loss"] === true,
    signal: call.signal,
    onEntries: (more) => tell("entries read", more),
    onFile: () => tell("files looked at", 1),
    onRows: (more) => tell("rows made", more),
  });
}

/** With the target of the config that was named. */
function fetchOf(call: Call, folder: string, { logId }: Ledger): RebuildOptions["fetch"] {
  const config = text(call, "config");
  const opener = config === undefined ? undefined : openerOf(readConfig(config), call);
  if (opener === undefined) return undefined;
  const target = opener(Buffer.from(logId).toString("hex"));
  return (file) => fetchWhole({ files: nodeFiles(), folder, target }, file, call.signal);
}

function timeOf(call: Call, name: string): number | undefined {
  const value = text(call, name);
  if (value === undefined) return undefined;
  const time = v.safeParse(Instant, value);
  if (time.success) return Date.parse(time.output);
  throw new UsageError(
    `--${name} is "${value}", must be a time with its offset such as 2026-08-01T10:00:00Z`,
  );
}

async function openStopped(call: Call, data: string): Promise<Ledger> {
  const files = nodeFiles();
  const keys = await loadOrCreateKeys(files, join(data, "ledger.key"));
  try {
    return await openLedger({
      folder: join(data, "ledger"),
      files,
      keys,
      sign: signer(keys.privateKey),
      now: () => BigInt(Math.floor(call.now())) * TICKS_PER_MS,
      newLogId: () => new Uint8Array(randomBytes(8)),
    });
  } catch (cause) {
    if (!(cause instanceof LedgerError) || cause.code !== "foreign") throw cause;
    throw new UsageError(`a hub runs on ${data}: stop it first`, { cause });
  }
}

/** A line a second at most, with a count of its kind. */
function progressTo(call: Call, isJson: boolean): (what: string, more: number) => void {
  const counts = new Map<string, number>();
  let told = call.now();
  return (what, more) => {
    const count = (counts.get(what) ?? 0) + more;
    counts.set(what, count);
    if (call.now() - told < PROGRESS_EVERY_MS) return;
    told = call.now();
    call.err(isJson ? JSON.stringify({ event: "progress", what, count }) : `${count} ${what}`);
  };
}

function textOf(data: string, { rebuilt: all, indexes, whole }: RebuildReport, isDryRun: boolean) {
  const lines = [
    ...all.flatMap((one) => clusterLines(one, isDryRun)),
    ...indexes.map((path) => `index ${path}: ${isDryRun ? "would be made" : "made"} again`),
    `${data}: ${whole} files are whole, ${
      all.length === 0 ? "nothing" : "the others are told above"
    }` +
    `${all.length === 0 ? " to rebuild" : ""}`,
  ];
  return `${lines.join("\n")}\n`;
}

function clusterLines(one: Rebuilt, isDryRun: boolean): readonly string[] {
  const { table, replaced, made, rows, lostRows, tombstones, needed, isDone } = one;
  const lines = replaced.map(({ path, rows: had, why }) =>
    `${table}, ${path} (${had} rows): ${why}`
  );
  if (needed.length > 0) {
    const why = `${needed.join(", ")} may have rows of the same frames, and are at a target`;
    return [...lines, `  nothing was changed: ${why}: name the config that has it with -c`];
  }
  const had = replaced.reduce((sum, file) => sum + file.rows, 0);
  if (lostRows > 0) {
    lines.push(
      `  ${lostRows} rows CANNOT be made again: the bytes of their frames were deleted, by ` +
        `tombstone ${tombstones.join(", ")}`,
    );
    if (!isDone && !isDryRun) {
      const how = "get the file back from a copy, or call again with --accept-loss";
      return [...lines, `  nothing was changed: ${how}`];
    }
  }
  const names = made.map(({ path }) => path).join(", ");
  lines.push(`  ${rows} rows ${isDone ? `made again, in ${names || "no file"}` : "would be made"}`);
  if (rows + lostRows !== had) {
    lines.push(`  the files were said to have ${had} rows: their frames have ${rows}`);
  }
  return lines;
}
