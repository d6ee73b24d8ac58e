import assert from "node:assert/strict";
import { test } from "node:test";
import {
  attackHour,
  hostRule,
  HOUR,
  START,
  usualHour,
  windowsOf,
} from "../detect/behaviour/fakes.ts";
import { judge } from "../detect/behaviour/judge.ts";
import { modelHash, readModel } from "../detect/behaviour/model.ts";
import { fit } from "./fit.ts";

const DAYS = 14;
const span = { fromMs: START, toMs: START + DAYS * 24 * HOUR };
const options = { number: 1, seed: 7, now: span.toMs, ...span };
const rule = hostRule();
const hours = Array.from({ length: 24 * DAYS }, (_, i) => usualHour(i));
/** A machine that does other things takes its time. */
const SLOW = { timeout: 60_000 };
const usual = windowsOf(rule, hours);

test("fit() gives the same model for the same seed, and one that can be read", SLOW, () => {
  const { closed, pasts } = usual;
  const model = fit(rule, closed, { ...options, pasts });
  assert.deepEqual(fit(rule, closed, { ...options, pasts }), model);
  const text = JSON.stringify(model);
  assert.deepEqual(readModel({ text, hash: modelHash(text) }), JSON.parse(text));
  const other = fit(rule, closed, { ...options, seed: 8, pasts });
  assert.notDeepEqual(other.forest, model.forest);
});

test("fit() refuses too few windows with what would be right", () => {
  const { closed, pasts } = windowsOf(rule, hours.slice(0, 20));
  assert.throws(() => fit(rule, closed.slice(0, 99), { ...options, pasts }), {
    code: "few",
    message: /99 windows were seen, must be 100 or more/,
  });
  fit(rule, [...closed, ...closed].slice(0, 100), { ...options, pasts });
});

test("features that never change are learned, and what changes them is found", SLOW, () => {
  const still = hours.map((rows) => rows.map((row) => ({ ...row, Failed: false, Status: "s0" })));
  const { closed, pasts } = windowsOf(rule, still);
  const model = fit(rule, closed, { ...options, pasts });
  const [last] = windowsOf(rule, still.slice(0, 30)).closed.toReversed();
  const at = rule.features.findIndex(({ name }) => name === "Failures");
  assert.ok(judge(model, last!.point) < model.threshold);
  const far = Math.log1p(20);
  assert.ok(judge(model, last!.point.with(at, far).with(at + 6, 50)) > model.threshold);
});

test("windows that are all alike make a model that finds none of them", SLOW, () => {
  const { closed, pasts } = usual;
  const alike = closed.map((window) => ({ ...window, point: window.point.map(() => 1) }));
  const model = fit(rule, alike, { ...options, pasts });
  assert.ok(alike.every(({ point }) => judge(model, point) < model.threshold));
  const absent = closed.map((window) => ({ ...window, point: window.point.map(() => NaN) }));
  const empty = fit(rule, absent, { ...options, pasts });
  const text = JSON.stringify(empty);
  readModel({ text, hash: modelHash(text) });
  assert.ok(judge(empty, absent[0]!.point) < empty.threshold);
});

test("a burst in what is learned does not make bursts usual", SLOW, () => {
  const poisoned = hours.map((rows, hour) =>
    // Two days on end, and an hour now and then.
    (hour >= 100 && hour < 148) || hour % 50 === 0 ? [...rows, ...attackHour(hour)] : rows
  );
  const { closed, pasts } = windowsOf(rule, poisoned);
  const model = fit(rule, closed, { ...options, pasts });
  const again = [...hours.slice(0, 30), [...usualHour(30), ...attackHour(30, "h5")]];
  const found = windowsOf(rule, again).closed.find(({ rows }) => rows > 300);
  assert.ok(judge(model, found!.point) > model.threshold + 0.1);
  const bursts = closed.filter(({ rows }) => rows > 300).length;
  assert.ok(model.trained.left >= bursts, `${model.trained.left} of ${bursts} were left out`);
  const others = closed.filter(({ rows }) => rows < 100);
  const wrong = others.filter(({ point }) => judge(model, point) >= model.threshold);
  assert.ok(wrong.length < others.length / 50, `${wrong.length} of ${others.length}`);
});

test(
  "an entity with a thousand times the windows is not what is usual for the others",
  SLOW,
  () => {
    const { closed, pasts } = usual;
    const [one] = closed.toReversed();
    const loud = Array.from({ length: 20_000 }, (_, i) => ({
      ...one!,
      entity: "loud",
      startMs: START + i * 60_000,
      point: one!.point.with(0, 12),
    }));
    const model = fit(rule, [...closed, ...loud], { ...options, pasts });
    assert.ok(model.center[0]! < 6, `usual is ${model.center[0]}`);
    const quiet = closed.filter(({ point }) => judge(model, point) < model.threshold);
    assert.ok(quiet.length > closed.length * 0.9);
  },
);
