/**
 * Frames of real event logs, as an agent's plugins make them and a hub decodes them.
 *
 * @module
 */
import type { ColumnBatch } from "../sdk/columns/column.ts";
import type { WindowsEvent } from "../sdk/read/windows_event.ts";
import { decodeBody, parseHeader } from "../sdk/wire/frame.ts";
import { FrameMaker, tableEvents } from "./sigma_frames.ts";
import { eventsIn } from "./windows_mix.ts";

/** A second, in ticks. */
const LONGEST_PAUSE = 10_000_000n;

/**
 * Frames of the EVTX files in `folder`, scrubbed, in the order of their events' times. Longer pauses
 * than a second are taken out: the files are from many years, what a hub gets is not.
 */
export function corpusFrames(folder: string): readonly ColumnBatch[] {
  const events = withoutPauses(eventsIn(folder));
  const maker = new FrameMaker();
  const frames: ColumnBatch[] = [];
  tableEvents(events, (batch, schema) => {
    frames.push(batchIn(Uint8Array.from(maker.frame(batch, schema))));
  });
  return frames;
}

function withoutPauses(events: readonly WindowsEvent[]): readonly WindowsEvent[] {
  const sorted = events.toSorted((a, b) => Number((a.time ?? 0n) - (b.time ?? 0n)));
  let last: bigint | undefined;
  let taken = 0n;
  return sorted.map((event) => {
    const { time } = event;
    if (time === undefined) return event;
    if (last !== undefined && time - last > LONGEST_PAUSE) taken += time - last - LONGEST_PAUSE;
    last = time;
    return { ...event, time: time - taken };
  });
}

/** `batch` as a frame, without scrubbing, for what decoding it costs. */
export function framesOf(batches: Iterable<ColumnBatch>): readonly Uint8Array[] {
  const maker = new FrameMaker();
  return Array.from(batches, (batch) => Uint8Array.from(maker.frame(batch, undefined)));
}

/** The batch in `frame`. */
export function batchIn(frame: Uint8Array): ColumnBatch {
  return decodeBody(frame, parseHeader(frame)).batch;
}
