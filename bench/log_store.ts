/**
 * Puts frames into a store as the hub does: hot files, then compaction until nothing is left to do.
 *
 * @module
 */
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { openControl } from "../hub/control.ts";
import type { Item } from "../hub/fanout/follower.ts";
import { indexPath } from "../hub/store/cold/file_index.ts";
import { COMPACT_POLICY, compactOnce } from "../hub/store/compact.ts";
import type { Engine } from "../hub/store/engine.ts";
import { type Manifest, openManifest, type StoredFile } from "../hub/store/manifest.ts";
import { readFooter } from "../sdk/parquet/read_footer.ts";
import { openStore } from "../hub/store/store.ts";
import type { ColumnBatch } from "../sdk/columns/column.ts";
import { nodeFiles } from "../sdk/runtime/node_files.ts";
import { ADDRESS_CATEGORIES } from "../sdk/scrub/address.ts";

/** A store on disk, and what it cost to make it. */
export interface LogStore extends AsyncDisposable {
  readonly folder: string;
  readonly manifest: Manifest;
  /** CPU of this process for the hot files, without making the frames. */
  readonly writeSeconds: number;
  /** CPU of the engine's process for the cold ones. */
  readonly compactSeconds: number;
  readonly rows: number;
}

const HUB_TIME = 17_900_000_000_000_000n;
const AGENT = "ab".repeat(16);

export interface LogStoreOptions {
  readonly folder: string;
  readonly engine: Engine;
  /** As under all the load that a hub can take; else as one that keeps up with ease. */
  readonly isBusy: boolean;
}

/** Hot files of `frames`, compacted by `engine` whenever the hub would. */
export async function makeLogStore(
  frames: Iterable<ColumnBatch>,
  { folder, engine, isBusy }: LogStoreOptions,
): Promise<LogStore> {
  const files = nodeFiles();
  files.makeFolder(folder);
  const control = openControl(join(folder, "control.sqlite"));
  const manifest = openManifest(control);
  let compactMs = 0;
  const counting: Engine = {
    select: (request, stop, deadlineMs) => engine.select(request, stop, deadlineMs),
    compact: (request, stop) =>
      engine.compact({ ...request, onCost: ({ cpuMs }) => (compactMs += cpuMs) }, stop),
    [Symbol.asyncDispose]: () => engine[Symbol.asyncDispose](),
  };
  const busyRows = isBusy ? 0 : Infinity;
  const policy = { ...COMPACT_POLICY, busyRows };
  const options = { manifest, engine: counting, files, folder, policy };
  const signal = new AbortController().signal;
  await using store = await openStore({
    ...options,
    categories: ADDRESS_CATEGORIES,
    after: () => () => undefined,
    pause: () => Promise.resolve(),
  });
  let [index, rows, cpu] = [0, 0, 0];
  for (const batch of frames) {
    const before = process.cpuUsage();
    await store.take([itemOf(index++, batch)]);
    cpu += microseconds(before);
    rows += batch.rows;
    if (index % 64 === 0) { while (await compactOnce(options, signal)); }
  }
  const before = process.cpuUsage();
  await store.flush();
  cpu += microseconds(before);
  // A hub would get there with the frames that come later.
  while (await compactOnce({ ...options, policy: { ...policy, hotFiles: 1 } }, signal));
  return {
    folder,
    manifest,
    rows,
    writeSeconds: cpu / 1e6,
    compactSeconds: compactMs / 1000,
    [Symbol.asyncDispose]: () => control[Symbol.asyncDispose](),
  };
}

/** What the files of `table` take on disk, their indexes included. */
export function bytesOf({ manifest, folder }: LogStore, table: string): number {
  const files: readonly StoredFile[] = manifest.snapshot.files.get(table) ?? [];
  const indexBytes = ({ path }: StoredFile): number =>
    statSync(join(folder, indexPath(path)), { throwIfNoEntry: false })?.size ?? 0;
  return files.reduce((sum, file) => sum + file.bytes + indexBytes(file), 0);
}

/** What each column of `table` takes, and the indexes of all under `index`. */
export function columnBytes(
  { manifest, folder }: LogStore,
  table: string,
): ReadonlyMap<string, number> {
  const sizes = new Map<string, number>();
  const add = (name: string, bytes: number): void =>
    void sizes.set(name, (sizes.get(name) ?? 0) + bytes);
  for (const { path } of manifest.snapshot.files.get(table) ?? []) {
    const bytes = readFileSync(join(folder, path));
    const footer = readFooter((at, length) => bytes.subarray(at, at + length), bytes.length);
    for (const { chunks } of footer.groups) {
      for (const chunk of chunks) add(chunk.column.name, chunk.bytes);
    }
    const index = statSync(join(folder, indexPath(path)), { throwIfNoEntry: false });
    add("index", index?.size ?? 0);
  }
  return sizes;
}

function microseconds(before: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(before);
  return user + system;
}

/** A frame's item as the fan-out gives it; only what the store reads of it is there. */
function itemOf(index: number, batch: ColumnBatch): Item {
  const frame = { agent: AGENT, source: "bench", batch: () => batch };
  const item = { index, hubTime: HUB_TIME + BigInt(index) * 5_000_000n, kind: "frame", frame };
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- header, payload and hash are not read
  return item as unknown as Item;
}
