import assert from "node:assert/strict";
import { test } from "node:test";
import { buildFilter, mayHold } from "./xor_filter.ts";

const COUNT = 20_000;
const first = Uint32Array.from({ length: COUNT }, (_, i) => i);
const second = Uint32Array.from({ length: COUNT }, (_, i) => Math.imul(i, 0x9e3779b1));
const filter = buildFilter({ first, second });

test("a filter forgets nothing that is in it", () => {
  for (let i = 0; i < COUNT; i++) assert.ok(mayHold(filter, first[i]!, second[i]!), String(i));
});

test("a filter that was cut off says yes to all", () => {
  const cut = filter.subarray(0, filter.length >> 1);
  for (let i = 0; i < 1000; i++) assert.ok(mayHold(cut, COUNT + i, i), String(i));
});
