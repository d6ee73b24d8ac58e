/**
 * Many asynchronous sequences as one.
 *
 * @module
 */

/**
 * Gives what any of `sources` gives, in the order of arrival, one item of each at a time. Ends when
 * all have ended; leaving the loop, or an error of one, ends the others.
 */
export async function* merge<T>(sources: readonly AsyncIterable<T>[]): AsyncIterable<T> {
  const iterators = sources.map((source) => source[Symbol.asyncIterator]());
  const waiting = new Map(iterators.map((iterator, i) => [i, tagged(iterator, i)]));
  try {
    while (waiting.size > 0) {
      const { i, result } = await Promise.race(waiting.values());
      if (result.done === true) waiting.delete(i);
      else {
        yield result.value;
        waiting.set(i, tagged(iterators[i]!, i));
      }
    }
  } finally {
    for (const promise of waiting.values()) promise.catch(() => {});
    // Not awaited: one that waits for its next item ends only with the signal that it was given.
    for (const i of waiting.keys()) iterators[i]!.return?.(undefined).catch(() => {});
  }
}

async function tagged<T>(
  iterator: AsyncIterator<T>,
  i: number,
): Promise<{ readonly i: number; readonly result: IteratorResult<T> }> {
  return { i, result: await iterator.next() };
}
