/**
 * Takes the bytes of frames out of a segment: a new file without them, in the old one's place.
 *
 * The new file is whole and synced before it gets the segment's name, and its tree is that of the
 * old one. If we die before the renaming, a draft is left that nobody reads; after it, the frames
 * are gone. So a frame is there or deleted, never half of it.
 *
 * @module
 */
import { type CompactRange, rootOf } from "../../sdk/proof/merkle.ts";
import { type Files, FilesError, type OpenFile } from "../../sdk/runtime/files.ts";
import { decodeBody, FrameError, parseHeader } from "../../sdk/wire/frame.ts";
import { scanRecords } from "../../sdk/wire/segment.ts";
import { createSegment, type SegmentWriter } from "../../sdk/wire/segment_writer.ts";
import { encodeDeleted, entryOf, isDeleted, isEntry } from "./deleted_frame.ts";
import { ENTRY_HEAD_BYTES } from "./entry.ts";
import { encodeMark, encodeTree } from "./mark.ts";
import { damaged, readStart, segmentPath, type SegmentStart, walkSegment } from "./segments.ts";

/** What is to be deleted of one segment. */
export interface FrameDeletion {
  /** Ledger index of each frame, and of the tombstone that names it. */
  readonly frames: ReadonlyMap<number, number>;
  /** Whether a frame's sealed cursor stays: its stream may have to go on from there. */
  readonly keepsCursor?: (index: number) => boolean;
  /**
   * Asked at the last moment, and nothing is waited for between the answer and the deed: a frame
   * that has come under hold meanwhile keeps all of the segment as it is.
   */
  readonly mayDelete: () => boolean;
}

/** What was deleted. */
export interface Deleted {
  /** Frames that have no bytes any more; those that had none before count as well. */
  readonly frames: number;
  /** By how much the file has become smaller. */
  readonly bytes: number;
}

/** A segment that is not written to any more, and the first index of the one after it. */
export interface ClosedSegment {
  readonly files: Files;
  readonly folder: string;
  readonly first: number;
  readonly next: number;
}

/** A new file in waiting. */
export interface Draft extends Deleted {
  readonly path: string;
}

/**
 * Writes the file that is to take the segment's place.
 *
 * @throws {LedgerError} `damaged`: the segment is not what it was; nothing of it is deleted.
 * @throws {FilesError} `full`: no room for it now; there is no draft then.
 * @throws {RangeError} If an index is that of no frame in the segment.
 */
export async function draftWithout(
  segment: ClosedSegment,
  deletion: FrameDeletion,
): Promise<Draft> {
  const { files, folder, first, next } = segment;
  const path = segmentPath(folder, first);
  const start = await readStart(files, folder, first);
  const following = await readStart(files, folder, next);
  if (start === undefined || following === undefined) {
    throw damaged(path, { offset: 0, why: "crc" }, first);
  }
  const draft = `${path}.draft`;
  removeIfThere(files, draft);
  const source = files.open(path, "read");
  try {
    const writer = createSegment(files, draft, { kind: "ledger", first, owner: start.logId });
    let frames: number;
    try {
      writer.append([[encodeTree(start.tree)]]);
      frames = await pour({ source, start, writer, path }, deletion);
      if (frames !== deletion.frames.size) {
        throw new RangeError(
          `Cannot delete frames: ${deletion.frames.size} are named, ${path} has ${frames} of them`,
        );
      }
      // A backup tells by the size that it must copy the file again.
      if (writer.bytes === source.size()) writer.append([[encodeMark(next)]]);
      await writer.sync();
    } finally {
      writer.close();
    }
    await checkTree(segment, { draft, expected: following.tree.range });
    return { path: draft, frames, bytes: source.size() - writer.bytes };
  } catch (error) {
    removeIfThere(files, draft);
    throw error;
  } finally {
    source.close();
  }
}

/** Copies record after record; gives the number of frames without bytes among those named. */
async function pour(
  { source, start, writer, path }: {
    readonly source: OpenFile;
    readonly start: SegmentStart;
    readonly writer: SegmentWriter;
    readonly path: string;
  },
  { frames, keepsCursor }: FrameDeletion,
): Promise<number> {
  let index = start.tree.range.size;
  let deleted = 0;
  const { bad } = await scanRecords(source, { from: start.offset }, (record) => {
    if (!isEntry(record)) return void writer.append([[record]]);
    const tombstone = frames.get(index);
    if (tombstone === undefined) writer.append([[record]]);
    else {
      deleted++;
      const isKept = keepsCursor?.(index) ?? false;
      writer.append([[withoutBody(record, { index, tombstone, isKept })]]);
    }
    index++;
  });
  if (bad !== undefined) throw damaged(path, bad, index);
  return deleted;
}

function withoutBody(
  record: Uint8Array,
  { index, tombstone, isKept }: {
    readonly index: number;
    readonly tombstone: number;
    readonly isKept: boolean;
  },
): Uint8Array {
  if (isDeleted(record)) return record;
  const { kind } = entryOf(record);
  if (kind !== "frame") {
    throw new RangeError(`Cannot delete entry ${index}: it is of kind ${kind}, must be a frame`);
  }
  return encodeDeleted(record, { tombstone, cursor: isKept ? cursorOf(record) : undefined });
}

function cursorOf(record: Uint8Array): Uint8Array | undefined {
  const frame = record.subarray(ENTRY_HEAD_BYTES);
  try {
    return decodeBody(frame, parseHeader(frame)).cursor;
  } catch (error) {
    if (error instanceof FrameError) return undefined;
    throw error;
  }
}

async function checkTree(
  { files, folder, first }: ClosedSegment,
  { draft, expected }: { readonly draft: string; readonly expected: CompactRange },
): Promise<void> {
  const start = await readStart(files, folder, first);
  const walked = start && await walkSegment(files, folder, start, draft);
  const isSame = walked !== undefined && walked.bad === undefined &&
    walked.range.size === expected.size &&
    Buffer.compare(rootOf(walked.range), rootOf(expected)) === 0;
  if (!isSame) throw damaged(draft, { offset: walked?.end ?? 0, why: "crc" }, first);
}

/** Takes a draft back. */
export function removeIfThere(files: Files, path: string): void {
  try {
    files.remove(path);
  } catch (error) {
    if (!(error instanceof FilesError) || error.code !== "missing") throw error;
  }
}
