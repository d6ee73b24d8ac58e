/**
 * Judges one window by a model: its score, and which features make it how much.
 *
 * @module
 */
import { scoreOf } from "../learn/forest.ts";
import type { BehaviourRule, Feature } from "../rule.ts";
import type { Model } from "./model.ts";
import { FARTHEST, onScale, stepOf } from "./own_past.ts";
import type { Closed } from "./windows.ts";

/** How far one feature is off. */
export interface Reason {
  readonly feature: string;
  readonly actual: number;
  /** For this entity where it is known, else for all. */
  readonly usual: number;
  /** Distance from what is usual for all, in spreads. */
  readonly fromAll: number;
  /** Distance from what is usual for this entity, in mean distances; undefined while it is new. */
  readonly fromOwn: number | undefined;
  /** How much less the score were if the feature were as usual. */
  readonly share: number;
}

type Judging = Pick<Model, "center" | "spread" | "forest">;

/** What the forest says counts twice as much as how far the farthest feature is. */
const WEIGHTS = { forest: 2 / 3, distance: 1 / 3 } as const;

/**
 * The score of a point, from 0 to 1; what is absent is as usual. The forest sees what is rare together
 * and hardly how far one feature is off among many; that is what the distance is for.
 */
export function judge(model: Judging, point: readonly number[]): number {
  const { center, forest } = model;
  const filled = point.map((value, i) => Number.isNaN(value) ? center[i]! : value);
  const far = Math.log1p(distanceOf(model, point)) / Math.log1p(FARTHEST);
  return WEIGHTS.forest * scoreOf(forest, filled) + WEIGHTS.distance * Math.min(1, far);
}

/** Of the feature that is farthest from usual, in spreads. */
export function distanceOf(
  { center, spread }: Pick<Model, "center" | "spread">,
  point: readonly number[],
): number {
  return point.reduce(
    (most, value, i) =>
      Number.isNaN(value) ? most : Math.max(most, Math.abs(value - center[i]!) / spread[i]!),
    0,
  );
}

/** The features of a window, those first that make the most of its score; absent ones are left out. */
export function reasonsOf(
  rule: BehaviourRule,
  model: Judging,
  { values, point, past }: Pick<Closed, "values" | "point" | "past">,
): readonly Reason[] {
  const count = rule.features.length;
  const score = judge(model, point);
  const reasons = rule.features.flatMap((feature, i): readonly Reason[] => {
    const [all, own] = [point[i]!, point[count + i]!];
    if (Number.isNaN(all) && Number.isNaN(own)) return [];
    const usual = point.with(i, model.center[i]!).with(count + i, model.center[count + i]!);
    return [{
      feature: feature.name,
      actual: values[i]!,
      usual: offScale(feature, Number.isNaN(own) ? model.center[i]! : past.features[i]![1]),
      fromAll: (all - model.center[i]!) / Math.max(model.spread[i]!, stepOf(feature.is)),
      fromOwn: Number.isNaN(own) ? undefined : own,
      share: score - judge(model, usual),
    }];
  });
  return reasons.toSorted((a, b) => b.share - a.share);
}

/** The other way round than {@link onScale}. */
function offScale({ is }: Feature, value: number): number {
  const isShare = onScale(is, 1) === 1;
  return isShare ? value : Math.sign(value) * Math.expm1(Math.abs(value));
}
