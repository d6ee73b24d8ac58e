/**
 * `custos-hub store verify`.
 *
 * @module
 */
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { originOf, parseCheckpoint } from "../../../sdk/proof/checkpoint.ts";
import { troubleOf } from "../../../sdk/runtime/file_trouble.ts";
import { nodeFiles } from "../../../sdk/runtime/node_files.ts";
import { ADDRESS_CATEGORIES } from "../../../sdk/scrub/address.ts";
import type { LedgerView } from "../../ledger/ledger_view.ts";
import type { StoreFault } from "../../store/verify/fault.ts";
import {
  type VerifyProgress,
  type VerifyReport,
  verifyStore,
} from "../../store/verify/verify_store.ts";
import type { KnownTree } from "../../store/verify/walk_ledger.ts";
import { type Call, EXIT, required, text, UsageError } from "../command.ts";
import { lookAt } from "./folder.ts";
import { isDamage } from "../backup.ts";

const PROGRESS_EVERY_MS = 1000;

export async function verifyStoreCall(call: Call, isJson: boolean): Promise<number> {
  const data = required(call, "data");
  const [table, file] = [text(call, "table"), text(call, "file")];
  if (table !== undefined && file !== undefined) {
    throw new UsageError("--table and --file exclude each other");
  }
  try {
    const report = await judged(call, { data, table, file, isJson });
    call.out(isJson ? `${JSON.stringify(report)}\n` : textOf(data, report));
    return report.broken === 0 ? EXIT.ok : EXIT.integrity;
  } catch (error) {
    if (!isDamage(error)) throw error;
    call.err(error.message);
    return EXIT.integrity;
  }
}

interface Asked {
  readonly data: string;
  readonly table: string | undefined;
  readonly file: string | undefined;
  readonly isJson: boolean;
}

async function judged(call: Call, { data, table, file, isJson }: Asked): Promise<VerifyReport> {
  const files = nodeFiles();
  await using looked = await lookAt(files, data);
  const kept = await keptTree(call);
  const snapshot = looked.snapshot();
  checkTable(snapshot.files, table);
  const isListed = [...snapshot.files.values()].flat().some(({ path }) => path === file);
  if (file !== undefined && !isListed && !existsSync(file)) {
    throw new UsageError(
      `--file is "${file}", must be a file that the manifest names, such as cold/NAME.parquet, or one that is there`,
    );
  }
  return await verifyStore({
    files,
    folder: looked.store,
    snapshot: looked.snapshot,
    ledger: looked.ledger,
    known: async (ledger) => [
      ...await looked.known(ledger),
      ...(kept === undefined ? [] : [treeOf(kept, ledger)]),
    ],
    categories: ADDRESS_CATEGORIES,
    table,
    ...(file !== undefined && (isListed ? { path: file } : { copy: file })),
    isDeep: call.values["deep"] === true,
    signal: call.signal,
    onProgress: progressTo(call, isJson),
  });
}

function checkTable(tables: ReadonlyMap<string, unknown>, table: string | undefined): void {
  if (table === undefined || tables.has(table)) return;
  const names = [...tables.keys()].toSorted().join(", ") || "none";
  throw new UsageError(`--table is "${table}", there are files of: ${names}`);
}

type Kept = ReturnType<typeof parseCheckpoint>;

async function keptTree(call: Call): Promise<Kept | undefined> {
  const file = text(call, "checkpoint");
  if (file === undefined) return undefined;
  try {
    return parseCheckpoint(await readFile(file, "utf8"));
  } catch (cause) {
    const why = cause instanceof Error && "syscall" in cause ? troubleOf(cause) : String(cause);
    throw new UsageError(`--checkpoint ${file} cannot be read: ${why}`, { cause });
  }
}

function treeOf({ origin, size, root }: Kept, { logId }: LedgerView): KnownTree {
  const own = originOf(logId);
  if (origin === own) return { size, root, by: "the checkpoint of --checkpoint" };
  throw new UsageError(`--checkpoint is of log ${origin}, this ledger is ${own}`);
}

/** A line a second at most. */
function progressTo(call: Call, isJson: boolean): (progress: VerifyProgress) => void {
  let told = call.now();
  return ({ step, done, total }) => {
    if (call.now() - told < PROGRESS_EVERY_MS) return;
    told = call.now();
    const percent = Math.floor(100 * done / Math.max(1, total));
    call.err(
      isJson
        ? JSON.stringify({ event: "progress", step, done, total })
        : `${step}: ${percent} % of ${total} ${step === "files" ? "bytes" : UNITS[step]}`,
    );
  };
}

const UNITS = { ledger: "entries", rows: "rows" } as const;

function textOf(data: string, report: VerifyReport): string {
  const { broken, warnings, faults, files, rows, entries, frames, root } = report;
  const { comparedRows, rowsToFile } = report;
  const state = broken === 0 ? "every link holds" : `BROKEN, ${broken} faults`;
  const more = broken + warnings - faults.length;
  const lines = [
    `${data}: ${state}${warnings === 0 ? "" : `, ${warnings} warnings`}`,
    `  ledger   ${entries} entries with ${frames} frames, root ${root}`,
    `  files    ${files} with ${rows} rows`,
    ...(comparedRows === 0 ? [] : [`  compared ${comparedRows} rows with their frames`]),
    ...(rowsToFile === 0
      ? []
      : [`  to file  ${rowsToFile} rows are proved to their files: their frames were deleted`]),
    ...faults.flatMap(faultLines),
    ...(more > 0 ? [`and ${more} more`] : []),
  ];
  return `${lines.join("\n")}\n`;
}

function faultLines(fault: StoreFault): readonly string[] {
  const { link, code, why, fix, table, file, isWarning } = fault;
  const place = [table, file].filter((part) => part !== undefined).join(", ");
  const head = `${isWarning === true ? "warning" : "BROKEN"} at ${link}`;
  return [
    `${head}${place === "" ? "" : `, ${place}`}: ${why} (${code})`,
    ...(fix === undefined ? [] : [`  ${fix}`]),
  ];
}
