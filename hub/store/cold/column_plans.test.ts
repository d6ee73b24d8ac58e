import assert from "node:assert/strict";
import { test } from "node:test";
import { ColumnPlans } from "./column_plans.ts";

const column = { name: "A", type: "text", optional: true } as const;

test("a plan is kept for a column of a table, and found out anew after a hundred chunks", () => {
  const plans = new ColumnPlans();
  const first = plans.of("T", column, 100);
  for (let i = 1; i < 100; i++) assert.equal(plans.of("T", column, 100), first);
  assert.notEqual(plans.of("T", column, 100), first);
  assert.notEqual(plans.of("U", column, 100), plans.of("T", column, 100));
});

test("what was found out on few rows does not hold for many", () => {
  const plans = new ColumnPlans();
  const first = plans.of("T", column, 10);
  assert.equal(plans.of("T", column, 40), first);
  assert.notEqual(plans.of("T", column, 41), first);
});
