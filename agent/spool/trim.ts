/**
 * Which segments may go.
 *
 * @module
 */
import type { SegmentFile } from "./held.ts";

/** Segments that may be removed: at once, or after a state record that tells of them. */
export interface Removable {
  /**
   * First those without a record of use. Then those older than all others: what is before the oldest
   * segment was acknowledged, by definition.
   */
  readonly atOnce: readonly SegmentFile[];
  /** Behind a segment that is still needed: recovery would take the hole for a loss. */
  readonly afterTelling: readonly SegmentFile[];
}

/** Of the acknowledged segments keeps the newest, up to `retainBytes`; never the newest of all. */
export function removable(segments: readonly SegmentFile[], retainBytes: number): Removable {
  const useless = segments.slice(0, -1).filter(({ isUseful }) => !isUseful);
  const useful = segments.filter((segment) => !useless.includes(segment));
  const acked = useful.slice(0, -1).filter(({ unacked }) => unacked === 0);
  let kept = 0;
  const gone = new Set(acked);
  for (const segment of acked.toReversed()) {
    kept += segment.bytes;
    if (kept > retainBytes) break;
    gone.delete(segment);
  }
  const needed = useful.findIndex((segment) => !gone.has(segment));
  return {
    atOnce: [...useless, ...useful.slice(0, needed)],
    afterTelling: useful.slice(needed).filter((segment) => gone.has(segment)),
  };
}
