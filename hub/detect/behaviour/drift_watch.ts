/**
 * Watches whether what a model judges is still what it was trained on.
 *
 * @module
 */
import { binOf, SHIFT, shiftOf } from "../learn/drift.ts";
import type { BehaviourRule } from "../rule.ts";
import type { Model } from "./model.ts";

/** One shift; plain JSON. */
export interface Shift {
  /** `score` or a feature's name. */
  readonly of: string;
  /** Population stability index above chance, see `learn/drift.ts`. */
  readonly index: number;
}

/** What has been counted of the running week, and what the last one said; plain JSON. */
export interface DriftState {
  /** Hub time at which the running count began, ms; null before the first window. */
  sinceMs: number | null;
  windows: number;
  score: number[];
  points: number[][];
  /** Of the last count, the greatest first; undefined until one is full. */
  last?: { readonly atMs: number; readonly windows: number; readonly shifts: readonly Shift[] };
  /** Whether the last count had a shift that matters. */
  isShifted: boolean;
}

/** A whole week: Mondays alone are not what was learned of all days. */
const PERIOD_MS = 7 * 86_400_000;
/** Fewer windows say nothing. */
export const LEAST_WINDOWS = 200;

export function newDrift({ reference }: Model): DriftState {
  return { sinceMs: null, windows: 0, ...zeros(reference), isShifted: false };
}

function zeros({ score, points }: Model["reference"]): Pick<DriftState, "score" | "points"> {
  return {
    score: score.counts.map(() => 0),
    points: points.map(({ counts }) => counts.map(() => 0)),
  };
}

/** Counts one window. */
export function countWindow(
  state: DriftState,
  { reference }: Model,
  { point, score, hubMs }: {
    readonly point: readonly number[];
    readonly score: number;
    readonly hubMs: number;
  },
): void {
  state.sinceMs ??= hubMs;
  state.windows++;
  state.score[binOf(reference.score.edges, score)]!++;
  for (const [i, { edges }] of reference.points.entries()) {
    const value = point[i]!;
    if (!Number.isNaN(value)) state.points[i]![binOf(edges, value)]!++;
  }
}

/** After a week with enough windows what has shifted, if nothing had before; a new count begins. */
export function endPeriod(
  rule: BehaviourRule,
  model: Model,
  { state, hubMs }: { readonly state: DriftState; readonly hubMs: number },
): readonly Shift[] | undefined {
  const { sinceMs, windows } = state;
  if (sinceMs === null || hubMs - sinceMs < PERIOD_MS || windows < LEAST_WINDOWS) return undefined;
  const shifts = shiftsOf(rule, model, state);
  const wasShifted = state.isShifted;
  state.isShifted = shifts.some(({ index }) => index >= SHIFT);
  state.last = { atMs: hubMs, windows, shifts };
  Object.assign(state, { sinceMs: null, windows: 0, ...zeros(model.reference) });
  return state.isShifted && !wasShifted ? shifts.filter(({ index }) => index >= SHIFT) : undefined;
}

function shiftsOf(
  { features }: BehaviourRule,
  { reference }: Model,
  { score, points }: DriftState,
): readonly Shift[] {
  const all = [
    { of: "score", index: shiftOf(reference.score, score) },
    ...points.map((counts, i) => ({
      of: features[i]!.name,
      index: shiftOf(reference.points[i]!, counts),
    })),
  ];
  return all.map(({ of, index }) => ({ of, index: Math.round(index * 1_000) / 1_000 }))
    .toSorted((a, b) => b.index - a.index);
}
