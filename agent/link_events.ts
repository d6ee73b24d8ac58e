/**
 * What a sender's news mean for the spool: what is trimmed, sealed again or put aside.
 *
 * @module
 */
import type { Log } from "../sdk/log.ts";
import type { Gap } from "../sdk/plugin.ts";
import type { Sealer } from "./seal.ts";
import type { SenderEvents } from "./send/sender.ts";
import type { StreamSeq } from "./send/stream_seq.ts";
import { replaceRefused, sealAgain } from "./send_again.ts";
import type { RecoveryReport } from "./spool/recover.ts";
import type { Spool } from "./spool/spool.ts";

export interface LinkEventsOptions {
  readonly spool: Spool;
  readonly sealer: Sealer;
  readonly log: Pick<Log, "error" | "warning">;
  /** Tells the sender that the spool has changed. */
  wake(): void;
  /** Tells the sender that the spool could not be changed: the hub is asked again later. */
  tryAgain(): void;
  /** Tells the source of what is acknowledged. */
  acked(acked: StreamSeq): void;
  /** Tells the source that its stream goes on where the hub's does. */
  agreed(stream: string): void;
  /** Puts a refused frame aside. */
  keep(name: string, frame: Uint8Array): void;
}

/** The answers to the hub, all but what is of trust and keys. */
export function linkEvents(
  { spool, sealer, log, wake, tryAgain, acked: tell, agreed, keep }: LinkEventsOptions,
): Pick<SenderEvents, "acked" | "refused" | "epoch" | "agreed"> {
  const again = (change: Promise<void>): void => {
    change.then(wake, (error: unknown) => {
      log.error(String(error));
      tryAgain();
    });
  };
  const refusals = replaceRefused({ spool, sealer, again, keep });
  return {
    acked(acked) {
      spool.ack(acked);
      tell(acked);
      refusals.acked(acked);
    },
    refused(refused) {
      log.error("The hub refuses a frame for good", { code: refused.code, seq: refused.seq });
      refusals.refused(refused);
    },
    epoch(needed) {
      log.warning("A stream goes on in a new epoch", { reason: needed.reason });
      again(sealAgain(spool, needed, sealer).then(() => agreed(needed.stream)));
    },
    agreed(stream, cursor) {
      if (cursor !== undefined) spool.takeCursor(stream, cursor);
      agreed(stream);
    },
  };
}

/** Damage that the start found in the spool is a loss: it is said in the agent's own stream. */
export function recoveryGap(report: RecoveryReport): Gap | undefined {
  const { damages, droppedFrames, quarantinedBytes } = report;
  if (damages.length === 0) return undefined;
  const detail = `spool: ${damages.length} damaged places, ${droppedFrames} frames dropped, ` +
    `${quarantinedBytes} bytes in quarantine`;
  return { reason: "other", detail };
}
