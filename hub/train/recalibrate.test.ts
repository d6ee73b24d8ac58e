import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { hostRule, usualHour, usualModel, windowsOf } from "../detect/behaviour/fakes.ts";
import { judge } from "../detect/behaviour/judge.ts";
import { compare } from "./compare.ts";
import { recalibrate } from "./recalibrate.ts";
import { windowKey } from "./verdicts.ts";

const rule = hostRule();
const { closed } = windowsOf(rule, Array.from({ length: 72 }, (_, i) => usualHour(i)));
const trained = usualModel(rule, 5);
// A model that finds a tenth: enough to judge.
const scores = closed.map(({ point }) => judge(trained, point)).toSorted((a, b) => b - a);
const base = scores[Math.floor(scores.length / 10)]!;
const model = { ...trained, threshold: base, trainedThreshold: base };
const found = closed.filter(({ point }) => judge(model, point) >= base);

test("false verdicts raise the threshold, which the rationale says", { timeout: 60_000 }, () => {
  const wrong = found.slice(0, 20);
  const verdicts = new Map(
    wrong.map(({ entity, startMs }) => [windowKey(entity, startMs), "false_positive" as const]),
  );
  const set = recalibrate(model, closed, verdicts);
  assert.ok(set.threshold > base);
  assert.equal(set.trainedThreshold, base);
  assert.match(
    set.rationale.at(-1)!,
    /^20 windows that it finds were judged false, 0 .* instead of/,
  );
  const held = { windows: closed, all: closed, days: 3, verdicts, oneOf: 1 };
  const { candidate, running, agreement } = compare(set, model, held);
  assert.ok(running);
  assert.equal(candidate.found + candidate.held, running.found);
  assert.ok(candidate.falsePositives.found < running.falsePositives.found);
  assert.equal(agreement, Math.round(1_000 * candidate.found / running.found) / 1_000);
});

test("few false verdicts, and benign ones, move nothing", { timeout: 60_000 }, () => {
  for (const [count, verdict] of [[4, "false_positive"], [20, "benign"]] as const) {
    const verdicts = new Map(
      found.slice(0, count).map(({ entity, startMs }) => [windowKey(entity, startMs), verdict]),
    );
    const set = recalibrate(model, closed, verdicts);
    assert.equal(set.threshold, base);
    assert.match(set.rationale.at(-1)!, /move nothing/);
  }
});

test(
  "no verdicts take the threshold over a right window, over half of what is found, or under base",
  { timeout: 60_000 },
  () => {
    const judgement = fc.constantFrom("true_positive", "false_positive", "benign", undefined);
    fc.assert(fc.property(fc.array(judgement, { minLength: found.length }), (said) => {
      const verdicts = new Map(found.flatMap(({ entity, startMs }, i) => {
        const verdict = said[i];
        return verdict === undefined ? [] : [[windowKey(entity, startMs), verdict] as const];
      }));
      const { threshold } = recalibrate(model, closed, verdicts);
      assert.ok(threshold >= base);
      const still = found.filter(({ point }) => judge(model, point) >= threshold);
      assert.ok(2 * still.length >= found.length - 1, `${still.length} of ${found.length}`);
      for (const { entity, startMs, point } of found) {
        if (verdicts.get(windowKey(entity, startMs)) !== "true_positive") continue;
        assert.ok(judge(model, point) >= threshold);
      }
    }));
  },
);
