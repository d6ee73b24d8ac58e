/**
 * Judges one window by a model: its score, and which features make it how much.
 *
 * @module
 */
import { scoreOf } from "../learn/forest.ts";
import type { BehaviourRule, Feature } from "../rule.ts";
import type { Model } from "./model.ts";
import { onScale, stepOf } from "./own_past.ts";
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

type Judging = Pick<Model, "center" | "forest">;

/** The score of a point; what is absent is as usual. */
export function judge({ center, forest }: Judging, point: readonly number[]): number {
  return scoreOf(forest, filled(center, point));
}

function filled(center: readonly number[], point: readonly number[]): readonly number[] {
  return point.map((value, i) => Number.isNaN(value) ? center[i]! : value);
}

/** The features of a window, those first that make the most of its score; absent ones are left out. */
export function reasonsOf(
  rule: BehaviourRule,
  model: Pick<Model, "center" | "spread" | "forest">,
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
