/**
 * ClickHouse beside the store, in a folder of its own that is removed afterwards.
 *
 * npm's `chdb` is installed for this run alone and without its scripts: no part of custos needs it.
 *
 * @module
 */
import { spawnSync } from "node:child_process";
import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { StoredColumn } from "../hub/store/layout.ts";

const CHDB = "chdb@3.4.0";

export interface ClickHouseAsked {
  /** Glob of Parquet files. */
  readonly files: string;
  readonly time: string;
  readonly columns: readonly StoredColumn[];
  /** SQL by name; the tables are `bench.lz4` and `bench.zstd3`. */
  readonly queries: Readonly<Record<string, string>>;
}

export interface ClickHouseMeasured {
  readonly version: string;
  /** With its default compression, and with `ZSTD(3)` on every column. */
  readonly bytes: { readonly lz4: number; readonly zstd3: number };
  /** Of each column with `ZSTD(3)`. */
  readonly columns: Readonly<Record<string, number>>;
  /** Best of three, two threads. */
  readonly cpuMs: Readonly<Record<string, number>>;
}

/** Installs ClickHouse in `folder`; gives the module's path. */
export function installClickHouse(folder: string): string {
  mkdirSync(folder, { recursive: true });
  const words = ["install", "--silent", "--no-save", "--ignore-scripts", "--no-audit", CHDB];
  const { status } = spawnSync("npm", words, { cwd: folder, stdio: "inherit" });
  if (status !== 0) throw new Error(`Cannot install ${CHDB}: npm ended with ${status}`);
  return join(folder, "node_modules", "chdb", "index.js");
}

/** Reads what is `asked` into ClickHouse and measures it there. */
export function measureClickHouse(
  program: string,
  folder: string,
  asked: ClickHouseAsked,
): ClickHouseMeasured {
  rmSync(folder, { recursive: true, force: true });
  const child = join(import.meta.dirname, "clickhouse_child.mjs");
  const { stdout, status } = spawnSync("node", [child, program, folder], {
    input: JSON.stringify(asked),
    encoding: "utf8",
    stdio: ["pipe", "pipe", "inherit"],
  });
  rmSync(folder, { recursive: true, force: true });
  if (status !== 0) throw new Error(`Cannot measure ClickHouse: it ended with ${status}`);
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- our own child
  return JSON.parse(stdout.slice(stdout.lastIndexOf('{"version"'))) as ClickHouseMeasured;
}
