/**
 * The stream index at the hub's start: from the last snapshot, then from the rest of the ledger.
 *
 * @module
 */
import type { Control } from "../control.ts";
import { restoreIndex, snapshotOf } from "./index_snapshot.ts";
import type { IngestLedger } from "./ingest_ledger.ts";
import { applyEntry, createIndex, type StreamIndex } from "./stream_index.ts";

/** The index of all durable entries. */
export async function loadIndex(
  ledger: IngestLedger,
  logId: string,
  snapshot: string | undefined,
): Promise<StreamIndex> {
  const restored = snapshot === undefined ? undefined : await restoreIndex(snapshot, ledger, logId);
  const index = restored ?? createIndex();
  for (;;) {
    const entries = await ledger.read(index.next);
    if (entries.length === 0) return index;
    for (const entry of entries) applyEntry(index, entry);
  }
}

/** The last snapshot on disk. */
export interface Snapshots {
  readonly text: string | undefined;
  /** Saves one of `index`, if it has moved since the last. */
  save(index: StreamIndex): Promise<void>;
}

/** Opens the snapshots of log `logId` in `control`. */
export function openSnapshots(
  control: Control,
  ledger: Pick<IngestLedger, "commit">,
  logId: string,
): Snapshots {
  control.exec(`create table if not exists ingest_snapshot (
    one integer primary key check (one = 1), text text not null
  ) strict`);
  const saved = control.get("select text from ingest_snapshot")?.["text"];
  let next = -1;
  return {
    text: typeof saved === "string" ? saved : undefined,
    async save(index) {
      if (index.next === next) return;
      next = index.next;
      const text = snapshotOf(index, logId);
      // Only of what is durable: after a crash other entries would stand in its place.
      await ledger.commit();
      control.run("insert or replace into ingest_snapshot (one, text) values (1, ?)", text);
    },
  };
}
