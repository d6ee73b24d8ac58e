/**
 * Writes one segment: records whole or not at all, and tells written from durable.
 *
 * @module
 */
import { type Files, FilesError, isFull, type OpenFile, writeAll } from "../runtime/files.ts";
import {
  encodeSegmentHeader,
  MAX_RECORD_BYTES,
  putRecord,
  recordBytes,
  SEGMENT_HEADER_BYTES,
  type SegmentHeader,
} from "./segment.ts";

/** Scratch that is kept between calls; larger records get a buffer of their own. */
const SCRATCH_BYTES = 256 * 1024;

export interface SegmentWriter {
  readonly path: string;
  /** Bytes written, header included. */
  readonly bytes: number;
  /** Bytes known to be on the disk. */
  readonly durable: number;
  /**
   * Appends records, one an entry of `payloads`, each the concatenation of its parts. Gives the
   * offset of the first.
   *
   * @throws {FilesError} `full`: nothing of it is in the file, more may be appended once there is
   *   room. Any other: the writer is broken, start over from the durable state.
   */
  append(payloads: readonly (readonly Uint8Array[])[]): number;
  /** Makes all appended so far durable. @throws {FilesError} The writer is broken then. */
  sync(): Promise<void>;
  /** Gives up everything that is not durable, as far as the file system still lets us. */
  abandon(): void;
  close(): void;
}

/** Creates a segment file that must not exist yet, and writes its header. */
export function createSegment(files: Files, path: string, header: SegmentHeader): SegmentWriter {
  const file = files.open(path, "create");
  try {
    return withHeader(file, header);
  } catch (error) {
    file.close();
    files.remove(path);
    throw error;
  }
}

/** Writes a header over the start of a preallocated file, whose bytes must be zeros. */
export function reuseSegment(files: Files, path: string, header: SegmentHeader): SegmentWriter {
  const file = files.open(path, "write");
  try {
    return withHeader(file, header);
  } catch (error) {
    file.close();
    throw error;
  }
}

/** Goes on after byte `end` of a segment whose bytes before it are good and durable. */
export function continueSegment(files: Files, path: string, end: number): SegmentWriter {
  const file = files.open(path, "write");
  return writerOf(file, end, end);
}

function withHeader(file: OpenFile, header: SegmentHeader): SegmentWriter {
  writeAll(file, encodeSegmentHeader(header), 0);
  return writerOf(file, SEGMENT_HEADER_BYTES, 0);
}

function writerOf(file: OpenFile, written: number, synced: number): SegmentWriter {
  const scratch = new Uint8Array(SCRATCH_BYTES);
  let bytes = written;
  let durable = synced;
  let isBroken = false;
  const guarded = () => {
    if (isBroken) {
      throw new FilesError("failed", `Cannot write ${file.path}: it failed before`, file);
    }
  };
  return {
    path: file.path,
    get bytes() {
      return bytes;
    },
    get durable() {
      return durable;
    },
    append(payloads) {
      guarded();
      const block = encodeBlock(payloads, scratch);
      try {
        writeAll(file, block, bytes);
      } catch (error) {
        isBroken = !takenBack(file, bytes) || !isFull(error);
        throw error;
      }
      const at = bytes;
      bytes += block.length;
      return at;
    },
    async sync() {
      guarded();
      const until = bytes;
      try {
        await file.sync();
      } catch (error) {
        isBroken = true;
        throw error;
      }
      durable = Math.max(durable, until);
    },
    abandon() {
      isBroken = true;
      takenBack(file, durable);
    },
    close: () => file.close(),
  };
}

function encodeBlock(
  payloads: readonly (readonly Uint8Array[])[],
  scratch: Uint8Array,
): Uint8Array {
  let total = 0;
  for (const parts of payloads) {
    let length = 0;
    for (const part of parts) length += part.length;
    if (length === 0 || length > MAX_RECORD_BYTES) {
      throw new RangeError(`Cannot append record: it has ${length} bytes, must be 1 to 16 MiB`);
    }
    total += recordBytes(length);
  }
  const block = total <= scratch.length ? scratch.subarray(0, total) : new Uint8Array(total);
  let at = 0;
  for (const parts of payloads) at = putRecord(block, at, parts);
  return block;
}

/**
 * Cuts what a failed write left behind. The space of a preallocated file is given back with it,
 * which is why the caller must treat such a segment as finished.
 */
function takenBack(file: OpenFile, bytes: number): boolean {
  try {
    file.truncate(bytes);
    return true;
  } catch {
    return false;
  }
}
