/**
 * What a row costs from its frame to a sealed file, under all the load that a hub can take.
 *
 * @module
 */
import { rmSync } from "node:fs";
import type { Engine } from "../hub/store/engine.ts";
import { batchIn, framesOf } from "./corpus_frames.ts";
import { bytesOf, makeLogStore } from "./log_store.ts";
import { LOG_TABLE, logFrames } from "./log_table.ts";

/** Microseconds of CPU a row. */
export interface StoreCost {
  readonly rows: number;
  /** Out of the bytes of a frame: its body unpacked, its columns laid over it. */
  readonly decoding: number;
  /** Laid out, encoded, written and synced as hot files, and in the manifest. */
  readonly hot: number;
  /** All of the process that compacts: read, cut, encoded, indexed, hashed, written. */
  readonly cold: number;
  /** A row on disk. */
  readonly bytes: number;
}

/** Puts `rows` rows of the log table through a store in `folder`, which is removed afterwards. */
export async function measureStore(
  rows: number,
  { folder, engine }: { readonly folder: string; readonly engine: Engine },
): Promise<StoreCost> {
  const frames = framesOf(logFrames(rows));
  const before = process.cpuUsage();
  for (const frame of frames) batchIn(frame);
  const { user, system } = process.cpuUsage(before);
  try {
    await using store = await makeLogStore(decoded(frames), { folder, engine, isBusy: true });
    return {
      rows,
      decoding: (user + system) / rows,
      hot: (store.writeSeconds * 1e6) / rows,
      cold: (store.compactSeconds * 1e6) / rows,
      bytes: bytesOf(store, LOG_TABLE) / rows,
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function* decoded(frames: readonly Uint8Array[]) {
  for (const frame of frames) yield batchIn(frame);
}

export function printStoreCost({ rows, decoding, hot, cold, bytes }: StoreCost): void {
  const perSecond = (microseconds: number): number => Math.round(1e6 / microseconds);
  const parts = [["decoding", decoding], ["hot files", hot], ["sealed cold files", cold]] as const;
  for (const [name, each] of parts) console.log(`${name.padEnd(18)} ${each.toFixed(2)} us a row`);
  console.log(
    `frames to sealed files: ${perSecond(hot + cold)} rows a CPU-second of decoded frames, ${
      perSecond(decoding + hot + cold)
    } of encoded ones (goal 150000); ${bytes.toFixed(1)} bytes a row (${rows} rows, all the load)`,
  );
}
