/**
 * What is usual for one entity: mean and spread of each feature over its last windows.
 *
 * @module
 */
import type { BehaviourRule } from "../rule.ts";

/** Plain JSON. */
export interface OwnPast {
  /** Windows so far. */
  windows: number;
  /** By feature: windows in which it was there, its mean, and the mean distance from it. */
  readonly features: [count: number, mean: number, distance: number][];
}

/** Windows after which an entity is known well enough to be compared with itself. */
export const LEAST_WINDOWS = 12;
/** Later windows weigh as much as if there had been so many: what is usual may change. */
const MEMORY = 100;
/** One window is learned as at most so many mean distances: it must not blind what follows. */
const MOST_LEAP = 3;
/** The least that counts as a step: a tenth of a factor of e, a twentieth of a share. */
const LEAST_STEP = { amount: 0.1, share: 0.05 } as const;
/** Further off says no more. */
export const FARTHEST = 50;

/** One window: what was measured, and whether the entity's values are known well enough to be new. */
interface Measured {
  readonly values: readonly number[];
  readonly isKnown: boolean;
}

export function newPast(rule: BehaviourRule): OwnPast {
  return { windows: 0, features: rule.features.map(() => [0, 0, 0]) };
}

/** The measure of a feature: amounts are compared by their logarithms, shares as they are. */
export function onScale(is: BehaviourRule["features"][number]["is"], value: number): number {
  if (is === "share" || is === "off_hours") return value;
  return Math.sign(value) * Math.log1p(Math.abs(value));
}

export function stepOf(is: BehaviourRule["features"][number]["is"]): number {
  return is === "share" || is === "off_hours" ? LEAST_STEP.share : LEAST_STEP.amount;
}

/**
 * The point of one window: each feature on its scale, then each one's distance from the entity's own
 * past; NaN is absent. What is new counts once the entity is known, before that all is.
 */
export function pointOf(
  { features }: BehaviourRule,
  { values, isKnown }: Measured,
  past: OwnPast,
): number[] {
  const scaled = features.map(({ is }, i) =>
    is === "new" && !isKnown ? NaN : onScale(is, values[i]!)
  );
  const own = features.map(({ is }, i) => {
    const [count, mean, distance] = past.features[i]!;
    if (count < LEAST_WINDOWS) return NaN;
    const off = (scaled[i]! - mean) / Math.max(distance, stepOf(is));
    return Math.max(-FARTHEST, Math.min(FARTHEST, off));
  });
  return [...scaled, ...own];
}

/** Learns one window. */
export function learn(
  { features }: BehaviourRule,
  { values, isKnown }: Measured,
  past: OwnPast,
): void {
  past.windows++;
  for (const [i, { is }] of features.entries()) {
    const value = onScale(is, values[i]!);
    // Until an entity is known all is new: that is not what is usual.
    if (Number.isNaN(value) || (is === "new" && !isKnown)) continue;
    const one = past.features[i]!;
    const [count, mean, distance] = one;
    const most = count < LEAST_WINDOWS ? Infinity : MOST_LEAP * Math.max(distance, stepOf(is));
    const leap = Math.max(-most, Math.min(most, value - mean));
    const share = 1 / Math.min(count + 1, MEMORY);
    one[0] = Math.min(count + 1, MEMORY);
    one[1] = round(mean + leap * share);
    one[2] = round(distance + (Math.abs(count === 0 ? 0 : leap) - distance) * share);
  }
}

/** A state of every digit would be twice as long. */
function round(value: number): number {
  return Number(value.toPrecision(9));
}
