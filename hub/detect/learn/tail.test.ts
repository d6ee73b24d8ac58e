import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { count, newTail, surpriseOf, type Tail } from "./tail.ts";

function tailOf(distances: readonly number[]): Tail {
  const tail = newTail();
  for (const distance of distances) count(tail, distance);
  return tail;
}

/** 1,000 distances of which one in ten is 8, one in a hundred 64, the others 1. */
const STEPS = Array.from({ length: 1_000 }, (_, i) => i % 100 === 0 ? 64 : i % 10 === 0 ? 8 : 1);

test("surpriseOf() is the order of magnitude of how rarely a distance is reached or exceeded", () => {
  const tail = tailOf(STEPS);
  const surprises = [0, 0.5, 1, 8, 64].map((distance) => surpriseOf(tail, distance).toFixed(1));
  assert.deepEqual(surprises, ["0.0", "0.0", "0.3", "1.3", "3.3"]);
});

test("surpriseOf() goes on beyond the largest distance, further where the tail is long", () => {
  const short = tailOf(STEPS);
  const long = tailOf(STEPS.map((distance, i) => i % 200 === 0 ? 64_000 : distance));
  assert.ok(surpriseOf(short, 128) > surpriseOf(short, 64));
  assert.ok(surpriseOf(short, 128_000) > surpriseOf(long, 128_000) + 2);
});

test("surpriseOf() says nothing before there are 20 distances", () => {
  assert.equal(surpriseOf(tailOf(Array<number>(19).fill(1)), 1_000), 0);
  assert.ok(surpriseOf(tailOf(Array<number>(20).fill(1)), 1_000) > 1);
});

test("surpriseOf() never falls with the distance, and is a number", () => {
  const distance = fc.double({ min: 0, noNaN: true, noDefaultInfinity: true });
  fc.assert(
    fc.property(
      fc.array(distance, { minLength: 20, maxLength: 200 }),
      distance,
      distance,
      (of, a, b) => {
        const tail = tailOf(of);
        const [near, far] = [surpriseOf(tail, Math.min(a, b)), surpriseOf(tail, Math.max(a, b))];
        assert.ok(near >= 0 && near <= far + 1e-9 && Number.isFinite(far), `${near} ${far}`);
        assert.ok(tail.counts.length <= 505);
      },
    ),
    { numRuns: 200 },
  );
});

test("count() halves all counts before they reach 65,536", () => {
  const tail = tailOf(Array.from({ length: 70_000 }, (_, i) => i % 2));
  assert.deepEqual({ ...tail, counts: tail.counts.length }, {
    n: 32_768 + 70_000 - 65_536,
    zeros: 16_384 + 2_232,
    lo: 0,
    counts: 1,
  });
});
