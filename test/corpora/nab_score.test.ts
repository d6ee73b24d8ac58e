import assert from "node:assert/strict";
import test from "node:test";
import { probation, type Raw, scoreCorpus, scoreSeries, type Window } from "./nab_score.ts";

/** By hand: 2 / (1 + e^-5) - 1 at a whole window length, 2 / (1 + e^-2.5) - 1 at half of one. */
const WHOLE = 0.986614;
const HALF = 0.848284;

function near(actual: number, expected: number): void {
  assert.ok(Math.abs(actual - expected) < 1e-5, `${actual} is not ${expected}`);
}

const WINDOWS: readonly Window[] = [[400, 500], [700, 800]];

for (
  const [what, detections, expected] of [
    ["nothing", [], -2],
    ["the left edge of one window", [400], 1 - 1],
    ["the middle of one window", [450], HALF / WHOLE - 1],
    ["the right edge of one window", [500], 0 - 1],
    ["both left edges", [400, 700], 2],
    ["only the earliest of a window", [450, 460, 500, 700], HALF / WHOLE + 1],
    ["a detection before all windows", [200, 400, 700], 2 - 0.11],
    ["a detection half a window behind one", [400, 550, 700], 2 - 0.11 * HALF],
    [
      "a detection just behind a window",
      [400, 501, 700],
      2 - 0.11 * (2 / (1 + Math.exp(-0.05)) - 1),
    ],
    ["a detection more than three windows behind", [400, 700, 1_101], 2 - 0.11],
    ["each detection outside", [10, 151, 152, 153], -2 - 3 * 0.11],
  ] as const
) {
  test(`scoreSeries() gives ${expected.toFixed(3)} for ${what}`, () => {
    near(scoreSeries(1_001, WINDOWS, detections).score, expected);
  });
}

test("probation() is 15 % of the rows and at most 750", () => {
  assert.deepEqual([100, 1_001, 5_000, 22_695].map(probation), [15, 150, 750, 750]);
});

test("scoreCorpus() is 100 for the perfect detector and 0 for the one that detects nothing", () => {
  const raw = (score: number, windows: number): Raw => ({ score, windows, found: 0, wrong: 0 });
  near(scoreCorpus([raw(2, 2), raw(1, 1), raw(0, 0)]), 100);
  near(scoreCorpus([raw(-2, 2), raw(-1, 1), raw(0, 0)]), 0);
  near(scoreCorpus([raw(1.89, 2), raw(-1, 1), raw(-0.22, 0)]), 100 * 3.67 / 6);
});
