import assert from "node:assert/strict";
import { test } from "node:test";
import { FREE_FLOOR_BYTES, MOST_BEHIND } from "./back_pressure.ts";
import { healthOf, type Signs } from "./health.ts";

const counts = { rows: 9, files: 1, bytes: 99, refusedFrames: 0, failedFlushes: 0 };
const GOOD: Signs = {
  store: { counts, trouble: undefined },
  detect: { counts: { items: 3, events: 9, findings: 1, unreadable: 0 } },
  troubles: new Map(),
  behind: MOST_BEHIND,
  freeBytes: FREE_FLOOR_BYTES,
  unaccounted: 0,
  witnesses: [{ name: "w1", size: 5, trouble: "timeout" }],
  models: [],
};

test("healthOf() has no problems where all is well", () => {
  assert.deepEqual(healthOf(GOOD), {
    problems: [],
    store: { ...counts, trouble: null },
    detect: { events: 9, findings: 1, unreadable: 0 },
  });
});

const BAD: readonly (readonly [Partial<Signs>, RegExp])[] = [
  [{ freeBytes: FREE_FLOOR_BYTES - 1 }, /disk/],
  [{ behind: MOST_BEHIND + 1 }, /20001 entries wait/],
  [{ troubles: new Map([["detect", "it fell"]]) }, /detect fails: it fell/],
  [{ store: { counts, trouble: new Error("no room") } }, /store: no room/],
  [{ store: { counts: { ...counts, refusedFrames: 2 }, trouble: undefined } }, /2 frames/],
  [{ detect: { counts: { ...GOOD.detect.counts, unreadable: 4 } } }, /4 frames/],
  [{ models: ["Model 2 of rule r has drifted"] }, /Model 2 .* drifted/],
  [{ unaccounted: 1 }, /not accounted/],
  [{ witnesses: [{ name: "w1", size: 5, trouble: "ahead" }] }, /w1 has seen another ledger/],
];

for (const [change, problem] of BAD) {
  test(`healthOf() says what is wrong: ${problem.source}`, () => {
    const { problems } = healthOf({ ...GOOD, ...change });
    assert.equal(problems.length, 1);
    assert.match(problems[0]!, problem);
  });
}
