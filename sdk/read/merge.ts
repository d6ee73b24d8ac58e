/**
 * Many asynchronous sequences as one.
 *
 * @module
 */

interface Arrived<T> {
  readonly i: number;
  readonly result: IteratorResult<T>;
}

/**
 * Gives what any of `sources` gives, in the order of arrival; a source is asked for its next item
 * when its last one was taken. Ends when all have ended; leaving the loop, or an error of one, ends
 * the others.
 */
export async function* merge<T>(sources: readonly AsyncIterable<T>[]): AsyncIterable<T> {
  const iterators = sources.map((source) => source[Symbol.asyncIterator]());
  const arrived: (Arrived<T> | { readonly error: unknown })[] = [];
  let wake: (() => void) | undefined;
  // No Promise.race(): a source that stays silent would gather a reaction for each item of others.
  const ask = async (i: number): Promise<void> => {
    try {
      arrived.push({ i, result: await iterators[i]!.next() });
    } catch (error) {
      arrived.push({ error });
    }
    wake?.();
  };
  for (const i of iterators.keys()) void ask(i);
  let open = iterators.length;
  try {
    while (open > 0) {
      const next = arrived.shift();
      if (next === undefined) await new Promise<void>((resolve) => wake = resolve);
      else if ("error" in next) throw next.error;
      else if (next.result.done === true) open--;
      else {
        yield next.result.value;
        void ask(next.i);
      }
    }
  } finally {
    // Not awaited: one that waits for its next item ends only with the signal that it was given.
    for (const iterator of iterators) iterator.return?.(undefined).catch(() => {});
  }
}
