/**
 * Sets a model's threshold by what analysts said, within bounds, and says why.
 *
 * Nothing is hidden by it: what lies between the trained threshold and a higher one is counted by the
 * detector and told once a day.
 *
 * @module
 */
import { judge } from "../detect/behaviour/judge.ts";
import type { Model } from "../detect/behaviour/model.ts";
import type { Closed } from "../detect/behaviour/windows.ts";
import { type Verdicts, windowKey } from "./verdicts.ts";

/** Fewer wrong findings move nothing. */
const LEAST_FALSE = 5;
/** So much of the wrong findings a higher threshold shall leave out. */
const LEFT_OUT = 0.9;
const STEP = 1e-4;

/** `model` with the threshold that verdicts on `windows` ask for. */
export function recalibrate(
  model: Model,
  windows: readonly Closed[],
  verdicts: Verdicts,
): Model {
  const base = model.trainedThreshold;
  const scores = { right: [] as number[], wrong: [] as number[], found: [] as number[] };
  for (const { entity, startMs, point } of windows) {
    const score = judge(model, point);
    const verdict = verdicts.get(windowKey(entity, startMs));
    if (score >= base) scores.found.push(score);
    if (verdict === "true_positive") scores.right.push(score);
    if (verdict === "false_positive" && score >= base) scores.wrong.push(score);
  }
  const told = `${scores.wrong.length} windows that it finds were judged false, ` +
    `${scores.right.length} windows were judged right`;
  const rationale = (what: string) => [...model.rationale, `${told}: ${what}`];
  if (scores.wrong.length < LEAST_FALSE) {
    const why = `fewer than ${LEAST_FALSE} false ones move nothing`;
    return { ...model, rationale: rationale(why) };
  }
  const wanted = quantile(scores.wrong, LEFT_OUT) + STEP;
  const bound = boundOf(scores);
  const threshold = Math.max(base, roundDown(Math.min(wanted, bound.score)));
  const kept = scores.wrong.filter((score) => score >= threshold).length;
  const why = `the threshold is ${threshold} instead of ${base}, ` +
    `${scores.wrong.length - kept} of the false ones are below` +
    (wanted > bound.score ? `; more would take it over ${bound.what}` : "");
  return { ...model, threshold, rationale: rationale(why) };
}

/** No threshold lies over what was right, or over half of what is found. */
function boundOf(
  { right, found }: { readonly right: readonly number[]; readonly found: readonly number[] },
): { readonly score: number; readonly what: string } {
  const half = { score: quantile(found, 0.5), what: "half of what is found" };
  const least = { score: Math.min(...right), what: "a window that was judged right" };
  return least.score < half.score ? least : half;
}

function quantile(values: readonly number[], part: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))] ?? 0;
}

/** Never over what was right. */
function roundDown(value: number): number {
  return Math.floor(value * 1e6) / 1e6;
}
