import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type Forest, grow, type Point, scoreOf } from "./forest.ts";
import { seeded } from "./random.ts";

function forestOf(points: readonly Point[], seed = 1): Forest {
  const steps = points[0]!.map(() => 0.1);
  return grow(points, { trees: 64, sample: 128, steps, random: seeded(seed) });
}

/** Around 0 in two dimensions; the third never changes. */
function cloud(count: number, seed: number): Point[] {
  const random = seeded(seed);
  const normal = (): number => random() + random() + random() + random() - 2;
  return Array.from({ length: count }, () => [normal(), normal(), 1]);
}

test("what is far from all is more unusual than all, also where nothing ever changed", () => {
  const points = cloud(500, 3);
  const forest = forestOf(points);
  const most = Math.max(...points.map((point) => scoreOf(forest, point)));
  for (const far of [[9, 0, 1], [0, -9, 1], [0, 0, 2], [0, 0, 0], [0, 0, -1e9]]) {
    assert.ok(scoreOf(forest, far) > scoreOf(forest, [0, 0, 1]) + 0.05, `${far.join()}`);
  }
  assert.ok(scoreOf(forest, [9, -9, 3]) > most);
});

test("grow() gives the same for the same seed, and a score from 0 to 1 for any point", () => {
  const value = fc.double({ min: -1e12, max: 1e12, noNaN: true });
  const point = fc.tuple(value, value);
  fc.assert(fc.property(fc.array(point, { minLength: 1, maxLength: 40 }), point, fc.nat(), (
    points,
    other,
    seed,
  ) => {
    const forest = forestOf(points, seed);
    assert.deepEqual(forestOf(points, seed), forest);
    // It is kept as JSON.
    assert.deepEqual(JSON.parse(JSON.stringify(forest)), forest);
    const score = scoreOf(forest, other);
    assert.ok(score >= 0 && score <= 1, `${score}`);
  }));
});

test("all points the same make a forest that tells others", () => {
  const forest = forestOf(Array.from({ length: 50 }, () => [1, 2]));
  assert.ok(scoreOf(forest, [5, 2]) > scoreOf(forest, [1, 2]));
});
