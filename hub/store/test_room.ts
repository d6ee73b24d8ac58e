/**
 * A store in a temporary folder with its manifest and engine, for tests.
 *
 * @module
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ColumnBatch } from "../../sdk/columns/column.ts";
import { TableWriter } from "../../sdk/columns/writer.ts";
import { nodeFiles } from "../../sdk/runtime/node_files.ts";
import { ADDRESS_CATEGORIES } from "../../sdk/scrub/address.ts";
import { type Columns, type RowOf, schemaOf, table } from "../../sdk/table.ts";
import { type Control, openControl } from "../control.ts";
import type { Item } from "../fanout/follower.ts";
import { type Engine, type EngineOptions, openEngine } from "./engine.ts";
import type { Cell } from "./engine_messages.ts";
import { type Manifest, openManifest } from "./manifest.ts";
import { openStore, type Store, type StoreOptions } from "./store.ts";

/** Where one test has its files; all is removed and ended when it is disposed. */
export interface Room extends AsyncDisposable {
  readonly folder: string;
  readonly control: Control;
  readonly manifest: Manifest;
  readonly engine: Engine;
  /** Opens the store as a start of the hub would. Nothing is flushed by time. */
  store(options?: Partial<StoreOptions>): Promise<Store>;
}

/** Runs `run` after `ms` in real time. */
export function after(ms: number, run: () => void): () => void {
  const timer = setTimeout(run, ms);
  return () => clearTimeout(timer);
}

/** A timer that never rings. */
export const never = (): () => void => () => undefined;

export function openRoom(engineOptions: Partial<EngineOptions> = {}): Room {
  const folder = mkdtempSync(join(tmpdir(), "custos-store-"));
  const control = openControl(join(folder, "control.sqlite"));
  const manifest = openManifest(control);
  const engine = openEngine({ after, processes: 1, ...engineOptions });
  return {
    folder,
    control,
    manifest,
    engine,
    store: (options = {}) =>
      openStore({
        manifest,
        folder,
        files: nodeFiles(),
        categories: ADDRESS_CATEGORIES,
        after: never,
        pause: () => Promise.resolve(),
        ...options,
      }),
    async [Symbol.asyncDispose]() {
      await engine[Symbol.asyncDispose]();
      await control[Symbol.asyncDispose]();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** The rows of one SELECT. */
export async function selectAll(
  engine: Engine,
  sql: string,
  files: readonly string[],
): Promise<readonly (readonly Cell[])[]> {
  const rows: (readonly Cell[])[] = [];
  const signal = new AbortController().signal;
  for await (const chunk of engine.select({ sql, values: [], files }, signal)) {
    rows.push(...chunk.rows);
  }
  return rows;
}

/** A batch of `rows` of a table declared by `columns`; its time column is `TimeGenerated`. */
export function batchOf<const C extends Columns>(
  name: string,
  columns: C,
  rows: readonly RowOf<C>[],
): ColumnBatch {
  const declared = table<Columns>({ doc: "", time: "TimeGenerated", columns });
  const writer = new TableWriter(schemaOf(name, declared));
  for (const row of rows) writer.add(row);
  return writer.view();
}

/** A frame's item as the fan-out gives it; only what the store reads of it is there. */
export function itemOf(index: number, batch: ColumnBatch | undefined): Item {
  const item = { index, hubTime: 17_900_000_000_000_000n + BigInt(index), kind: "frame" };
  const frame = { agent: "ab".repeat(16), source: "one", batch: () => batch };
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- header, payload and hash are not read
  return { ...item, ...(batch !== undefined && { frame }) } as unknown as Item;
}
