/**
 * Group commit: many wait, one sync serves them all.
 *
 * @module
 */

/**
 * Turns `sync` into a `commit` that many callers share: it resolves once a sync has succeeded that
 * began after the call. While one runs, later callers gather for the next.
 *
 * After a failure every commit rejects with that failure: a sync is never tried again.
 */
export function groupCommit(sync: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | undefined;
  let next: Promise<void> | undefined;
  let failure: { readonly error: unknown } | undefined;

  const run = async (): Promise<void> => {
    if (failure !== undefined) throw failure.error;
    try {
      await sync();
    } catch (error) {
      failure ??= { error };
      throw error;
    }
  };
  return () => {
    next ??= (async () => {
      // Even the first one waits a turn of the microtask queue, so that what is appended in the
      // same turn shares its sync.
      await (running ?? Promise.resolve()).catch(() => {});
      running = next;
      next = undefined;
      await run();
    })();
    return next;
  };
}
