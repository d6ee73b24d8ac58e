/**
 * What the hub will not take as it stands is sealed again in a new epoch (rules 2 and 7 of the
 * link): all of it after lost state, a gap in the place of a frame that was refused for good.
 *
 * @module
 */
import { TableWriter } from "../sdk/columns/writer.ts";
import { type GAP, GAP_SCHEMA } from "../sdk/gap.ts";
import {
  decodeBody,
  FrameError,
  frameHash,
  type FrameHeader,
  parseHeader,
} from "../sdk/wire/frame.ts";
import { Batcher } from "./batch.ts";
import { seal, type Sealer } from "./seal.ts";
import type { EpochNeeded } from "./send/agreement.ts";
import type { Refused, StreamSeq } from "./send/link_state.ts";
import { type NewPlace, reseal } from "./spool/reseal.ts";
import type { Spool } from "./spool/spool.ts";

const GAP_ZSTD_LEVEL = 3;

/** Seals all that is held of a stream, and not at the hub, in a new epoch. */
export function sealAgain(spool: Spool, needed: EpochNeeded, sealer: Sealer): Promise<void> {
  const { stream, above, reason, held } = needed;
  return spool.renew(
    stream,
    { above, reason, held },
    (frame, chain) => reseal(frame, chain, sealer.sign),
  );
}

export interface Refusals {
  refused(refused: Refused): void;
  acked(acked: StreamSeq): void;
}

/**
 * Puts a gap in the place of each refused frame, once the hub has acknowledged all before it:
 * sealing those again would double them.
 */
export function replaceRefused(
  options: {
    readonly spool: Spool;
    readonly sealer: Sealer;
    again(change: Promise<void>): void;
    /** Puts a refused frame aside. */
    keep(name: string, frame: Uint8Array): void;
  },
): Refusals {
  const { spool, sealer, again, keep } = options;
  const waiting = new Map<string, Refused>();
  const replace = (refused: Refused): void => {
    waiting.delete(refused.stream);
    const hash = Buffer.from(refused.hash);
    again(
      spool.renew(
        refused.stream,
        { above: refused.epoch, reason: "refused" },
        (frame, place) => {
          if (!hash.equals(frameHash(frame))) return reseal(frame, place, sealer.sign);
          keep(`${refused.stream}-${refused.epoch}-${refused.seq}`, frame);
          return gapFor(frame, refused, { place, sealer });
        },
      ),
    );
  };
  const isFirst = ({ stream, epoch, seq }: Refused): boolean => {
    const held = spool.streams().find(({ id }) => Buffer.from(id).toString("hex") === stream);
    return held?.epochs.some((e) => e.epoch === epoch && e.first === seq) ?? false;
  };
  return {
    refused(refused) {
      if (isFirst(refused)) replace(refused);
      else waiting.set(refused.stream, refused);
    },
    acked({ stream }) {
      const refused = waiting.get(stream);
      if (refused !== undefined && isFirst(refused)) replace(refused);
    },
  };
}

/** A gap frame that says which frame was refused, and how many events were in it. */
function gapFor(
  frame: Uint8Array,
  refused: Refused,
  { place, sealer }: { readonly place: NewPlace; readonly sealer: Sealer },
): { readonly frame: Uint8Array } {
  const header = parseHeader(frame);
  const writer = new TableWriter<typeof GAP.columns>(GAP_SCHEMA);
  writer.add({
    TimeGenerated: sealer.now(),
    Reason: "refused",
    Count: header.rows,
    Detail: `the hub refused a frame: ${refused.code}`,
    RefusedSeq: refused.seq,
    RefusedHash: Buffer.from(refused.hash).toString("hex"),
  });
  const nowMs = sealer.now();
  const part = new Batcher(GAP_ZSTD_LEVEL).part(writer.view(), GAP_SCHEMA, {
    gap: true,
    // The refused frame's cursor goes on with the gap: what it covers must not be read again.
    cursor: cursorIn(frame, header),
    nowMs,
    policy: header.policy,
  });
  const { frames } = seal({ parts: [part], rows: 1 }, header.stream, { chain: place, sealer });
  return reseal(frames[0] ?? frame, place, sealer.sign);
}

/** None where the body cannot be read: that may be why the hub has refused it. */
function cursorIn(frame: Uint8Array, header: FrameHeader): Uint8Array | undefined {
  try {
    return decodeBody(frame, header).cursor;
  } catch (error) {
    if (error instanceof FrameError) return undefined;
    throw error;
  }
}
