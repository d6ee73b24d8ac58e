/**
 * Detector: at least n events of one entity within a span of event time.
 *
 * Events arrive in any order: two join if their event times are near and the hub received them
 * within {@link JOIN_MS} of each other. A burst is found once; events that follow it without a
 * quiet span belong to it.
 *
 * @module
 */
import type { Evidence } from "../../sdk/api/alerts.ts";
import type { ColumnBatch } from "../../sdk/columns/column.ts";
import {
  type Detector,
  type Facts,
  type Hit,
  MOST_EVIDENCE,
  NOTHING,
  type Report,
} from "./detector.ts";
import { Entities } from "./entities.ts";
import { evidenceMs, type Witness, witnessOf } from "./evidence.ts";
import { groupRows } from "./groups.ts";
import { timesOf } from "./lens.ts";
import { columnsOf, type ThresholdRule } from "./rule.ts";
import { selectorOf } from "./select.ts";
import { add, forget, newWindow, type Window } from "./window.ts";

/** How long the hub keeps an event for later ones to join, ms of hub time. */
export const JOIN_MS = 24 * 3_600_000;

/** Limits of one rule's state. */
export interface ThresholdLimits {
  readonly entities: number;
  /** Events an entity may have that are in no burst. */
  readonly points: number;
}

const LIMITS: ThresholdLimits = { entities: 10_000, points: 2_048 };

/** What is kept of one entity. */
interface Watched {
  readonly window: Window;
  /** The last events that are in no burst, in the order of arrival. */
  readonly recent: Evidence[];
}

/** Makes the detector of `rule`. */
export function thresholdDetector(
  rule: ThresholdRule,
  limits: ThresholdLimits = LIMITS,
): Detector {
  const columns = columnsOf(rule);
  const select = selectorOf(rule.where);
  const entities = new Entities<Watched>(limits.entities);
  return {
    table: rule.table,
    columns,
    batch(batch, facts) {
      const rows = select(batch, facts);
      if (rows.length === 0) return NOTHING;
      const groups = groupRows(batch, rows, { facts, entity: rule.entity, keep: "all" });
      const pass = passOf(rule, batch, { facts, columns, points: limits.points });
      for (const [i, entity] of groups.entities.entries()) {
        const watched = entities.get(entity) ?? { window: newWindow(), recent: [] };
        pass.entity(watched, entity, groups.rows[i]!);
        pass.forgotten += entities.set(entity, watched);
      }
      return pass.report();
    },
    tick({ hubMs }) {
      for (let old = entities.oldest(); old !== undefined; old = entities.oldest()) {
        if (old[1].window.receivedMs >= hubMs - JOIN_MS) break;
        entities.delete(old[0]);
      }
      return NOTHING;
    },
    save: () => entities.save(),
    load: (cells) => entities.load(cells),
  };
}

interface Pass {
  forgotten: number;
  entity(watched: Watched, entity: string, rows: readonly number[]): void;
  report(): Report;
}

/** One batch's way through the detector. */
function passOf(
  rule: ThresholdRule,
  batch: ColumnBatch,
  of: { readonly facts: Facts; readonly columns: readonly string[]; readonly points: number },
): Pass {
  const { hubMs } = of.facts;
  const times = timesOf(batch);
  const witness = witnessOf(batch, of.facts, of.columns);
  const hits: { readonly row: number; readonly hit: Hit }[] = [];
  const bounds = { count: rule.count, withinMs: rule.withinMs, points: of.points };
  return {
    forgotten: 0,
    entity(watched, entity, rows) {
      forget(watched.window, hubMs - JOIN_MS);
      let unseen: number[] = [];
      for (const row of rows) {
        const ms = times?.[row] ?? NaN;
        const outcome = add(watched.window, bounds, { ms: Number.isNaN(ms) ? hubMs : ms, hubMs });
        this.forgotten += outcome.dropped;
        if (outcome.isSuppressed) continue;
        unseen.push(row);
        if (outcome.burst === undefined) continue;
        keepRecent(watched.recent, unseen, witness);
        unseen = [];
        hits.push({ row, hit: hitOf(rule, entity, { ...outcome.burst, watched, hubMs }) });
        watched.recent.length = 0;
      }
      keepRecent(watched.recent, unseen, witness);
    },
    report() {
      hits.sort((a, b) => a.row - b.row);
      return { hits: hits.map(({ hit }) => hit), forgotten: this.forgotten };
    },
  };
}

/** Only rows that may be shown are made into text. */
function keepRecent(recent: Evidence[], rows: readonly number[], witness: Witness): void {
  for (const row of rows.slice(-MOST_EVIDENCE)) recent.push(witness(row));
  recent.splice(0, Math.max(0, recent.length - MOST_EVIDENCE));
}

function hitOf(
  rule: ThresholdRule,
  entity: string,
  found: {
    readonly from: number;
    readonly to: number;
    readonly count: number;
    readonly watched: Watched;
    readonly hubMs: number;
  },
): Hit {
  const { from, to, count, watched, hubMs } = found;
  const evidence = watched.recent.map((e) => [evidenceMs(e, hubMs), e] as const)
    .filter(([ms]) => Math.floor(ms) >= from && Math.floor(ms) <= to)
    .sort(([a, x], [b, y]) => a - b || x.entry - y.entry || x.row - y.row)
    .map(([, e]) => e);
  const seconds = rule.withinMs / 1000;
  const summary = `${count} events of ${rule.table} within ${seconds} s, at least ${rule.count} ` +
    `are a finding`;
  return { kind: "hit", entity, summary, events: count, evidence };
}
