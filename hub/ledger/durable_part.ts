/**
 * What of a ledger is durable, found from outside while a hub writes it: for backups.
 *
 * Marks tell: an entry below one has been synced. Nothing is changed, nothing is locked.
 *
 * @module
 */
import { appendLeaf, type CompactRange, EMPTY_RANGE, rootOf } from "../../sdk/proof/merkle.ts";
import type { Files } from "../../sdk/runtime/files.ts";
import { scanRecords } from "../../sdk/wire/segment.ts";
import { entryOf, isEntry, leafOfRecord } from "./deleted_frame.ts";
import { LedgerError } from "./ledger_error.ts";
import {
  damaged,
  listSegments,
  readStart,
  segmentPath,
  type SegmentStart,
  walkSegment,
} from "./segments.ts";

/** The durable part. */
export interface DurablePart {
  /** 8 bytes, of the newest segment. */
  readonly logId: Uint8Array;
  readonly range: CompactRange;
  /** Of the last entry, ticks of 100 ns since the Unix epoch. */
  readonly hubTime: bigint;
  /** Oldest first. `bytes` is what is durable of the file; absent: it has a successor, all of it. */
  readonly segments: readonly { readonly first: number; readonly bytes?: number }[];
}

/**
 * Finds it. `isWritten`: a hub has the ledger open, so only what marks tell of counts; else every
 * whole record does, as it will for the next start.
 *
 * @throws {LedgerError} `damaged`.
 */
export async function durablePart(
  files: Files,
  folder: string,
  isWritten: boolean,
): Promise<DurablePart | undefined> {
  const firsts = listSegments(files, folder);
  const starts: SegmentStart[] = [];
  // A segment is begun only while the one before may still be unsynced, and that one alone.
  let durable = firsts.at(-2) ?? 0;
  let whole = 0;
  for (const first of firsts.slice(-2)) {
    const start = await readStart(files, folder, first);
    if (start === undefined) break;
    const walked = await walkSegment(files, folder, start);
    starts.push(start);
    durable = Math.max(durable, walked.durable);
    whole = walked.range.size;
  }
  const size = isWritten ? durable : whole;
  const last = starts.findLast(({ tree }) => tree.range.size < size);
  if (last === undefined) return undefined;
  const cut = await cutAt(files, folder, { start: last, size });
  return {
    logId: last.logId,
    range: cut.range,
    hubTime: cut.hubTime,
    segments: firsts.filter((first) => first <= last.tree.range.size).map((first) =>
      first === last.tree.range.size ? { first, bytes: cut.bytes } : { first }
    ),
  };
}

/** The tree of the first `size` entries, as the segment that has the last of them gives it. */
export async function rangeAt(files: Files, folder: string, size: number): Promise<CompactRange> {
  const first = listSegments(files, folder).findLast((one) => one < size);
  if (first === undefined) return EMPTY_RANGE;
  const start = await readStart(files, folder, first);
  if (start === undefined) {
    throw damaged(segmentPath(folder, first), { offset: 0, why: "crc" }, first);
  }
  return (await cutAt(files, folder, { start, size })).range;
}

/** Where the segment's first entries up to `size` end, and the tree of them. */
async function cutAt(
  files: Files,
  folder: string,
  { start, size }: { readonly start: SegmentStart; readonly size: number },
) {
  const path = segmentPath(folder, start.tree.range.size);
  const file = files.open(path, "read");
  let { range, hubTime } = start.tree;
  try {
    const { end } = await scanRecords(file, { from: start.offset }, (payload) => {
      if (!isEntry(payload)) return undefined;
      hubTime = entryOf(payload).hubTime;
      range = appendLeaf(range, leafOfRecord(payload));
      return range.size >= size ? "stop" : undefined;
    });
    if (range.size < size) throw damaged(path, { offset: end, why: "cut" }, range.size);
    return { range, hubTime, bytes: end };
  } finally {
    file.close();
  }
}

/**
 * Checks a segment that has a successor: every record, and that the successor goes on from it.
 *
 * @throws {LedgerError} `damaged`.
 */
export async function checkSegment(
  files: Files,
  folder: string,
  { first, next }: { readonly first: number; readonly next: number },
): Promise<void> {
  const start = await readStart(files, folder, first);
  const following = await readStart(files, folder, next);
  const path = segmentPath(folder, first);
  if (start === undefined) throw damaged(path, { offset: 0, why: "crc" }, first);
  const walked = await walkSegment(files, folder, start);
  if (walked.bad !== undefined) throw damaged(path, walked.bad, walked.range.size);
  const isNext = following !== undefined && walked.range.size === next &&
    Buffer.compare(rootOf(walked.range), rootOf(following.tree.range)) === 0;
  if (isNext) return;
  throw new LedgerError(
    "damaged",
    `Cannot trust ledger: the segment after ${path} does not go on from it: restore from a copy`,
  );
}
