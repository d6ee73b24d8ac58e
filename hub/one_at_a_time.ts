/**
 * Work of which one piece runs at a time.
 *
 * @module
 */

/** Runs `work` when all that was given before has ended, well or not. */
export type Alone = <T>(work: () => Promise<T>) => Promise<T>;

/** Gives what runs pieces of work one after the other. */
export function oneAtATime(): Alone {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const run = last.then(work, work);
    last = run.catch(() => undefined);
    return run;
  };
}
