/**
 * A stream of whose frames the spool has lost some: its source waits until the hub has said which of
 * them it has, for what the hub has must not be read again.
 *
 * A hub that is away is not waited for without end: to have events twice is better than to lose a
 * file that is rotated away.
 *
 * @module
 */

/** A hub that was down with its agents comes back meanwhile. */
const MOST_WAIT_MS = 300_000;

export interface CutStream {
  /** The hub has told. */
  agreed(): void;
  /** Resolves when it has, when it has been waited for long enough, or on abort. */
  wait(signal: AbortSignal): Promise<void>;
}

/** `after` calls back after some ms, and gives how to call that off. */
export function openCutStream(after: (ms: number, call: () => void) => () => void): CutStream {
  const { promise, resolve } = Promise.withResolvers<void>();
  return {
    agreed: resolve,
    async wait(signal) {
      const cancel = after(MOST_WAIT_MS, resolve);
      const wake = (): void => resolve();
      signal.addEventListener("abort", wake);
      if (signal.aborted) wake();
      await promise;
      signal.removeEventListener("abort", wake);
      cancel();
    },
  };
}
