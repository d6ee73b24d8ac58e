import assert from "node:assert/strict";
import test from "node:test";
import { merge } from "./merge.ts";

async function* of<T>(...items: readonly T[]): AsyncIterable<T> {
  yield* items;
}

async function collect<T>(source: AsyncIterable<T>): Promise<T[]> {
  const items: T[] = [];
  for await (const item of source) items.push(item);
  return items;
}

test("merge() gives every item of every source, each source in its order", async () => {
  const items = await collect(merge([of("a1", "a2", "a3"), of("b1"), of<string>()]));
  assert.deepEqual(items.toSorted(), ["a1", "a2", "a3", "b1"]);
  assert.deepEqual(items.filter((item) => item.startsWith("a")), ["a1", "a2", "a3"]);
});

test("merge() of nothing ends", async () => {
  assert.deepEqual(await collect(merge([])), []);
});

test("merge() fails with a source that fails and ends the others", async () => {
  let isEnded = false;
  async function* endless(): AsyncIterable<number> {
    try {
      for (let i = 0;; i++) yield i;
    } finally {
      isEnded = true;
    }
  }
  // oxlint-disable-next-line require-yield -- it fails before
  async function* broken(): AsyncIterable<number> {
    throw new RangeError("broken");
  }
  await assert.rejects(collect(merge([endless(), broken()])), RangeError);
  await Promise.resolve();
  assert.ok(isEnded);
});
