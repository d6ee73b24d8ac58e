/**
 * Checks one file of the store: what the manifest says of it, its leaf, its bytes, its index.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { type Files, FilesError, readWhole } from "../../../sdk/runtime/files.ts";
import { decodeIndex, indexPath } from "../cold/file_index.ts";
import { type InputFiles, openInputs } from "../cold/input_files.ts";
import { spanOf } from "../cold/row_order.ts";
import type { StoredFile } from "../manifest.ts";
import { ParquetError } from "../../../sdk/parquet/parquet_error.ts";
import { TIME_COLUMN } from "../time_span.ts";
import type { FaultList, StoreFault } from "./fault.ts";
import { hidesRows } from "./hides_rows.ts";
import type { SealLeaf } from "./walk_ledger.ts";

export interface FileCheck {
  readonly files: Files;
  /** Where the bytes of a file are. */
  readonly pathOf: (file: StoredFile) => string;
  /** Whether the manifest still names it: a hub that runs takes files away. */
  readonly isNamed: (file: StoredFile) => boolean;
  /** By path, oldest first. */
  readonly seals: ReadonlyMap<string, readonly SealLeaf[]>;
  readonly faults: FaultList;
  /** Looks for each value of the file in its index. */
  readonly isDeep: boolean;
}

export const REBUILD = "custos-hub store rebuild";
const TICKS_PER_MS = 10_000n;
const NOT_MADE = "its rows are in no other file: rebuild it from the ledger with " + REBUILD;

/** Whether the file can be read as the one that the manifest means; else why not is in the list. */
export async function verifyFile(file: StoredFile, check: FileCheck): Promise<boolean> {
  const tell = teller(file, check.faults);
  verifyLeaf(file, check);
  const bytes = await readWhole(check.files, check.pathOf(file));
  if (bytes === undefined) {
    if (!check.isNamed(file)) return false;
    if (file.place !== undefined) {
      const why = `it is at ${file.place} and was not looked at`;
      tell({
        link: "file",
        code: "elsewhere",
        why,
        fix: "check a copy of it with --file",
        isWarning: true,
      });
      return false;
    }
    tell({ link: "file", code: "missing", why: "the file is missing", fix: NOT_MADE });
    return false;
  }
  const { seal } = file;
  const isSealed = seal === undefined ||
    createHash("sha256").update(bytes).digest("hex") === seal.hash;
  if (!isSealed) {
    const why = "its bytes are not those whose hash was sealed";
    tell({ link: "file", code: "hash", why, fix: NOT_MADE });
  } else if (bytes.length !== file.bytes) {
    const why = `the manifest says ${file.bytes} bytes, it has ${bytes.length}`;
    tell({ link: "manifest", code: "bytes", why });
  }
  return readable(file, check, tell) && isSealed;
}

/** Checks what manifest and ledger say of the file, without its bytes. */
export function verifyLeaf(file: StoredFile, { seals, faults }: FileCheck): void {
  if (file.tier !== "cold") return;
  leafFaults(file, seals.get(file.path) ?? []).forEach(teller(file, faults));
}

type Tell = (fault: StoreFault) => void;

function teller({ table, path }: StoredFile, faults: FaultList): Tell {
  return (fault) => faults.add({ table, file: path, ...fault });
}

function leafFaults(file: StoredFile, leaves: readonly SealLeaf[]): readonly StoreFault[] {
  const { seal } = file;
  const leaf = leaves.at(-1);
  if (seal === undefined && leaf === undefined) {
    const why = "an older hub made it and has put no hash of it in the ledger";
    const fix = `${REBUILD} --all makes it anew, with a leaf`;
    return [{ link: "leaf", code: "unsealed", why, fix, isWarning: true }];
  }
  if (leaf === undefined) {
    const why = "the ledger has no note of it: whoever named it in the manifest is no hub";
    return [{ link: "leaf", code: "missing", why, fix: NOT_MADE }];
  }
  const said = { table: file.table, rows: file.rows, ...seal };
  const wrong = (["table", "rows", "hash", "first", "last"] as const)
    .filter((name) => said[name] !== leaf[name])
    .map((name) => `${name} ${said[name] ?? "not known"} and not ${leaf[name]}`);
  if (wrong.length === 0) return [];
  const why = `the manifest says ${wrong.join(", ")}, as its leaf does`;
  return [{ link: "manifest", code: "seal", why, index: leaf.index, fix: NOT_MADE }];
}

/** Whether it is a file of the store, whose rows are as many and as old as is said. */
function readable(file: StoredFile, check: FileCheck, tell: Tell): boolean {
  try {
    using input = openInputs(check.files, [check.pathOf(file)]);
    if (input.rows !== file.rows) {
      const why = `it has ${input.rows} rows, the manifest says ${file.rows}`;
      tell({ link: "rows", code: "count", why, fix: NOT_MADE });
      return false;
    }
    spanFaults(file, input).forEach(tell);
    if (file.tier === "cold") {
      indexFaults(indexPath(check.pathOf(file)), input, check).forEach(tell);
    }
    return true;
  } catch (error) {
    if (!(error instanceof ParquetError || error instanceof FilesError)) throw error;
    const isGone = error instanceof FilesError && error.code === "missing";
    const why = isGone ? "the file is missing" : `it is no file of the store: ${error.message}`;
    tell({ link: "file", code: isGone ? "missing" : "format", why, fix: NOT_MADE });
    return false;
  }
}

/** What queries leave a file out by must be true of its rows. */
function spanFaults(file: StoredFile, input: InputFiles): readonly StoreFault[] {
  const all = Uint32Array.from({ length: input.rows }, (_, row) => row);
  const spans = (name: string) => {
    const column = input.columns.find((one) => one.name === name && one.type === "int64");
    return spanOf(column && input.read(column), all);
  };
  const faults: StoreFault[] = [];
  const time = spans(TIME_COLUMN);
  const [fromMs, toMs] = [msOf(time.least) ?? Infinity, msOf(time.most) ?? -Infinity];
  if (fromMs < file.fromMs || toMs > file.toMs || time.none > file.timeless) {
    const why = "it has rows outside of the times that the manifest says: queries leave them out";
    faults.push({ link: "manifest", code: "times", why, fix: NOT_MADE });
  }
  const { least = 0n, most = 0n } = spans("_LedgerIndex");
  const { seal } = file;
  if (seal !== undefined && (Number(least) !== seal.first || Number(most) !== seal.last)) {
    const why = `its rows are of entries ${least} to ${most}, its leaf says ${seal.first} to ` +
      `${seal.last}`;
    faults.push({ link: "rows", code: "range", why, fix: NOT_MADE });
  }
  return faults;
}

function msOf(ticks: bigint | undefined): number | undefined {
  if (ticks === undefined) return undefined;
  const rest = ((ticks % TICKS_PER_MS) + TICKS_PER_MS) % TICKS_PER_MS;
  return Number((ticks - rest) / TICKS_PER_MS);
}

function indexFaults(
  path: string,
  input: InputFiles,
  { files, isDeep }: FileCheck,
): readonly StoreFault[] {
  const fix = `${REBUILD} makes it again`;
  const bytes = readNow(files, path);
  if (bytes === undefined) {
    const why = "its index is missing: each query opens the file";
    return [{ link: "index", code: "missing", why, fix, isWarning: true }];
  }
  const index = decodeIndex(bytes);
  if (index === undefined) {
    const why = "its index is damaged: each query opens the file";
    return [{ link: "index", code: "damaged", why, fix, isWarning: true }];
  }
  const hidden = isDeep ? hidesRows(index, input) : undefined;
  if (hidden === undefined) return [];
  const why = `its index leaves out a value that column "${hidden}" has: queries miss rows`;
  return [{ link: "index", code: "hides", why, fix, column: hidden }];
}

function readNow(files: Files, path: string): Uint8Array | undefined {
  try {
    const file = files.open(path, "read");
    try {
      const bytes = new Uint8Array(file.size());
      let done = 0;
      for (let n = 1; done < bytes.length && n > 0; done += n) {
        n = file.readNow(bytes.subarray(done), done);
      }
      return bytes.subarray(0, done);
    } finally {
      file.close();
    }
  } catch (error) {
    if (error instanceof FilesError && error.code === "missing") return undefined;
    throw error;
  }
}
