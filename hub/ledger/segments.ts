/**
 * The ledger's segment files: their names, reading one from an index, and checking all of them.
 *
 * A file is named after the index of its first entry. Positions inside are found by hints, one each
 * 1 MiB, that appends and reads leave behind.
 *
 * @module
 */
import { join } from "node:path";
import { appendLeaf, type CompactRange, rootOf } from "../../sdk/proof/merkle.ts";
import {
  type BadRecord,
  decodeSegmentHeader,
  readRecord,
  recordBytes,
  type ScanEnd,
  scanRecords,
  SEGMENT_HEADER_BYTES,
  SegmentError,
} from "../../sdk/wire/segment.ts";
import { type Files, type OpenFile, readFull } from "../../sdk/runtime/files.ts";
import { entryOf, isEntry, leafOfRecord } from "./deleted_frame.ts";
import type { LedgerEntry } from "./ledger.ts";
import { LedgerError } from "./ledger_error.ts";
import { decodeMark, decodeTree, type TreeRecord } from "./mark.ts";

const HINT_BYTES = 1024 * 1024;
const SUFFIX = ".log";

/** One segment file. */
export interface Segment {
  readonly first: number;
  readonly path: string;
  /** Where some entries' records begin, ascending; always the first entry's at least. */
  readonly hints: Hint[];
}

interface Hint {
  readonly index: number;
  readonly offset: number;
}

/** The segment whose first entry is `first`. `start` is the offset of that entry's record. */
export function segmentOf(folder: string, first: number, start: number): Segment {
  return { first, path: segmentPath(folder, first), hints: [{ index: first, offset: start }] };
}

export function segmentPath(folder: string, first: number): string {
  return join(folder, `${String(first).padStart(16, "0")}${SUFFIX}`);
}

/** First indexes of the segments in `folder`, ascending. */
export function listSegments(files: Files, folder: string): readonly number[] {
  return files.list(folder).filter((name) => /^\d{16}\.log$/.test(name))
    .map((name) => Number(name.slice(0, -SUFFIX.length)));
}

/** Leaves a hint where the last one is far enough away. */
export function hint(segment: Segment, index: number, offset: number): void {
  const last = segment.hints.at(-1)!;
  if (index > last.index && offset >= last.offset + HINT_BYTES) {
    segment.hints.push({ index, offset });
  }
}

/** How a segment begins. */
export interface SegmentStart {
  /** 8 bytes. */
  readonly logId: Uint8Array;
  readonly tree: TreeRecord;
  /** Offset of the first record after the tree record. */
  readonly offset: number;
}

/** Reads header and tree record; undefined where they are not whole and right. */
export async function readStart(
  files: Files,
  folder: string,
  first: number,
): Promise<SegmentStart | undefined> {
  const file = files.open(segmentPath(folder, first), "read");
  try {
    return await readStartOf(file, first);
  } finally {
    file.close();
  }
}

/** As {@link readStart}, of an open file. */
export async function readStartOf(
  file: OpenFile,
  first: number,
): Promise<SegmentStart | undefined> {
  try {
    const bytes = new Uint8Array(SEGMENT_HEADER_BYTES);
    const filled = await readFull(file, bytes, 0);
    const header = decodeSegmentHeader(bytes.subarray(0, filled), "ledger");
    const record = await readRecord(file, SEGMENT_HEADER_BYTES);
    const tree = record && decodeTree(record);
    if (record === undefined || tree === undefined) return undefined;
    if (tree.range.size !== first || header.first !== first) return undefined;
    return { logId: header.owner, tree, offset: SEGMENT_HEADER_BYTES + recordBytes(record.length) };
  } catch (error) {
    if (error instanceof SegmentError) return undefined;
    throw error;
  }
}

/** What a walk over one segment found. */
export interface Walked extends ScanEnd {
  readonly range: CompactRange;
  readonly hubTime: bigint;
  /** The largest number of entries that a mark in it says were durable; 0 without any. */
  readonly durable: number;
}

/**
 * Reads a whole segment and grows the tree by its entries, up to the first bad record. `path` is
 * that of a file that may take the segment's place.
 */
// oxlint-disable-next-line max-params -- the first three are all that it needs but for a draft
export async function walkSegment(
  files: Files,
  folder: string,
  start: SegmentStart,
  path: string = segmentPath(folder, start.tree.range.size),
): Promise<Walked> {
  const file = files.open(path, "read");
  try {
    return await walkFrom(file, start);
  } finally {
    file.close();
  }
}

/** As {@link walkSegment}, of an open file; nothing at or after `limit` is read. */
export async function walkFrom(
  file: OpenFile,
  { tree, offset }: SegmentStart,
  limit?: number,
): Promise<Walked> {
  let { range, hubTime } = tree;
  let durable = 0;
  const scanned = limit === undefined ? { from: offset } : { from: offset, limit };
  const end = await scanRecords(file, scanned, (payload) => {
    const mark = decodeMark(payload);
    if (mark !== undefined) durable = Math.max(durable, mark);
    else {
      hubTime = entryOf(payload).hubTime;
      range = appendLeaf(range, leafOfRecord(payload));
    }
  });
  return { ...end, range, hubTime, durable };
}

/** Entries of `segment` from `from` on, below `until`, of at most `maxBytes` but at least one. */
export async function readSegment(
  files: Files,
  segment: Segment,
  query: { readonly from: number; readonly until: number; readonly maxBytes: number },
): Promise<readonly LedgerEntry[]> {
  const start = segment.hints.findLast(({ index }) => index <= query.from)!;
  const found: LedgerEntry[] = [];
  let index = start.index;
  let total = 0;
  const file = files.open(segment.path, "read");
  try {
    const { bad } = await scanRecords(file, { from: start.offset }, (payload, offset) => {
      if (!isEntry(payload)) return;
      hint(segment, index, offset);
      if (index >= query.until) return "stop";
      if (index >= query.from) {
        total += payload.length;
        if (total > query.maxBytes && found.length > 0) return "stop";
        found.push({ index, ...entryOf(new Uint8Array(payload)) });
      }
      index++;
      return index >= query.until ? "stop" : undefined;
    });
    if (bad !== undefined) throw damaged(segment.path, bad, index);
    return found;
  } finally {
    file.close();
  }
}

/** Says which entry of which file has changed since it was durable. */
export function damaged(path: string, bad: BadRecord, index: number): LedgerError {
  return new LedgerError(
    "damaged",
    `Cannot trust ledger: entry ${index} in ${path} at offset ${bad.offset} is damaged ` +
      `(${bad.why}), it was durable: restore the file from a copy`,
  );
}

/**
 * Reads the whole ledger and checks that each segment goes on where the one before ended.
 *
 * @throws {LedgerError} `damaged`, naming file and offset. A torn tail is no damage.
 */
export async function checkLedger(
  files: Files,
  folder: string,
): Promise<{ readonly size: number; readonly root: Uint8Array }> {
  const firsts = listSegments(files, folder);
  let range: CompactRange | undefined;
  for (const [i, first] of firsts.entries()) {
    const path = segmentPath(folder, first);
    const start = await readStart(files, folder, first);
    const root = range && rootOf(range);
    const isNext = start !== undefined && (root === undefined ||
      (range!.size === first && Buffer.compare(rootOf(start.tree.range), root) === 0));
    if (!isNext) throw damaged(path, { offset: 0, why: "crc" }, first);
    const walked = await walkSegment(files, folder, start);
    if (walked.bad !== undefined && i < firsts.length - 1) {
      throw damaged(path, walked.bad, walked.range.size);
    }
    range = walked.range;
  }
  range ??= { size: 0, roots: [] };
  return { size: range.size, root: rootOf(range) };
}
