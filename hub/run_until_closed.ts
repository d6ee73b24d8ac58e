/**
 * Work that goes on for as long as the hub runs.
 *
 * @module
 */

/** Runs `work` beside the rest; closing aborts it and waits for its end. */
export function runUntilClosed(
  { onFatal }: { readonly onFatal: (error: unknown) => void },
  opened: AsyncDisposableStack,
  work: (signal: AbortSignal) => Promise<void>,
): void {
  const stop = new AbortController();
  const ended = work(stop.signal).catch((error: unknown) => {
    if (!stop.signal.aborted) onFatal(error);
  });
  opened.defer(async () => {
    stop.abort();
    await ended;
  });
}
