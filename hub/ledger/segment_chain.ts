/**
 * The segments of an open ledger: where each begins, and how the next one is begun.
 *
 * @module
 */
import { type CompactRange, EMPTY_RANGE } from "../../sdk/proof/merkle.ts";
import type { Files } from "../../sdk/runtime/files.ts";
import { recordBytes, SEGMENT_HEADER_BYTES } from "../../sdk/wire/segment.ts";
import { createSegment, type SegmentWriter } from "../../sdk/wire/segment_writer.ts";
import { encodeTree, type TreeRecord } from "./mark.ts";
import { readStart, type Segment, segmentOf, segmentPath } from "./segments.ts";

/** Where the segments are. */
export interface Place {
  readonly files: Files;
  readonly folder: string;
}

/** A segment whose file is whole; where its first entry is follows from the size of its tree. */
export function wholeSegment(folder: string, first: number): Segment {
  let roots = 0;
  for (let rest = first; rest > 0; rest = Math.floor(rest / 2)) roots += rest % 2;
  return segmentOf(folder, first, SEGMENT_HEADER_BYTES + recordBytes(20 + 32 * roots));
}

/** Begins the segment of log `logId` after the entries of `tree`. */
export function beginSegment(
  { files, folder }: Place,
  logId: Uint8Array,
  tree: TreeRecord,
): { readonly writer: SegmentWriter; readonly segment: Segment } {
  const first = tree.range.size;
  const path = segmentPath(folder, first);
  const header = { kind: "ledger", first, owner: logId } as const;
  const writer = createSegment(files, path, header);
  try {
    writer.append([[encodeTree(tree)]]);
  } catch (error) {
    writer.close();
    files.remove(path);
    throw error;
  }
  return { writer, segment: segmentOf(folder, first, writer.bytes) };
}

/** The tree before the last segment that begins at or before `size`, as the segment says. */
export async function startBefore(
  { files, folder }: Place,
  segments: readonly Segment[],
  size: number,
): Promise<CompactRange> {
  for (const { first } of segments.toReversed()) {
    const start = first > size ? undefined : await readStart(files, folder, first);
    if (start !== undefined) return start.tree.range;
  }
  return EMPTY_RANGE;
}
