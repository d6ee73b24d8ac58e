/**
 * Makes a model of the windows of one behaviour rule.
 *
 * @module
 */
import { distanceOf, judge } from "../detect/behaviour/judge.ts";
import { type Model, ModelError, shapeOf } from "../detect/behaviour/model.ts";
import { type OwnPast, stepOf } from "../detect/behaviour/own_past.ts";
import type { Closed } from "../detect/behaviour/windows.ts";
import { referenceOf } from "../detect/learn/drift.ts";
import { grow } from "../detect/learn/forest.ts";
import { sample, seeded } from "../detect/learn/random.ts";
import type { BehaviourRule } from "../detect/rule.ts";

/** Windows to learn from, at least: what is rarer than one in a hundred cannot be told by fewer. */
export const LEAST_WINDOWS = 100;

const TREES = 64;
const SAMPLE = 128;
/** Share of the windows that is left out because it is farther from usual than the rest. */
const LEFT_OUT = 0.05;
/** Distance, in spreads, within which nothing is left out. */
const NEAR = 6;
/** Entities whose past a model carries. */
const MOST_PASTS = 500;
/** One entity gives at most so many times the windows of the middle one to what is learned. */
const MOST_SHARE = 4;
const DAY_MS = 86_400_000;
/** Scale from the median distance to the standard deviation of a normal distribution. */
const MAD = 1.4826;
/** The same from the mean distance. */
const MEAN = 1.2533;
/** Share of all entities and days that may be findings, however short the time. */
const MOST_FOUND = 0.05;

export interface FitOptions {
  readonly number: number;
  readonly seed: number;
  /** ms since the Unix epoch. */
  readonly now: number;
  readonly fromMs: number;
  readonly toMs: number;
  readonly pasts: readonly (readonly [string, OwnPast])[];
}

/**
 * Makes a model of `windows`, those of a burst among them: a part of them that is far from the rest is
 * not learned, and no entity is learned more than its share.
 *
 * @throws {ModelError} `few`.
 */
export function fit(
  rule: BehaviourRule,
  windows: readonly Closed[],
  options: FitOptions,
): Model {
  if (windows.length < LEAST_WINDOWS) {
    throw new ModelError(
      "few",
      `Cannot train ${rule.id}: ${windows.length} windows were seen, must be ${LEAST_WINDOWS} or ` +
        "more: take a longer time, or shorter windows",
    );
  }
  const random = seeded(options.seed);
  const even = evenly(windows, random);
  const measure = measureOf(rule, even);
  const learned = withoutFarthest(even, measure);
  const points = learned.map(({ point }) =>
    point.map((value, i) => Number.isNaN(value) ? measure.center[i]! : value)
  );
  const steps = measure.center.map((_, i) => dimensionStep(rule, i));
  const forest = grow(points, { trees: TREES, sample: SAMPLE, steps, random });
  const model = { ...measure, forest };
  const threshold = thresholdOf(windows, model, rule.perDay);
  return {
    format: 1,
    rule: rule.id,
    shape: shapeOf(rule),
    number: options.number,
    seed: options.seed,
    trained: {
      at: new Date(options.now).toISOString(),
      from: new Date(options.fromMs).toISOString(),
      to: new Date(options.toMs).toISOString(),
      windows: windows.length,
      entities: new Set(windows.map(({ entity }) => entity)).size,
      left: even.length - learned.length,
    },
    ...measure,
    forest,
    threshold,
    trainedThreshold: threshold,
    rationale: [
      `${threshold} lets ${rule.perDay} entities a day be found in what was learned, and at most ` +
      `${100 * MOST_FOUND} % of all entities and days`,
    ],
    reference: {
      score: referenceOf(windows.map(({ point }) => judge(model, point))),
      points: rule.features.map((_, i) => referenceOf(windows.map(({ point }) => point[i]!))),
    },
    pasts: busiest(options.pasts),
  };
}

type Measure = Pick<Model, "center" | "spread">;

/** Medians, which up to half of all windows cannot move at will. */
function measureOf(rule: BehaviourRule, windows: readonly Closed[]): Measure {
  const dimensions = 2 * rule.features.length;
  const center: number[] = [];
  const spread: number[] = [];
  for (let i = 0; i < dimensions; i++) {
    const values = windows.map(({ point }) => point[i]!).filter((value) => !Number.isNaN(value));
    const middle = median(values);
    center.push(round(middle));
    spread.push(round(Math.max(spreadOf(values, middle), dimensionStep(rule, i))));
  }
  return { center, spread };
}

/** Where more than half are the same, such as no failures, the mean distance has to do. */
function spreadOf(values: readonly number[], middle: number): number {
  const distances = values.map((value) => Math.abs(value - middle));
  const half = median(distances);
  if (half > 0) return MAD * half;
  return MEAN * distances.reduce((sum, one) => sum + one, 0) / Math.max(1, distances.length);
}

/** Against its own past an entity is measured in mean distances already. */
function dimensionStep({ features }: BehaviourRule, dimension: number): number {
  return dimension < features.length ? stepOf(features[dimension]!.is) : OWN_STEP;
}

const OWN_STEP = 0.5;

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;
}

function withoutFarthest(windows: readonly Closed[], measure: Measure): readonly Closed[] {
  const far = windows.map((window) => ({ window, off: distanceOf(measure, window.point) }))
    .filter(({ off }) => off > NEAR)
    .toSorted((a, b) => b.off - a.off)
    .slice(0, Math.floor(windows.length * LEFT_OUT));
  const out = new Set(far.map(({ window }) => window));
  return windows.filter((window) => !out.has(window));
}

/** An entity that makes most of the windows must not be what is usual for all. */
function evenly(windows: readonly Closed[], random: () => number): readonly Closed[] {
  const by = Map.groupBy(windows, ({ entity }) => entity);
  const middle = median([...by.values()].map(({ length }) => length));
  const most = Math.max(LEAST_WINDOWS, MOST_SHARE * middle);
  return [...by.values()].flatMap((own) => own.length <= most ? own : sample(own, most, random));
}

/**
 * The lowest score that lets so many entities a day be found. Entities and days are counted, not
 * windows: that is what becomes an alert, and a long burst of one entity does not make it usual.
 */
function thresholdOf(
  windows: readonly Closed[],
  model: Pick<Model, "center" | "spread" | "forest">,
  perDay: number,
): number {
  const most = new Map<string, number>();
  for (const { entity, startMs, point } of windows) {
    const key = `${Math.floor(startMs / DAY_MS)} ${entity}`;
    most.set(key, Math.max(most.get(key) ?? 0, judge(model, point)));
  }
  const days = new Set(windows.map(({ startMs }) => Math.floor(startMs / DAY_MS))).size;
  const found = Math.floor(Math.min(perDay * days, MOST_FOUND * most.size));
  const scores = [...most.values()].toSorted((a, b) => b - a);
  return round(scores[found]! + STEP);
}

const STEP = 1e-4;

function round(value: number): number {
  return Number(value.toPrecision(6));
}

function busiest(pasts: FitOptions["pasts"]): Model["pasts"] {
  return pasts.toSorted(([, a], [, b]) => b.windows - a.windows).slice(0, MOST_PASTS)
    .map(([entity, { windows, features }]) => [
      entity,
      { windows, features: features.map(([count, mean, off]) => [count, round(mean), round(off)]) },
    ]);
}
