/**
 * From ingest to fan-out: batches that admission has decoded, so that nobody decodes them again.
 *
 * A shortcut and never the truth: what is not here, such as all that a replay reads, is decoded
 * from the ledger.
 *
 * @module
 */
import type { ColumnBatch } from "../../sdk/columns/column.ts";
import type { FrameHeader } from "../../sdk/wire/frame.ts";

/** A frame that has just been recorded. */
export interface Decoded {
  /** Of its ledger entry. */
  readonly index: number;
  /** Id of the agent in hex. */
  readonly agent: string;
  readonly source: string;
  readonly header: FrameHeader;
  readonly batch: ColumnBatch;
}

/** Holds batches until the first follower comes by. */
export interface Handover {
  /** Keeps `frame`, and forgets the oldest ones where there are too many. */
  put(frame: Decoded): void;
  /** Gives it once. */
  take(index: number): Decoded | undefined;
}

/** Memory that is kept, in bytes. */
const MOST_BYTES = 64 * 1024 * 1024;
const MOST_FRAMES = 4096;

/** Creates an empty handover. */
export function createHandover(mostBytes: number = MOST_BYTES): Handover {
  const held = new Map<number, Decoded>();
  let bytes = 0;
  const take = (index: number): Decoded | undefined => {
    const frame = held.get(index);
    if (frame !== undefined && held.delete(index)) bytes -= decodedBytes(frame.header);
    return frame;
  };
  return {
    put(frame) {
      held.set(frame.index, frame);
      bytes += decodedBytes(frame.header);
      for (const index of held.keys()) {
        if (bytes <= mostBytes && held.size <= MOST_FRAMES) break;
        take(index);
      }
    },
    take,
  };
}

/** Columns in memory by bytes of raw body: 4.4 for W3C logs, 5.4 for syslog, measured. */
const BYTES_BY_RAW = 5;

/** About how much memory the columns of a frame take. */
export function decodedBytes({ rawBytes, rows }: Pick<FrameHeader, "rawBytes" | "rows">): number {
  return rawBytes * BYTES_BY_RAW + rows * 8;
}
