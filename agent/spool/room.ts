/**
 * Who may still write: the spool's budget by priority, and the disk's free-space floor.
 *
 * `bulk` is out of room first, then `normal`; the last fifth is for `audit` alone.
 *
 * @module
 */
import type { Files } from "../../sdk/runtime/files.ts";
import type { Priority } from "../../sdk/table.ts";

/** Share of the budget up to which each priority may fill the spool. */
const SHARE: Readonly<Record<Priority, number>> = { audit: 1, normal: 0.8, bulk: 0.7 };
/** The disk is asked for its free space after so many bytes or ms. */
const ASK_EVERY_BYTES = 1024 * 1024;
const ASK_EVERY_MS = 1000;

export interface RoomOptions {
  readonly files: Files;
  readonly folder: string;
  /** Steady or wall clock, ms. */
  readonly now: () => number;
  /** Budget of the spool. */
  readonly maxBytes: number;
  /** Free space to leave to everybody else on this disk. */
  readonly floorBytes: number;
}

export interface Room {
  of(priority: Priority, usedBytes: number): "ok" | "full";
  /** Whether the disk, when last asked, had nothing for us. */
  isShort(): boolean;
  /** A write has failed for want of room. */
  ranOut(): void;
  /** Something was removed: asks again, and lets those go on who wait. */
  freed(): void;
  /** Looks again for those who wait. */
  look(): void;
  /** Resolves when `isOk` says so or on abort; it is asked whenever there may be more room. */
  wait(isOk: () => boolean, signal: AbortSignal): Promise<void>;
}

export function openRoom(options: RoomOptions): Room {
  const { files, folder, now, maxBytes, floorBytes } = options;
  let free = Number.POSITIVE_INFINITY;
  let askedAt = Number.NEGATIVE_INFINITY;
  let askedUsed = 0;
  const waiting = new Set<() => void>();
  const look = (): void => {
    for (const ask of waiting) ask();
  };
  const ask = (usedBytes: number): void => {
    free = files.freeBytes(folder);
    askedAt = now();
    askedUsed = usedBytes;
  };
  return {
    of(priority, usedBytes) {
      if (usedBytes > SHARE[priority] * maxBytes) return "full";
      const sinceMs = now() - askedAt;
      // A clock that was set back must not make anybody wait until it has caught up.
      const isOld = sinceMs < 0 || sinceMs >= ASK_EVERY_MS ||
        usedBytes - askedUsed >= ASK_EVERY_BYTES;
      if (isOld) ask(usedBytes);
      return free > floorBytes ? "ok" : "full";
    },
    isShort: () => free <= floorBytes,
    ranOut() {
      free = 0;
      askedAt = now();
    },
    freed() {
      askedAt = Number.NEGATIVE_INFINITY;
      look();
    },
    look,
    wait: (isOk, signal) =>
      new Promise((resolve) => {
        const lookAgain = (): void => {
          if (!isOk() && !signal.aborted) return;
          waiting.delete(lookAgain);
          signal.removeEventListener("abort", lookAgain);
          resolve();
        };
        waiting.add(lookAgain);
        signal.addEventListener("abort", lookAgain);
        lookAgain();
      }),
  };
}
