/**
 * Trains one behaviour rule from what is stored: reads, fits, recalibrates by verdicts, compares.
 *
 * @module
 */
import type { Control } from "../control.ts";
import { checkFits, type Model, ModelError, readModel } from "../detect/behaviour/model.ts";
import type { BehaviourRule } from "../detect/rule.ts";
import type { ModelStore } from "../models/model_store.ts";
import type { Engine } from "../store/engine.ts";
import { openManifest } from "../store/manifest.ts";
import { compare, type Comparison } from "./compare.ts";
import { fit } from "./fit.ts";
import { readWindows } from "./read_windows.ts";
import { recalibrate } from "./recalibrate.ts";
import { entityOf, verdictsOf } from "./verdicts.ts";

export interface TrainOptions {
  readonly control: Control;
  readonly models: ModelStore;
  readonly engine: Engine;
  /** The store's folder. */
  readonly folder: string;
  readonly rule: BehaviourRule;
  /** Default: the last 90 days that are stored of the table. */
  readonly fromMs?: number | undefined;
  readonly toMs?: number | undefined;
  readonly seed: number;
  /** ms since the Unix epoch. */
  readonly now: number;
  readonly signal: AbortSignal;
  readonly onProgress: (part: number) => void;
}

/** A model that is not stored yet. */
export interface Trained {
  readonly model: Model;
  readonly comparison: Comparison;
  /** Number of the model that it was compared with; null where there is none that fits. */
  readonly running: number | null;
  readonly rows: number;
  /** Time that was learned, and the time after it that was held back to compare. */
  readonly learned: Span;
  readonly heldBack: Span;
}

interface Span {
  readonly from: string;
  readonly to: string;
}

/** The first part is learned from, what follows is compared on. */
const LEARNED = 0.75;
const DAY_MS = 86_400_000;
const MOST_DAYS = 90;

/**
 * Trains `options.rule`.
 *
 * @throws {ModelError} `few`: not enough is stored.
 * @throws {EngineError} If the store cannot be read.
 */
export async function train(options: TrainOptions): Promise<Trained> {
  const { control, models, rule, seed, now } = options;
  const { fromMs, toMs } = spanOf(options);
  const verdicts = verdictsOf(control, rule.id);
  const keep = new Set([...verdicts.keys()].map(entityOf));
  const read = await readWindows({ ...options, fromMs, toMs, keep });
  const splitMs = fromMs + Math.floor((toMs - fromMs) * LEARNED / rule.everyMs) * rule.everyMs;
  const learned = read.windows.filter(({ startMs }) => startMs < splitMs);
  const span = { fromMs, toMs: splitMs };
  const scaled = { ...rule, perDay: rule.perDay / read.oneOf };
  const number = models.next(rule.id);
  const fitted = fit(scaled, learned, { number, seed, now, ...span, pasts: read.pasts });
  const model = recalibrate(fitted, read.windows, verdicts);
  const running = runningModel(models, rule);
  const comparison = compare(model, running, {
    windows: read.windows.filter(({ startMs }) => startMs >= splitMs),
    all: read.windows,
    days: Math.max(1 / 24, (toMs - splitMs) / DAY_MS),
    verdicts,
    oneOf: read.oneOf,
  });
  return {
    model,
    comparison,
    running: running?.number ?? null,
    rows: read.rows,
    learned: textSpan(fromMs, splitMs),
    heldBack: textSpan(splitMs, toMs),
  };
}

function textSpan(fromMs: number, toMs: number): Span {
  return { from: new Date(fromMs).toISOString(), to: new Date(toMs).toISOString() };
}

/** Whole windows of what is stored, within what was asked for. */
function spanOf(
  { control, rule, fromMs, toMs, now }: TrainOptions,
): { readonly fromMs: number; readonly toMs: number } {
  const files = openManifest(control).snapshot.files.get(rule.table) ?? [];
  const least = files.reduce((ms, file) => Math.min(ms, file.fromMs), Infinity);
  // A wrong clock must not make the time that is held back one without events.
  const most = files.reduce((ms, file) => Math.max(ms, Math.min(file.toMs, now)), -Infinity);
  const first = Math.max(least, fromMs ?? most - MOST_DAYS * DAY_MS);
  const from = Math.floor(first / rule.everyMs) * rule.everyMs;
  const to = Math.min(Math.ceil((most + 1) / rule.everyMs) * rule.everyMs, toMs ?? Infinity);
  if (Number.isFinite(from) && Number.isFinite(to) && from < to) return { fromMs: from, toMs: to };
  throw new ModelError(
    "few",
    `Cannot train ${rule.id}: nothing of table ${rule.table} is stored of that time`,
  );
}

/** The one that was chosen last, if it still fits. */
function runningModel(models: ModelStore, rule: BehaviourRule): Model | undefined {
  const choice = models.choices().find((one) => one.rule === rule.id);
  const stored = choice && models.get(rule.id, choice.number);
  if (stored === undefined) return undefined;
  try {
    const model = readModel(stored);
    checkFits(model, rule);
    return model;
  } catch (error) {
    if (error instanceof ModelError) return undefined;
    throw error;
  }
}
