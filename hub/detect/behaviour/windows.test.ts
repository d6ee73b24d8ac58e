import assert from "node:assert/strict";
import { test } from "node:test";
import { FACTS, type Login } from "../fakes.ts";
import { batchOf, hostRule, HOUR, START } from "./fakes.ts";
import { openWindows, type Windows } from "./windows.ts";

const rule = hostRule();
const at = (hour: number): Login => ({ TimeGenerated: START + hour * HOUR, Host: "h1" });

function take(windows: Windows, hubHour: number, ...hours: readonly number[]) {
  const facts = { ...FACTS, hubMs: START + hubHour * HOUR };
  return windows.take(batchOf(hours.map(at)), facts).closed.map(hourOf);
}

function hourOf({ startMs }: { readonly startMs: number }): number {
  return (startMs - START) / HOUR;
}

test("a window is closed a minute after its end, a late one after as long as it is", () => {
  const windows = openWindows(rule, { limit: 10 });
  take(windows, 5.5, 5.2, 1);
  const closed = (hubHour: number) => windows.close(START + hubHour * HOUR).map(hourOf);
  assert.deepEqual(closed(6), []);
  assert.deepEqual(closed(6 + 1 / 60), [5]);
  assert.deepEqual(closed(6.5), []);
  assert.deepEqual(closed(6.5 + 1 / 60), [1]);
});

test("a time that is still to come counts as now", () => {
  const windows = openWindows(rule, { limit: 10 });
  take(windows, 5.5, 900, 5.1);
  assert.deepEqual(
    windows.close(Infinity).map(({ startMs, rows }) => [hourOf({ startMs }), rows]),
    [
      [5, 2],
    ],
  );
});

test("four windows of an entity are open at once; the oldest is closed for another one", () => {
  const windows = openWindows(rule, { limit: 10 });
  assert.deepEqual(take(windows, 50, 1, 2, 3, 4, 5, 6), [1, 2]);
  // A later one than all does not make a window of each of its rows.
  assert.deepEqual(take(windows, 50, 0, 0, 0), [3]);
  assert.deepEqual(windows.close(Infinity).map(({ rows }) => rows), [3, 1, 1, 1]);
});

test("an entity that a model knows is compared with its own past from its first window on", () => {
  const past = {
    windows: 50,
    features: rule.features.map((): [number, number, number] => [50, 1, 0.5]),
  };
  const windows = openWindows(rule, {
    limit: 10,
    pastOf: (entity) => entity === "h1" ? past : undefined,
  });
  take(windows, 5, 5);
  const [known] = windows.close(Infinity);
  assert.ok(Math.abs(known!.point[6]! - (Math.log1p(1) - 1) / 0.5) < 1e-9);
  // What is new is known from values, and those no model has.
  assert.ok(Number.isNaN(known!.point[3]));
  assert.equal(past.windows, 50, "the model's own is not changed");
  const unknown = openWindows(rule, { limit: 10 });
  take(unknown, 5, 5);
  assert.ok(Number.isNaN(unknown.close(Infinity)[0]!.point[6]));
});

test("only the first rows of a window are kept as evidence", () => {
  const windows = openWindows(rule, { limit: 10 });
  take(windows, 5, ...Array.from({ length: 50 }, () => 5));
  const [closed] = windows.close(Infinity);
  assert.deepEqual([closed!.rows, closed!.evidence.length], [50, 5]);
});
