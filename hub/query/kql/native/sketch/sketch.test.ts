import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { callNative } from "../test_call.ts";

test("a digest of few values has their percentiles and ranks exactly", () => {
  const digest = callNative("tdigest", "[30,10,20,20,null,40]");
  assert.equal(digest, "[[7],[10,20,30,40],[1,2,1,1]]");
  assert.equal(callNative("percentile_tdigest", digest, 50), "20");
  assert.equal(callNative("percentiles_array_tdigest", digest, "[0,60]", "100"), "[10,20,40]");
  assert.equal(callNative("rank_tdigest", digest, 20), 3);
  assert.equal(callNative("percentrank_tdigest", digest, 20), 60);
  assert.equal(callNative("rank_tdigest", digest, 9), 0);
});

test("weights count as so many rows", () => {
  const pairs = "[[10,8],[20,6],[30,3],[40,1]]";
  assert.equal(callNative("percentiles_weighted", pairs, "50", "75", "99.9"), "[20,20,40]");
  assert.equal(callNative("tdigest", pairs), "[[7],[10,20,30,40],[8,6,3,1]]");
  assert.equal(callNative("percentiles_weighted", "[]", "50"), null);
});

test("merged digests are the digest of all their values", () => {
  const values = fc.array(fc.integer({ min: -50, max: 50 }), { minLength: 1, maxLength: 40 });
  fc.assert(fc.property(values, values, (a, b) => {
    const [one, other] = [a, b].map((list) => callNative("tdigest", JSON.stringify(list)));
    const whole = callNative("tdigest", JSON.stringify([...a, ...b]));
    assert.equal(callNative("merge_tdigest", one!, other!), whole);
    assert.equal(callNative("merge_tdigests", `[${String(one)},${String(other)},null]`), whole);
  }));
});

test("a digest of 100,000 values has at most 1,024 points and is off by under 0.5 %", () => {
  const values = Array.from({ length: 100_000 }, (_, i) => (i * 7919) % 100_000);
  const digest = String(callNative("tdigest", JSON.stringify(values)));
  assert.ok((JSON.parse(digest) as unknown[][])[1]!.length <= 1024);
  for (const percent of [0.01, 1, 25, 50, 75, 99, 99.99]) {
    const value = Number(callNative("percentile_tdigest", digest, percent));
    const most = percent < 1 || percent > 99 ? 10 : 500;
    assert.ok(Math.abs(value - percent * 1000) < most, `${percent}: ${value}`);
  }
});

test("what is no sketch is refused, and an absent one has no value", () => {
  for (const [name, text] of [["percentile_tdigest", "[1]"], ["dcount_hll", "[[1024,9],[],[]]"]]) {
    assert.throws(() => callNative(name!, text!, 1), { code: "value" });
  }
  assert.throws(() => callNative("hll", "[1]", 5n), { code: "value" });
  assert.throws(
    () => callNative("hll_merge", callNative("hll", "[1]", 0n), callNative("hll", "[1]", 1n)),
    { code: "value" },
  );
  assert.equal(callNative("percentile_tdigest", null, 50), null);
  assert.equal(callNative("dcount_hll", null), null);
  assert.equal(callNative("hll_merges", "[null]"), null);
});

/** 64 bits that look random, of a number. */
function hashOf(i: number): bigint {
  let x = BigInt.asUintN(64, BigInt(i) * 0x9e3779b97f4a7c15n + 0x9e3779b97f4a7c15n);
  x = BigInt.asUintN(64, (x ^ (x >> 30n)) * 0xbf58476d1ce4e5b9n);
  x = BigInt.asUintN(64, (x ^ (x >> 27n)) * 0x94d049bb133111ebn);
  return BigInt.asIntN(64, x ^ (x >> 31n));
}

function sketchOf(from: number, to: number): string {
  const hashes = Array.from({ length: to - from }, (_, i) => hashOf(from + i));
  return String(callNative("hll", `[${hashes.join(",")}]`));
}

test("up to 1,024 different values are counted exactly, and merged", () => {
  assert.equal(callNative("hll", "[5,5,-7]"), "[[1024,14],[5,-7],[]]");
  assert.equal(callNative("dcount_hll", sketchOf(0, 1024)), 1024n);
  const merged = callNative("hll_merge", sketchOf(0, 600), sketchOf(300, 900));
  assert.equal(callNative("dcount_hll", merged), 900n);
});

test("more values are estimated within 4 standard errors, and merging is their union", () => {
  for (const count of [1025, 5000, 60_000]) {
    const estimate = Number(callNative("dcount_hll", sketchOf(0, count)));
    assert.ok(Math.abs(estimate - count) < 4 * 0.0082 * count, `${count}: ${estimate}`);
  }
  const merged = callNative("hll_merges", `[${sketchOf(0, 3000)},${sketchOf(2500, 5000)},null]`);
  assert.equal(merged, sketchOf(0, 5000));
  assert.equal(callNative("hll_merge", sketchOf(0, 10), sketchOf(5, 3000)), sketchOf(0, 3000));
  assert.equal(callNative("hll_merge", sketchOf(5, 3000), sketchOf(0, 10)), sketchOf(0, 3000));
});

test("what sketches have in common is exact while they are, else near", () => {
  const few = [sketchOf(0, 100), sketchOf(50, 150), sketchOf(90, 95)];
  assert.equal(callNative("dcount_intersect", ...few), "[100,50,5]");
  const many = [sketchOf(0, 20_000), sketchOf(10_000, 30_000)];
  const [, both] = JSON.parse(String(callNative("dcount_intersect", ...many))) as number[];
  assert.ok(Math.abs(both! - 10_000) < 1000, String(both));
  assert.throws(() => callNative("dcount_intersect", ...Array<string>(11).fill(sketchOf(0, 1))), {
    code: "value",
  });
});
