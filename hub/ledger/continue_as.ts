/**
 * A log that goes on under another id: after a restore, whose tree is a beginning of the old one.
 *
 * A segment's header says whose it is, so the old segments keep the old id and a new one begins.
 *
 * @module
 */
import type { Files } from "../../sdk/runtime/files.ts";
import { createSegment } from "../../sdk/wire/segment_writer.ts";
import { encodeTree, type TreeRecord } from "./mark.ts";
import { listSegments, readStart, segmentPath, walkSegment } from "./segments.ts";

/** Begins a segment of log `logId` after the last entry of the ledger in `folder`, durably. */
export async function continueAs(
  files: Files,
  folder: string,
  logId: Uint8Array,
): Promise<TreeRecord> {
  const tree = await endOf(files, folder);
  const first = tree.range.size;
  const writer = createSegment(files, segmentPath(folder, first), {
    kind: "ledger",
    first,
    owner: logId,
  });
  try {
    writer.append([[encodeTree(tree)]]);
    await writer.sync();
  } finally {
    writer.close();
  }
  await files.syncFolder(folder);
  return tree;
}

/** Ids under which the ledger in `folder` has been written, oldest first. */
export async function logIdsOf(files: Files, folder: string): Promise<readonly Uint8Array[]> {
  const ids: Uint8Array[] = [];
  for (const first of listSegments(files, folder)) {
    const logId = (await readStart(files, folder, first))?.logId;
    if (logId === undefined) continue;
    if (ids.every((known) => Buffer.compare(known, logId) !== 0)) ids.push(logId);
  }
  return ids;
}

async function endOf(files: Files, folder: string): Promise<TreeRecord> {
  const last = listSegments(files, folder).at(-1);
  const start = last === undefined ? undefined : await readStart(files, folder, last);
  if (start === undefined) {
    throw new RangeError(`Cannot continue ledger ${folder}: it has no entry`);
  }
  const { range, hubTime } = await walkSegment(files, folder, start);
  return { range, hubTime };
}
