/**
 * Finds where a ledger ended: cuts a torn tail, which nobody was promised, and refuses damage.
 *
 * Whatever the last process had not synced may be there in part, in any order: records behind a bad
 * one prove nothing. Marks do: an entry below a mark was durable, so a bad record there is damage.
 *
 * @module
 */
import type { CompactRange } from "../../sdk/proof/merkle.ts";
import { type Files, type OpenFile, readFull, writeAll } from "../../sdk/runtime/files.ts";
import { type BadRecord, findRecord, readRecord } from "../../sdk/wire/segment.ts";
import { LedgerError } from "./ledger_error.ts";
import { decodeMark, isMarkStart } from "./mark.ts";
import {
  damaged,
  listSegments,
  readStart,
  segmentPath,
  type SegmentStart,
  type Walked,
  walkSegment,
} from "./segments.ts";

/** Where to go on. */
export interface Recovered {
  readonly range: CompactRange;
  readonly hubTime: bigint;
  /** First indexes of the segments that are left. */
  readonly firsts: readonly number[];
  /** The last segment: its start, and the byte after its last good record. */
  readonly last: { readonly first: number; readonly offset: number; readonly end: number };
  readonly logId: Uint8Array;
  /** Bytes of the torn tail that were cut. */
  readonly cutBytes: number;
}

/**
 * Recovers the ledger in `folder`; undefined where there is none.
 *
 * All that it returns is durable when it resolves.
 *
 * @throws {LedgerError} `damaged` when bytes that were durable have changed.
 */
export async function recover(files: Files, folder: string): Promise<Recovered | undefined> {
  const all = listSegments(files, folder);
  // A segment is begun only while the one before may still be unsynced, and that one alone.
  const older = all.slice(0, -2);
  for (const first of older) {
    if (await readStart(files, folder, first) !== undefined) continue;
    throw damaged(segmentPath(folder, first), { offset: 0, why: "crc" }, first);
  }
  const { good, bad } = await walkLast(files, folder, all.slice(-2));
  const last = good.at(-1);
  const size = last?.walked.range.size ?? 0;
  const firsts = [...older, ...good.map(({ start }) => start.tree.range.size)];
  const removed = all.slice(firsts.length);
  if (bad !== undefined && (await promisedBehind({ files, folder }, bad, removed)) > size) {
    throw damaged(segmentPath(folder, bad.first), bad.record, size);
  }
  if (good.some(({ walked }) => walked.durable > size)) throw headless(folder);
  if (last === undefined) {
    // Only the very first segment, torn before anything was promised, may be gone.
    if (older.length > 0 || all.some((first) => first > 0)) throw headless(folder);
    for (const first of all) files.remove(segmentPath(folder, first));
    if (all.length > 0) await files.syncFolder(folder);
    return undefined;
  }
  const cutBytes = await cut({ files, folder }, last, removed);
  await syncTail(files, folder, firsts.slice(older.length));
  const { start, walked } = last;
  return {
    range: walked.range,
    hubTime: walked.hubTime,
    firsts,
    last: { first: start.tree.range.size, offset: start.offset, end: walked.end },
    logId: start.logId,
    cutBytes,
  };
}

interface Where {
  readonly files: Files;
  readonly folder: string;
}

interface Good {
  readonly start: SegmentStart;
  readonly walked: Walked;
}

interface Bad {
  /** First index of the segment that has it. */
  readonly first: number;
  readonly record: BadRecord;
}

/** Walks segments up to the first thing that is not as it must be. */
async function walkLast(
  files: Files,
  folder: string,
  firsts: readonly number[],
): Promise<{ readonly good: readonly Good[]; readonly bad: Bad | undefined }> {
  const good: Good[] = [];
  for (const first of firsts) {
    const before = good.at(-1);
    const start = await readStart(files, folder, first);
    if (start === undefined) return { good, bad: { first, record: { offset: 0, why: "cut" } } };
    if (before !== undefined && before.walked.range.size !== first) {
      const record = { offset: before.walked.end, why: "cut" } as const;
      return { good, bad: { first: before.start.tree.range.size, record } };
    }
    const walked = await walkSegment(files, folder, start);
    good.push({ start, walked });
    if (walked.bad !== undefined) return { good, bad: { first, record: walked.bad } };
  }
  return { good, bad: undefined };
}

function headless(folder: string): LedgerError {
  return new LedgerError(
    "damaged",
    `Cannot trust ledger: no segment in ${folder} starts as it must: restore them from a copy`,
  );
}

/** The largest number of durable entries that a mark behind the bad record tells of. */
async function promisedBehind(
  { files, folder }: Where,
  bad: Bad,
  removed: readonly number[],
): Promise<number> {
  let promised = 0;
  for (const first of new Set([bad.first, ...removed])) {
    const file = files.open(segmentPath(folder, first), "read");
    try {
      let at: number | undefined = first === bad.first ? bad.record.offset : 0;
      while ((at = await findRecord(file, at, isMarkStart)) !== undefined) {
        promised = Math.max(promised, decodeMark((await readRecord(file, at))!) ?? 0);
        at++;
      }
    } finally {
      file.close();
    }
  }
  return promised;
}

/** Cuts the file at the end of its last good record and removes the segments behind it. */
async function cut(
  { files, folder }: Where,
  { start, walked }: Good,
  removed: readonly number[],
): Promise<number> {
  let cutBytes = 0;
  // The later ones first: if we die here, the next start sees the same torn tail again.
  for (const first of removed.toReversed()) {
    const file = files.open(segmentPath(folder, first), "read");
    cutBytes += file.size();
    file.close();
    files.remove(segmentPath(folder, first));
  }
  if (removed.length > 0) await files.syncFolder(folder);
  const file = files.open(segmentPath(folder, start.tree.range.size), "write");
  try {
    cutBytes += file.size() - walked.end;
    if (file.size() > walked.end) file.truncate(walked.end);
  } finally {
    file.close();
  }
  return cutBytes;
}

/**
 * A killed process leaves bytes that the system has and the disk has not. If a sync of them has
 * failed before, the system shows them and never writes them: so they are written again. So is the
 * length: the start before may have cut a tail, which the disk then still has.
 */
async function syncTail(files: Files, folder: string, firsts: readonly number[]): Promise<void> {
  for (const first of firsts) {
    const file = files.open(segmentPath(folder, first), "write");
    try {
      await writeAgain(file);
      await file.sync();
    } finally {
      file.close();
    }
  }
  await files.syncFolder(folder);
}

async function writeAgain(file: OpenFile): Promise<void> {
  const chunk = new Uint8Array(Math.min(file.size(), 1024 * 1024));
  for (let at = 0, got = -1; at < file.size() && got !== 0; at += got) {
    got = await readFull(file, chunk, at);
    writeAll(file, chunk.subarray(0, got), at);
  }
  file.truncate(file.size());
}
