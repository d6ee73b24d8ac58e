import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { add, forget, newWindow } from "./window.ts";

const BOUNDS = { count: 3, withinMs: 10, points: 1_000 };

/** Bursts by definition: chains without a quiet span that hold enough events near enough. */
function burstsOf(times: readonly number[]): { from: number; to: number; count: number }[] {
  const sorted = times.toSorted((a, b) => a - b);
  const chains: number[][] = [];
  for (const ms of sorted) {
    const chain = chains.at(-1);
    if (chain !== undefined && ms - chain.at(-1)! <= BOUNDS.withinMs) chain.push(ms);
    else chains.push([ms]);
  }
  return chains.filter((chain) =>
    chain.some((ms, i) => {
      const last = chain[i + BOUNDS.count - 1];
      return last !== undefined && last - ms <= BOUNDS.withinMs;
    })
  ).map((chain) => ({ from: chain[0]!, to: chain.at(-1)!, count: chain.length }));
}

test("add() finds the same bursts in whatever order events arrive", () => {
  const times = fc.array(fc.integer({ min: 0, max: 150 }), { maxLength: 40 });
  fc.assert(
    fc.property(times, (all) => {
      const window = newWindow();
      for (const ms of all) add(window, BOUNDS, { ms, hubMs: 1 });
      const found = window.bursts.map(({ from, to, count }) => ({ from, to, count }));
      assert.deepEqual(found.toSorted((a, b) => a.from - b.from), burstsOf(all));
    }),
    { numRuns: 300 },
  );
});

test("a burst is found once, and again only after a quiet span", () => {
  const window = newWindow();
  const found = [0, 5, 10, 15, 24, 34, 45, 46, 47, 48].filter((ms) =>
    add(window, BOUNDS, { ms, hubMs: ms }).burst !== undefined
  );
  assert.deepEqual(found, [10, 47]);
});

test("forget() drops what the hub received too long ago, not what happened long ago", () => {
  const window = newWindow();
  add(window, BOUNDS, { ms: 1, hubMs: 1_000 });
  add(window, BOUNDS, { ms: 2, hubMs: 2_000 });
  forget(window, 1_500);
  assert.deepEqual(window.times, [2]);
});

test("add() counts what it has to drop when an entity has too many events", () => {
  const window = newWindow();
  let dropped = 0;
  for (let i = 0; i < 20; i++) {
    dropped += add(window, { ...BOUNDS, points: 8 }, { ms: i * 100, hubMs: i }).dropped;
  }
  assert.ok(window.times.length <= 8);
  assert.equal(dropped, 20 - window.times.length);
  assert.equal(window.times.at(-1), 1_900);
});
