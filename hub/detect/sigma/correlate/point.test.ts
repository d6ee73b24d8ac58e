import assert from "node:assert/strict";
import { test } from "node:test";
import { insert, type Point, type Points, thin } from "./point.ts";

const point = (n: number, value: string = String(n)): Point => ({
  ms: n,
  hubMs: n,
  rule: 0,
  value,
  place: [n, 0],
});

function filled(
  count: number,
  of: {
    readonly most: number;
    readonly byValue: boolean;
    readonly textOf?: (n: number) => string;
  },
): Points {
  const points: Points = { list: [], halved: 0 };
  for (let n = 0; n < count; n++) {
    insert(points, point(n, (of.textOf ?? String)(n)), of.byValue);
    thin(points, of.most, of.byValue);
  }
  return points;
}

test("points are exact up to their bound, and sorted by time", () => {
  const points: Points = { list: [], halved: 0 };
  for (const n of [5, 1, 3, 2, 4]) {
    insert(points, point(n), false);
    thin(points, 5, false);
  }
  assert.deepEqual(points.list.map(({ ms }) => ms), [1, 2, 3, 4, 5]);
  assert.equal(points.halved, 0);
});

for (const byValue of [false, true]) {
  test(`a sample by ${byValue ? "value" : "place"} stands for about all of them`, () => {
    const { list, halved } = filled(100_000, { most: 2_000, byValue });
    assert.ok(list.length <= 2_000);
    const estimate = list.length * 2 ** halved;
    assert.ok(Math.abs(estimate - 100_000) < 10_000, String(estimate));
  });
}

test("a value that comes often takes no place from others", () => {
  const { list, halved } = filled(50_000, {
    most: 1_000,
    byValue: true,
    textOf: (n) => String(n % 900),
  });
  assert.equal(halved, 0);
  assert.equal(new Set(list.map(({ value }) => value)).size, 900);
});

test("a sample does not depend on the order in which points come", () => {
  const inOrder = filled(10_000, { most: 500, byValue: true });
  const points: Points = { list: [], halved: 0 };
  for (let n = 9_999; n >= 0; n--) {
    insert(points, point(n), true);
    thin(points, 500, true);
  }
  assert.deepEqual(points, inOrder);
});
