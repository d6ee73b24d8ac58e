import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { binOf, referenceOf, SHIFT, shiftOf } from "./drift.ts";
import { seeded } from "./random.ts";

function counted(edges: readonly number[], values: readonly number[]): number[] {
  const counts = Array.from({ length: edges.length + 1 }, () => 0);
  for (const value of values) counts[binOf(edges, value)]!++;
  return counts;
}

test("numbers of the same kind do not shift, others do", () => {
  const random = seeded(5);
  const draw = (count: number, add: number) => Array.from({ length: count }, () => random() + add);
  const reference = referenceOf(draw(2_000, 0));
  const shift = (values: readonly number[]) => shiftOf(reference, counted(reference.edges, values));
  for (let i = 0; i < 50; i++) assert.ok(shift(draw(200, 0)) < 0.1);
  assert.ok(shift(draw(200, 0.3)) > SHIFT);
  assert.ok(shift(draw(200, 50)) > SHIFT);
});

test("what was always the same shifts as soon as it is something else, up or down", () => {
  const reference = referenceOf(Array.from({ length: 500 }, () => 3));
  const shift = (value: number) =>
    shiftOf(reference, counted(reference.edges, Array.from({ length: 200 }, () => value)));
  assert.equal(shift(3), 0);
  assert.ok(shift(4) > SHIFT);
  assert.ok(shift(2) > SHIFT);
});

test("shiftOf() is a number from 0 on, whatever was learned and seen", () => {
  const values = fc.array(fc.double());
  fc.assert(fc.property(values, values, (learned, seen) => {
    const reference = referenceOf(learned);
    const known = seen.filter((value) => !Number.isNaN(value));
    const shift = shiftOf(reference, counted(reference.edges, known));
    assert.ok(Number.isFinite(shift) && shift >= 0);
    assert.equal(reference.counts.length, reference.edges.length + 1);
  }));
});
