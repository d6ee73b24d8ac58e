/**
 * The spool's segment files: their names and their header.
 *
 * @module
 */
import { join } from "node:path";
import { type Files, type OpenFile, readFull } from "../../sdk/runtime/files.ts";
import {
  decodeSegmentHeader,
  SEGMENT_HEADER_BYTES,
  SegmentError,
  type SegmentHeader,
} from "../../sdk/wire/segment.ts";

const SUFFIX = ".seg";

export function segmentPath(folder: string, number: number): string {
  return join(folder, `${String(number).padStart(12, "0")}${SUFFIX}`);
}

/** Numbers of the segments in `folder`, oldest first. */
export function listSegments(files: Files, folder: string): readonly number[] {
  return files.list(folder).filter((name) => /^\d{12}\.seg$/.test(name))
    .map((name) => Number(name.slice(0, -SUFFIX.length)));
}

/** From `offset` on a file has nothing of use. */
export interface TornTail {
  readonly path: string;
  readonly offset: number;
}

export function cutTail(files: Files, { path, offset }: TornTail): void {
  const file = files.open(path, "write");
  file.truncate(offset);
  file.close();
}

/** The header of an open segment, or undefined where it is damaged. */
export async function readSegmentHeader(file: OpenFile): Promise<SegmentHeader | undefined> {
  const bytes = new Uint8Array(SEGMENT_HEADER_BYTES);
  const filled = await readFull(file, bytes, 0);
  try {
    return decodeSegmentHeader(bytes.subarray(0, filled), "spool");
  } catch (error) {
    if (error instanceof SegmentError) return undefined;
    throw error;
  }
}
