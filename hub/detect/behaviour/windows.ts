/**
 * Entities and their windows: what comes of the rows of a table, until a window is closed.
 *
 * A window is of event time and is closed a minute of hub time after its end; one whose events came
 * late, as long after the first of them as it is long. The trainer and the detector use the same.
 *
 * @module
 */
import type { Evidence } from "../../../sdk/api/alerts.ts";
import type { ColumnBatch } from "../../../sdk/columns/column.ts";
import type { Cell, Facts } from "../detector.ts";
import { Entities } from "../entities.ts";
import { type Witness, witnessOf } from "../evidence.ts";
import { groupRows } from "../groups.ts";
import { timesOf } from "../lens.ts";
import { type BehaviourRule, columnsOf } from "../rule.ts";
import { selectorOf } from "../select.ts";
import { measured, newWindow, type Take, takerOf, type Window } from "./measure.ts";
import { learn, LEAST_WINDOWS, newPast, type OwnPast, pointOf } from "./own_past.ts";

/** One window that is over. */
export interface Closed {
  readonly entity: string;
  readonly startMs: number;
  /** By feature; NaN is absent. */
  readonly values: readonly number[];
  /** As `pointOf` makes it; NaN is absent. */
  readonly point: readonly number[];
  /** What was usual for the entity before it. */
  readonly past: OwnPast;
  readonly rows: number;
  readonly evidence: readonly Evidence[];
}

/** What is kept of one entity; plain JSON. */
interface Entity {
  readonly past: OwnPast;
  /** Values that it has had, by feature, and in how many windows they were gathered. */
  readonly known: number[][];
  windows: number;
  /** Oldest first, at most {@link MOST_OPEN}. */
  open: Window[];
}

export interface Windows {
  /** Takes the rows of a batch; gives windows that had to be closed, and entities forgotten. */
  take(batch: ColumnBatch, facts: Facts): { readonly closed: readonly Closed[]; forgotten: number };
  /** Windows that are over at hub time `hubMs`. */
  close(hubMs: number): readonly Closed[];
  /** What was usual for each entity so far, the least recent first. */
  pasts(): readonly (readonly [string, OwnPast])[];
  save(): readonly Cell[];
  load(cells: readonly Cell[]): void;
}

export interface WindowsOptions {
  /** Entities that are kept. */
  readonly limit: number;
  /** What is known of an entity that is seen for the first time. */
  readonly pastOf?: (entity: string) => OwnPast | undefined;
}

const MINUTE_MS = 60_000;
/** Windows of one entity that are open at once: late ones beside the newest. */
const MOST_OPEN = 4;
const MOST_EVIDENCE = 5;

/** Opens the windows of `rule`. */
export function openWindows(rule: BehaviourRule, options: WindowsOptions): Windows {
  const columns = columnsOf(rule);
  const select = selectorOf(rule.where);
  const taker = takerOf(rule);
  const all = new Entities<Entity>(options.limit);
  /** No window is due before it. */
  let nextMs = Infinity;
  return {
    take(batch, facts) {
      const rows = select(batch, facts);
      const closed: Closed[] = [];
      let forgotten = 0;
      if (rows.length === 0) return { closed, forgotten };
      const groups = groupRows(batch, rows, { facts, entity: rule.entity, keep: "all" });
      const witness = witnessOf(batch, facts, columns);
      const taking = { rule, batch, facts, witness, take: taker(batch, facts) };
      for (const [i, entity] of groups.entities.entries()) {
        const state = all.get(entity) ?? newEntity(rule, options.pastOf?.(entity));
        closed.push(...takeRows(taking, { entity, state }, groups.rows[i]!));
        for (const { dueMs } of state.open) nextMs = Math.min(nextMs, dueMs);
        forgotten += all.set(entity, state);
      }
      return { closed, forgotten };
    },
    close(hubMs) {
      if (hubMs < nextMs) return [];
      nextMs = Infinity;
      return all.keys().flatMap((entity) => {
        const state = all.get(entity)!;
        const closed = closeDue(rule, { entity, state }, hubMs);
        if (closed.length > 0) all.set(entity, state);
        for (const { dueMs } of state.open) nextMs = Math.min(nextMs, dueMs);
        return closed;
      });
    },
    pasts: () => all.keys().map((entity) => [entity, all.get(entity)!.past] as const),
    save: () => all.save(),
    load(cells) {
      all.load(cells);
      // The next call looks which ones are due.
      nextMs = -Infinity;
    },
  };
}

function newEntity(rule: BehaviourRule, past: OwnPast | undefined): Entity {
  return {
    past: structuredClone(past) ?? newPast(rule),
    known: rule.features.map(() => []),
    windows: 0,
    open: [],
  };
}

/** An entity with its name. */
interface Named {
  readonly entity: string;
  readonly state: Entity;
}

/** Takes the rows of one entity; gives windows that had to be closed. */
function takeRows(
  { rule, batch, facts, witness, take }: {
    readonly rule: BehaviourRule;
    readonly batch: ColumnBatch;
    readonly facts: Facts;
    readonly witness: Witness;
    readonly take: Take;
  },
  named: Named,
  rows: readonly number[],
): readonly Closed[] {
  const times = timesOf(batch);
  const { hubMs } = facts;
  const { open, known } = named.state;
  const closed: Closed[] = [];
  for (const row of rows) {
    const of = times?.[row] ?? NaN;
    // A time that is still to come counts as now.
    const ms = Number.isNaN(of) ? hubMs : Math.min(of, hubMs);
    const window = windowAt(rule, open, { ms, hubMs });
    if (window.evidence.length < MOST_EVIDENCE) window.evidence.push(witness(row));
    take(row, ms, { window, known });
    if (open.length <= MOST_OPEN) continue;
    // Not the one that has just been opened: late rows would make a window each.
    const [over] = open.splice(open.findIndex((one) => one !== window), 1);
    closed.push(closeOne(rule, named, over!));
  }
  return closed;
}

function closeDue(rule: BehaviourRule, named: Named, hubMs: number): readonly Closed[] {
  const { state } = named;
  const due = state.open.filter(({ dueMs }) => dueMs <= hubMs);
  if (due.length > 0) state.open = state.open.filter(({ dueMs }) => dueMs > hubMs);
  return due.map((window) => closeOne(rule, named, window));
}

function windowAt(
  rule: BehaviourRule,
  open: Window[],
  { ms, hubMs }: { readonly ms: number; readonly hubMs: number },
): Window {
  const startMs = Math.floor(ms / rule.everyMs) * rule.everyMs;
  const known = open.find((window) => window.startMs === startMs);
  if (known !== undefined) return known;
  const endMs = startMs + rule.everyMs;
  const overMs = endMs > hubMs ? endMs : hubMs + rule.everyMs;
  // Whole minutes: few moments at which all entities are looked at.
  const dueMs = (Math.ceil(overMs / MINUTE_MS) + 1) * MINUTE_MS;
  const window = newWindow(rule, startMs, dueMs);
  open.push(window);
  open.sort((a, b) => a.startMs - b.startMs);
  return window;
}

function closeOne(
  rule: BehaviourRule,
  { entity, state }: Named,
  window: Window,
): Closed {
  const values = measured(rule, window);
  const isKnown = state.windows++ >= LEAST_WINDOWS;
  const point = pointOf(rule, { values, isKnown }, state.past);
  const past = structuredClone(state.past);
  learn(rule, { values, isKnown }, state.past);
  const { startMs, rows, evidence } = window;
  return { entity, startMs, values, point, past, rows, evidence };
}
