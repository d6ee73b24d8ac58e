/**
 * A ledger as somebody else sees it who changes nothing: beside a hub that runs, after it has
 * stopped, or in a backup.
 *
 * @module
 */
import { rootOf } from "../../sdk/proof/merkle.ts";
import type { Files } from "../../sdk/runtime/files.ts";
import { durablePart } from "./durable_part.ts";
import type { Ledger } from "./ledger.ts";
import { LedgerError } from "./ledger_error.ts";
import { readSegment, readStartOf, type Segment, segmentPath } from "./segments.ts";

/** What was written when it was opened; what comes later is not in it. */
export interface LedgerView extends Pick<Ledger, "read" | "durable"> {
  /** 8 bytes. */
  readonly logId: Uint8Array;
  /** Of the tree over all its entries, 32 bytes. */
  readonly root: Uint8Array;
}

/** Where the file of a segment is, and what is said of the whole. */
export interface ViewPlan extends Pick<LedgerView, "logId" | "root"> {
  readonly size: number;
  readonly segments: readonly { readonly first: number; readonly path: string }[];
}

/**
 * Opens what is in `folder`: every whole record counts. A hub that runs may not have synced the last
 * ones, but its manifest names nothing whose note is not.
 *
 * @throws {LedgerError} `damaged`; `format` where it is none.
 */
export async function viewLedger(files: Files, folder: string): Promise<LedgerView> {
  const part = await durablePart(files, folder, false);
  if (part === undefined) {
    throw new LedgerError("format", `Cannot read ledger in ${folder}: it has no durable entry yet`);
  }
  const segments = part.segments.map(({ first }) => ({ first, path: segmentPath(folder, first) }));
  const { logId, range } = part;
  return await openView(files, { logId, root: rootOf(range), size: range.size, segments });
}

/** As {@link viewLedger}, of files that a list names. @throws {LedgerError} `damaged`. */
export async function openView(files: Files, plan: ViewPlan): Promise<LedgerView> {
  const segments: Segment[] = [];
  for (const { first, path } of plan.segments) {
    segments.push(await freshSegment(files, path, first));
  }
  const { logId, root, size: durable } = plan;
  return {
    logId,
    root,
    durable,
    async read(from, { maxBytes = 1024 * 1024 } = {}) {
      const at = segments.findLastIndex(({ first }) => first <= from);
      if (from >= durable || at < 0) return [];
      const until = Math.min(segments[at + 1]?.first ?? durable, durable);
      try {
        return await readSegment(files, segments[at]!, { from, until, maxBytes });
      } catch (error) {
        if (!(error instanceof LedgerError)) throw error;
        // Bytes of deleted frames have gone from the file meanwhile: entries are in other places.
        const { path, first } = segments[at]!;
        segments[at] = await freshSegment(files, path, first);
        return await readSegment(files, segments[at], { from, until, maxBytes });
      }
    },
  };
}

async function freshSegment(files: Files, path: string, first: number): Promise<Segment> {
  const file = files.open(path, "read");
  try {
    const start = await readStartOf(file, first);
    if (start !== undefined) {
      return { first, path, hints: [{ index: first, offset: start.offset }] };
    }
  } finally {
    file.close();
  }
  throw new LedgerError(
    "damaged",
    `Cannot trust ledger: ${path} does not begin as a segment does: restore the file from a copy`,
  );
}
