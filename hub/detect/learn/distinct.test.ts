import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { addTo, countOf, type Distinct, hashOf, KEPT } from "./distinct.ts";

function taken(values: readonly string[]): Distinct {
  const distinct: Distinct = [];
  for (const value of values) addTo(distinct, hashOf(value));
  return distinct;
}

test("countOf() is exact below its room, in any order and however often a value comes", () => {
  const values = fc.uniqueArray(fc.string(), { maxLength: KEPT - 1 });
  fc.assert(fc.property(values, fc.infiniteStream(fc.nat()), (list, picks) => {
    const again = list.map(() => list[picks.next().value % list.length]!);
    const distinct = taken([...again, ...list]);
    assert.equal(countOf(distinct), list.length);
    assert.deepEqual(distinct, taken(list.toReversed()));
  }));
});

test("countOf() is off by less than half for many values, in bounded room", () => {
  for (const prefix of ["a", "10.0.", "user-"]) {
    for (const count of [100, 1_000, 50_000]) {
      const distinct = taken(Array.from({ length: count }, (_, i) => `${prefix}${i}`));
      assert.equal(distinct.length, KEPT);
      const off = countOf(distinct) / count;
      assert.ok(off > 0.5 && off < 1.5, `${countOf(distinct)} of ${count}`);
    }
  }
});

test("hashOf() gives whole numbers below 2^48 that hardly ever meet", () => {
  const hashes = new Set(Array.from({ length: 200_000 }, (_, i) => hashOf(`v${i}`)));
  assert.ok(hashes.size >= 199_999);
  for (const hash of hashes) assert.ok(Number.isSafeInteger(hash) && hash >= 0 && hash < 2 ** 48);
});
