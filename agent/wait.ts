/**
 * Timers and waiting, as the agent's parts take them.
 *
 * @module
 */

/** Calls back after `ms`; gives what calls that off. */
export function after(ms: number, call: () => void): () => void {
  const timer = setTimeout(call, ms);
  return () => clearTimeout(timer);
}

/** Calls back every `ms`; gives what ends it. */
export function every(ms: number, call: () => void): () => void {
  const timer = setInterval(call, ms);
  return () => clearInterval(timer);
}

/** Resolves when `signal` aborts. */
export function untilAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}

/** Waits for `ms`; wakes early when `signal` aborts. */
export function pause(
  ms: number,
  { signal, after: later = after }: {
    readonly signal: AbortSignal;
    readonly after?: (ms: number, call: () => void) => () => void;
  },
): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const wake = (): void => {
      cancel();
      signal.removeEventListener("abort", wake);
      resolve();
    };
    const cancel = later(ms, wake);
    signal.addEventListener("abort", wake, { once: true });
  });
}
