/**
 * Notices that a folder of rules is no longer what it was, once it has come to rest.
 *
 * It looks now and then instead of being told: what tells of changed files differs between systems,
 * and on a network folder tells nothing.
 *
 * @module
 */

export interface WatchOptions {
  /** What is in the folder, in short: differs if anything has changed. */
  print(): string;
  /** Runs `run` in `ms`; gives what takes it back. */
  after(ms: number, run: () => void): () => void;
  everyMs: number;
  /** Called when the folder has changed, and has not changed further since the look before. */
  changed(): void;
}

/** Looks until it is disposed of. What is there now is not told. */
export function watchRules({ print, after, everyMs, changed }: WatchOptions): Disposable {
  let taken = print();
  let last = taken;
  const look = (): void => {
    const now = print();
    const isAtRest = now === last;
    last = now;
    if (isAtRest && now !== taken) {
      taken = now;
      changed();
    }
    stop = after(everyMs, look);
  };
  let stop = after(everyMs, look);
  return { [Symbol.dispose]: () => stop() };
}
