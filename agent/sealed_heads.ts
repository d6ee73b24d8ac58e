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
    epochs.map(({ epoch, next }) => {
      const tail = source.previousOf({ stream: hexOf(id), epoch, seq: next });
      if (tail === undefined) {
        throw new RangeError(`Cannot tell heads: the end of epoch ${epoch} is not known`);
      }
      return { stream: id, epoch, next, tail };
    })
  );
}
