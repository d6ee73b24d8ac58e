/**
 * What a model finds in windows that it was not trained on, and how it compares with another.
 *
 * @module
 */
import { judge } from "../detect/behaviour/judge.ts";
import type { Model } from "../detect/behaviour/model.ts";
import type { Closed } from "../detect/behaviour/windows.ts";
import { type Verdicts, windowKey } from "./verdicts.ts";

/** One model on the windows that were held back. */
export interface Evaluation {
  readonly windows: number;
  readonly found: number;
  /** Entities and days: what becomes an alert. */
  readonly alertsPerDay: number;
  /** Over the trained threshold and under the one that verdicts have set. */
  readonly held: number;
  /** Windows judged so, of all that were read, and those of them that the model finds. */
  readonly truePositives: Found;
  readonly falsePositives: Found;
}

interface Found {
  readonly judged: number;
  readonly found: number;
}

/** Two models on the same windows. */
export interface Comparison {
  readonly candidate: Evaluation;
  /** Undefined where none is in force, or it is of another definition of the rule. */
  readonly running: Evaluation | undefined;
  /** Windows that both find, of those that one of them finds; 1 where none finds any. */
  readonly agreement: number | undefined;
}

export interface HeldBack {
  readonly windows: readonly Closed[];
  /** All that were read, for verdicts. */
  readonly all: readonly Closed[];
  readonly days: number;
  readonly verdicts: Verdicts;
  /** One of so many entities was read. */
  readonly oneOf: number;
}

const DAY_MS = 86_400_000;

/** Compares `candidate` with `running`. */
export function compare(
  candidate: Model,
  running: Model | undefined,
  held: HeldBack,
): Comparison {
  const of = foundBy(candidate, held.windows);
  const by = running && foundBy(running, held.windows);
  return {
    candidate: evaluate(candidate, of, held),
    running: running && by && evaluate(running, by, held),
    agreement: by && agreementOf(of, by),
  };
}

function foundBy(model: Model, windows: readonly Closed[]): ReadonlySet<Closed> {
  return new Set(windows.filter(({ point }) => judge(model, point) >= model.threshold));
}

function evaluate(model: Model, found: ReadonlySet<Closed>, held: HeldBack): Evaluation {
  const { windows, days, oneOf } = held;
  const alerts = new Set(
    [...found].map(({ entity, startMs }) => `${Math.floor(startMs / DAY_MS)} ${entity}`),
  );
  const between = windows.filter(({ point }) => {
    const score = judge(model, point);
    return score >= model.trainedThreshold && score < model.threshold;
  });
  return {
    windows: windows.length,
    found: found.size,
    alertsPerDay: Math.round(100 * oneOf * alerts.size / days) / 100,
    held: between.length,
    truePositives: foundOf(model, held, "true_positive"),
    falsePositives: foundOf(model, held, "false_positive"),
  };
}

function foundOf(model: Model, { all, verdicts }: HeldBack, wanted: string): Found {
  const judged = all.filter(({ entity, startMs }) =>
    verdicts.get(windowKey(entity, startMs)) === wanted
  );
  const found = judged.filter(({ point }) => judge(model, point) >= model.threshold);
  return { judged: judged.length, found: found.length };
}

function agreementOf(a: ReadonlySet<Closed>, b: ReadonlySet<Closed>): number {
  const both = a.intersection(b).size;
  const one = a.union(b).size;
  return one === 0 ? 1 : Math.round(1_000 * both / one) / 1_000;
}
