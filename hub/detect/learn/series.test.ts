import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { newSeries, type Score, type Series, take, THRESHOLDS } from "./series.ts";

const START_MS = Date.UTC(2026, 0, 1);
const STEP_MS = 300_000;
const PER_DAY = 288;
const HOW = { threshold: THRESHOLDS.medium, direction: "both" } as const;

/** Numbers from -1 to 1, the same ones at each start. */
function noiseFrom(seed: number): () => number {
  let state = seed;
  return () => (state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0) / 2 ** 31 - 1;
}

/** Takes ten days of `usual` and then what `after` makes of it; the scores of the latter. */
function watch(
  usual: (row: number) => number,
  after: readonly ((value: number) => number)[],
  series: Series = newSeries(),
): readonly Score[] {
  const from = series.n + 10 * PER_DAY;
  const scores: Score[] = [];
  for (let row = series.n; row < from + after.length; row++) {
    const change = after[row - from];
    const value = change === undefined ? usual(row) : change(usual(row));
    const score = take(series, { value, ms: START_MS + row * STEP_MS, ...HOW });
    if (change !== undefined) scores.push(score!);
  }
  return scores;
}

function newsOf(scores: readonly Score[]): number {
  return scores.filter(({ isNews }) => isNews).length;
}

function flat(): (row: number) => number {
  const noise = noiseFrom(1);
  return () => 50 + noise();
}

/** High by day, low by night. */
function daily(): (row: number) => number {
  const noise = noiseFrom(2);
  return (row) => (row % PER_DAY > 100 && row % PER_DAY < 200 ? 80 : 20) + noise();
}

const SAME = (value: number) => value;
const times = (n: number, change: (value: number) => number) =>
  Array.from({ length: n }, () => change);

for (
  const [what, usual, after, feature] of [
    ["a level that has risen", flat(), times(40, (v) => v + 10), "level"],
    ["a single spike", flat(), [(v: number) => v + 40], "level"],
    ["a series that has become rough", flat(), times(60, (v) => 50 + (v - 50) * 6), "roughness"],
    ["a series that stands still", flat(), times(80, () => 50), "roughness"],
    ["a day's work at night", daily(), times(40, (v) => v + 60), "rhythm"],
  ] as const
) {
  test(`take() finds ${what} once, by its ${feature}`, () => {
    const scores = watch(usual, after);
    assert.equal(newsOf(scores), 1);
    const reasons = scores.flatMap((one) => one.reasons.filter((r) => r.feature === feature));
    assert.ok(Math.max(...reasons.map(({ surprise }) => surprise)) > 2);
  });
}

for (
  const [what, usual] of [
    ["noise around a level", flat()],
    ["one day like another", daily()],
    ["a constant", () => 7],
    ["nothing but zeros", () => 0],
  ] as const
) {
  test(`take() finds nothing in ${what}`, () => {
    assert.equal(newsOf(watch(usual, times(PER_DAY, SAME))), 0);
  });
}

test("take() tells what was seen and what would have been usual", () => {
  const last = watch(flat(), times(20, (v) => v + 10)).at(-1)!;
  const { actual, expected } = last.reasons.find(({ feature }) => feature === "level")!;
  assert.ok(Math.abs(actual - 60) < 1 && Math.abs(expected - 50) < 0.2, `${actual} ${expected}`);
});

test("take() finds what goes the asked way only", () => {
  for (const [direction, by, news] of [["up", 10, 1], ["down", 10, 0], ["down", -10, 1]] as const) {
    const series = newSeries();
    const usual = flat();
    watch(usual, [], series);
    const scores = Array.from({ length: 40 }, (_, i) => {
      const ms = series.lastMs + STEP_MS + i;
      return take(series, { value: usual(0) + by, ms, threshold: THRESHOLDS.medium, direction })!;
    });
    assert.equal(newsOf(scores), news, `${direction} ${by}`);
  }
});

test("take() finds the next episode when 120 usual values have passed", () => {
  const spike = (v: number) => v + 40;
  const twice = (quiet: number) => [spike, ...times(quiet, SAME), spike];
  assert.equal(newsOf(watch(flat(), twice(100))), 1);
  assert.equal(newsOf(watch(flat(), twice(160))), 2);
});

test("take() learns a leap of any height only so far that later anomalies are found", () => {
  const usual = flat();
  const series = newSeries();
  watch(usual, [() => 1e300, ...times(400, SAME)], series);
  assert.ok(Math.abs(series.mean - 50) < 1);
  assert.equal(newsOf(watch(usual, times(40, (v) => v + 10), series)), 1);
});

test("take() learns 200 values before anything is news", () => {
  const isNewsAt = (last: number) => {
    const series = newSeries();
    const rows = Array.from({ length: last + 1 }, (_, row) => {
      const value = row === last ? 1_000 : Math.sin(row);
      return take(series, { value, ms: START_MS + row * STEP_MS, ...HOW })!;
    });
    return rows[last]!.isNews;
  };
  assert.deepEqual([199, 200].map(isNewsAt), [false, true]);
});

test("take() leaves out what is no number or older than the newest value", () => {
  const series = newSeries();
  take(series, { value: 1, ms: START_MS, ...HOW });
  const before = JSON.stringify(series);
  for (const value of [NaN, Infinity, -Infinity]) {
    assert.equal(take(series, { value, ms: START_MS + 1, ...HOW }), undefined);
  }
  assert.equal(take(series, { value: 2, ms: START_MS - 1, ...HOW }), undefined);
  assert.equal(take(series, { value: 2, ms: NaN, ...HOW }), undefined);
  assert.equal(JSON.stringify(series), before);
});

test("take() does not join values over a long gap", () => {
  const series = newSeries();
  const usual = flat();
  watch(usual, [], series);
  const ms = series.lastMs + 61 * STEP_MS;
  take(series, { value: 50, ms, ...HOW });
  assert.equal(series.recent.length, 1);
});

test("take() goes on from saved JSON as if it had never stopped, whatever the values", () => {
  const value = fc.oneof(fc.double(), fc.integer({ min: -5, max: 5 }), fc.constant(1e308));
  const step = fc.integer({ min: -1, max: 100_000_000 });
  const rows = fc.array(fc.tuple(value, step), { minLength: 80, maxLength: 300 });
  fc.assert(
    fc.property(rows, fc.nat(300), (all, cut) => {
      const run = newSeries();
      let saved = newSeries();
      let ms = START_MS;
      for (const [i, [of, by]] of all.entries()) {
        if (i === cut) saved = JSON.parse(JSON.stringify(saved)) as Series;
        ms += by;
        const one = { value: of, ms, ...HOW };
        assert.deepEqual(take(saved, one), take(run, one));
      }
      assert.ok(JSON.stringify(run).length < 64 * 1024);
    }),
    { numRuns: 60 },
  );
});
