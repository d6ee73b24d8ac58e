/**
 * Detector: an entity that behaves otherwise than it and the others have.
 *
 * What it measures, window by window, is judged by the model that the ledger brought last; without
 * one nothing is found, and what is usual for each entity is learned all the same.
 *
 * @module
 */
import { type Cell, type Detector, type Hit, type Moment, NOTHING } from "../detector.ts";
import { hubInstant } from "../evidence.ts";
import { prefixed, unprefixed } from "../learning.ts";
import { type BehaviourRule, columnsOf } from "../rule.ts";
import { countWindow, type DriftState, endPeriod, newDrift, type Shift } from "./drift_watch.ts";
import { judge, type Reason, reasonsOf } from "./judge.ts";
import { checkFits, type Model, ModelError, readModel } from "./model.ts";
import { readModelEntry } from "./model_entry.ts";
import type { OwnPast } from "./own_past.ts";
import { type Closed, openWindows } from "./windows.ts";

/** Entities of one rule. */
export const MOST_ENTITIES = 5_000;

const MODEL = "#model";
const WATCH = "#watch";
const DAY_MS = 86_400_000;

/** What is saved of the model; its text is long and seldom changes. */
interface Taken {
  readonly entry: number;
  readonly text: string;
  readonly hash: string;
}

/** How the model in force does; plain JSON. */
export interface Watch {
  drift: DriftState;
  /** Windows judged, found, and held back because verdicts have set the threshold higher. */
  judged: number;
  found: number;
  held: number;
  /** Of `held`, those that no finding has told, and since when; null is none. */
  untold: number;
  untoldSinceMs: number | null;
}

interface Force {
  readonly taken: Taken;
  readonly model: Model;
  readonly watch: Watch;
}

/** Makes the detector of `rule`. */
export function behaviourDetector(rule: BehaviourRule, limit = MOST_ENTITIES): Detector {
  let force: Force | undefined;
  let pasts: ReadonlyMap<string, OwnPast> = new Map();
  let saved: Saved = { taken: undefined, watch: "" };
  const windows = openWindows(rule, { limit, pastOf: (entity) => pasts.get(entity) });
  const use = (taken: Taken, watch?: Watch): void => {
    const model = readModel(taken);
    checkFits(model, rule);
    force = { taken, model, watch: watch ?? newWatch(model) };
    pasts = new Map(model.pasts);
  };
  const hitsOf = (closed: readonly Closed[], hubMs: number): readonly Hit[] => {
    if (force === undefined) return [];
    const { model, watch } = force;
    return closed.flatMap((one) => judgeOne(rule, { model, watch }, { one, hubMs }) ?? []);
  };
  return {
    table: rule.table,
    columns: columnsOf(rule),
    batch(batch, facts) {
      const { closed, forgotten } = windows.take(batch, facts);
      return { hits: hitsOf(closed, facts.hubMs), forgotten };
    },
    entry({ kind, payload }, moment) {
      const brought = kind === "rule" ? readModelEntry(payload) : undefined;
      if (brought?.rule !== rule.id || brought.hash === force?.taken.hash) return NOTHING;
      try {
        use({ entry: moment.entry, text: brought.text, hash: brought.hash });
        return NOTHING;
      } catch (error) {
        if (!(error instanceof ModelError)) throw error;
        return { hits: [refusal(error)], forgotten: 0 };
      }
    },
    tick({ hubMs }) {
      const hits = [...hitsOf(windows.close(hubMs), hubMs)];
      if (force !== undefined) hits.push(...periodEnds(rule, force, hubMs));
      return hits.length === 0 ? NOTHING : { hits, forgotten: 0 };
    },
    save() {
      const cells = changedCells(saved, force);
      if (force !== undefined) saved = { taken: force.taken, watch: JSON.stringify(force.watch) };
      return [...cells, ...prefixed("e:", windows.save())];
    },
    load(cells) {
      const [taken, watch] = savedForce(cells);
      if (taken !== undefined && watch !== undefined) {
        use(taken, watch);
        saved = { taken, watch: JSON.stringify(watch) };
      }
      windows.load(unprefixed("e:", cells));
    },
  };
}

interface Saved {
  readonly taken: Taken | undefined;
  readonly watch: string;
}

function changedCells(saved: Saved, force: Force | undefined): readonly Cell[] {
  if (force === undefined) return [];
  const cells: Cell[] = [];
  // Long and the same for weeks: looked at by identity.
  if (force.taken !== saved.taken) cells.push({ key: MODEL, value: JSON.stringify(force.taken) });
  const watch = JSON.stringify(force.watch);
  if (watch !== saved.watch) cells.push({ key: WATCH, value: watch });
  return cells;
}

function savedForce(cells: readonly Cell[]): readonly [Taken | undefined, Watch | undefined] {
  const of = (wanted: string): unknown => {
    const value = cells.find(({ key }) => key === wanted)?.value;
    return value === undefined ? undefined : JSON.parse(value);
  };
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- only save() writes cells
  return [of(MODEL) as Taken | undefined, of(WATCH) as Watch | undefined];
}

/** What `cells` of a rule say of the model in force; undefined where there is none. */
export function watchOf(
  cells: readonly Cell[],
): { readonly entry: number; readonly hash: string; readonly watch: Watch } | undefined {
  const [taken, watch] = savedForce(cells);
  return taken && watch && { entry: taken.entry, hash: taken.hash, watch };
}

function newWatch(model: Model): Watch {
  return {
    drift: newDrift(model),
    judged: 0,
    found: 0,
    held: 0,
    untold: 0,
    untoldSinceMs: null,
  };
}

function judgeOne(
  rule: BehaviourRule,
  { model, watch }: Pick<Force, "model" | "watch">,
  { one, hubMs }: { readonly one: Closed; readonly hubMs: number },
): Hit | undefined {
  const score = judge(model, one.point);
  watch.judged++;
  countWindow(watch.drift, model, { point: one.point, score, hubMs });
  if (score >= model.threshold) {
    watch.found++;
    return hitOf(rule, model, { one, score });
  }
  if (score < model.trainedThreshold) return undefined;
  watch.held++;
  watch.untold++;
  watch.untoldSinceMs ??= hubMs;
  return undefined;
}

/** What is told now and then: a shift, and once a day what verdicts have held back. */
function* periodEnds(
  rule: BehaviourRule,
  { model, watch }: Force,
  hubMs: Moment["hubMs"],
): Generator<Hit> {
  const shifts = endPeriod(rule, model, { state: watch.drift, hubMs });
  if (shifts !== undefined) yield driftHit(model, shifts);
  if (watch.untoldSinceMs === null || hubMs - watch.untoldSinceMs < DAY_MS) return;
  yield heldHit(model, watch.untold);
  watch.untold = 0;
  watch.untoldSinceMs = null;
}

/** What makes less of a score is not told. */
const LEAST_SHARE = 0.01;
const MOST_TOLD = 3;

function hitOf(
  rule: BehaviourRule,
  model: Model,
  { one, score }: { readonly one: Closed; readonly score: number },
): Hit {
  const reasons = reasonsOf(rule, model, one);
  const told = reasons.filter(({ share }) => share >= LEAST_SHARE).slice(0, MOST_TOLD);
  const window = hubInstant(one.startMs);
  const summary =
    `Unusual behaviour in ${rule.table} from ${window} on, score ${digits(score)} of ` +
    `${digits(model.threshold)}: ${
      told.map((reason) => `${reason.feature} ${textOf(reason)}`).join("; ")
    }`;
  const [first, ...rest] = one.evidence;
  const fields: Record<string, string> = {
    ...first?.fields,
    _Window: window,
    _Model: String(model.number),
    _Score: digits(score),
  };
  for (const reason of reasons) fields[`_${reason.feature}`] = textOf(reason);
  const evidence = first === undefined ? [] : [{ ...first, fields }, ...rest];
  return { kind: "hit", entity: one.entity, summary, events: one.rows, evidence };
}

function textOf({ actual, usual, fromAll, fromOwn, share }: Reason): string {
  const own = fromOwn === undefined ? "" : `${digits(fromOwn)} from its own, `;
  return `${digits(actual)}, usual ${digits(usual)}, ${own}${digits(fromAll)} from all, ` +
    `${digits(share)} of the score`;
}

function refusal(error: ModelError): Hit {
  return { kind: "refused", entity: "(model)", summary: error.message, events: 1, evidence: [] };
}

function driftHit(model: Model, shifts: readonly Shift[]): Hit {
  const told = shifts.slice(0, MOST_TOLD).map(({ of, index }) => `${of} ${index}`).join(", ");
  const summary = `Model ${model.number} was trained on other behaviour than it judges now: ` +
    `${told}, train it again`;
  return { kind: "drift", entity: "(model)", summary, events: 1, evidence: [] };
}

function heldHit(model: Model, held: number): Hit {
  const summary = `${held} windows of a day were as unusual as ${digits(model.trainedThreshold)} ` +
    `and less than ${digits(model.threshold)}, which verdicts have set`;
  return {
    kind: "overflow",
    entity: "(held back by verdicts)",
    summary,
    events: held,
    evidence: [],
  };
}

function digits(value: number): string {
  return String(Number(value.toPrecision(3)));
}
