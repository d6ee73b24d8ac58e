/**
 * Which log of its hub an agent follows, and whose signatures it asks for: as `hub.json` keeps it.
 *
 * @module
 */
import type { logOf } from "../sdk/log.ts";
import { type Enrolment, saveEnrolment } from "./identity.ts";
import type { Trust } from "./send/follow.ts";

/** What was learnt at enrolment and since. */
export function trustIn(enrolment: Enrolment): Pick<Trust, "logId" | "operators"> {
  return {
    logId: bytesOf(enrolment.logId),
    operators: (enrolment.operators ?? []).map(({ name, publicKey }) => ({
      name,
      publicKey: bytesOf(publicKey),
    })),
  };
}

/** Gives what keeps changes. If we die before one is kept, the hub tells it again. */
export function keepTrust({ folder, enrolment, log }: {
  readonly folder: string;
  readonly enrolment: Enrolment;
  readonly log: ReturnType<typeof logOf>;
}): (trust: Trust, notes: readonly string[]) => void {
  let now = enrolment;
  let saved = Promise.resolve();
  return ({ logId, operators }, notes) => {
    const names = operators.map(({ name }) => name).join(", ");
    if (notes.length > 0) {
      log.warning("The hub was restored, its log goes on under a new id", { log: hexOf(logId) });
    } else log.info("These operators may sign that the hub was restored", { names });
    now = {
      ...now,
      logId: hexOf(logId),
      operators: operators.map(({ name, publicKey }) => ({ name, publicKey: hexOf(publicKey) })),
      ...(notes.length > 0 && { rollbacks: [...now.rollbacks ?? [], ...notes] }),
    };
    const next = now;
    saved = saved.then(() => saveEnrolment(folder, next)).catch((error: unknown) =>
      log.error("Cannot keep what the hub has told of its log", { why: String(error) })
    );
  };
}

function bytesOf(hex: string): Uint8Array {
  return new Uint8Array(Buffer.from(hex, "hex"));
}

function hexOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}
