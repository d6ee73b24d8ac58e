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
import { seal, type Sealer, untilFree } from "./seal.ts";
import type { EpochNeeded } from "./send/agreement.ts";
import type { Refused, StreamSeq } from "./send/stream_seq.ts";
import { type NewPlace, reseal } from "./spool/reseal.ts";
import type { Spool } from "./spool/spool.ts";

const GAP_ZSTD_LEVEL = 3;

/** Seals all that is held of a stream, and not at the hub, in a new epoch. */
export async function sealAgain(
  spool: Spool,
  needed: EpochNeeded,
  sealer: Sealer,
): Promise<void> {
  const { stream, above, reason, held, cursor, lost } = needed;
  if (sealer.held?.() !== undefined) await untilFree(sealer);
  await spool.renew(
    stream,
    { above, reason, held, cursor, ...(lost && { lost: { ...lost, gap: lostGap(lost, sealer) } }) },
    (frame, chain) => reseal(frame, chain, sealer),
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
    const renew = (): Promise<void> =>
      spool.renew(
        refused.stream,
        { above: refused.epoch, reason: "refused" },
        (frame, place) => {
          if (!hash.equals(frameHash(frame))) return reseal(frame, place, sealer);
          keep(`${refused.stream}-${refused.epoch}-${refused.seq}`, frame);
          return gapFor(frame, refused, { place, sealer });
        },
      );
    again(sealer.held?.() === undefined ? renew() : untilFree(sealer).then(renew));
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

/** Makes the gap frame for what the hub had acknowledged and lost, and nobody holds any more. */
function lostGap({ epoch, from, to }: NonNullable<EpochNeeded["lost"]>, sealer: Sealer) {
  const what = [
    ...(to > from ? [`frames ${from} to ${to - 1} of epoch ${epoch}`] : []),
    // Of a stream whose epoch the hub does not know, it may lack older ones.
    ...(from === 0 ? ["maybe frames of older epochs"] : []),
  ];
  const detail = `the hub has lost what it had acknowledged: ${what.join(" and ")}`;
  return (stream: Uint8Array, place: NewPlace, cursor: Uint8Array | undefined): Uint8Array =>
    gapFrame({ Reason: "hub-lost", Detail: detail }, { stream, cursor }, { place, sealer });
}

/** A gap frame that says which frame was refused, and how many events were in it. */
function gapFor(
  frame: Uint8Array,
  refused: Refused,
  at: { readonly place: NewPlace; readonly sealer: Sealer },
): { readonly frame: Uint8Array } {
  const header = parseHeader(frame);
  const row = {
    Reason: "refused",
    Count: header.rows,
    Detail: `the hub refused a frame: ${refused.code}`,
    RefusedSeq: refused.seq,
    RefusedHash: Buffer.from(refused.hash).toString("hex"),
  };
  // The refused frame's cursor goes on with the gap: what it covers must not be read again.
  const { stream, policy } = header;
  return { frame: gapFrame(row, { stream, policy, cursor: cursorIn(frame, header) }, at) };
}

/** Seals `row` as the only frame of a group. */
function gapFrame(
  row: {
    readonly Reason: string;
    readonly Detail: string;
    readonly Count?: number;
    readonly RefusedSeq?: number;
    readonly RefusedHash?: string;
  },
  { stream, policy, cursor }: {
    readonly stream: Uint8Array;
    readonly policy?: Uint8Array;
    readonly cursor: Uint8Array | undefined;
  },
  { place, sealer }: { readonly place: NewPlace; readonly sealer: Sealer },
): Uint8Array {
  const writer = new TableWriter<typeof GAP.columns>(GAP_SCHEMA);
  const nowMs = sealer.now();
  writer.add({ TimeGenerated: nowMs, ...row });
  const part = new Batcher(GAP_ZSTD_LEVEL).part(writer.view(), GAP_SCHEMA, {
    gap: true,
    cursor,
    nowMs,
    ...(policy && { policy }),
  });
  const { frames } = seal({ parts: [part], rows: 1 }, stream, { chain: place, sealer });
  const [frame = new Uint8Array(0)] = frames;
  return reseal(frame, place, sealer).frame;
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
