/**
 * How far all streams are: what a statement of succession says of them.
 *
 * @module
 */
import type { SealedHead } from "../sdk/wire/succession.ts";
import { hexOf } from "./send/agreement.ts";
import type { FrameSource } from "./send/frame_source.ts";

/** The end of each epoch that the spool holds, as far as it is durable. */
export function sealedHeads(source: FrameSource): readonly SealedHead[] {
  return source.streams().flatMap(({ id, epochs }) =>
    epochs.flatMap(({ epoch, next }) => {
      const tail = source.previousOf({ stream: hexOf(id), epoch, seq: next });
      if (tail === undefined) {
        throw new RangeError(`Cannot tell heads: the end of epoch ${epoch} is not known`);
      }
      // Damage has taken the last frame, and the epoch is over: there is nothing to hold it by.
      const isKnown = next === 0 || tail.some((byte) => byte !== 0);
      return isKnown ? [{ stream: id, epoch, next, tail }] : [];
    })
  );
}
