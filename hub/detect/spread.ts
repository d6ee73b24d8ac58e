/**
 * Detector: one actor and many of something, such as one address that tries many hosts.
 *
 * At least n different values within a span of event time. The values that an actor had last are
 * kept with their times, at least twice as many as make a finding: that many tell exactly whether n
 * fall into a span, so that no sketch, which is off by some percent, is needed. A burst is found
 * once; what follows it without a quiet span belongs to it.
 *
 * @module
 */
import type { Evidence } from "../../sdk/api/alerts.ts";
import { type Detector, type Hit, MOST_EVIDENCE, NOTHING } from "./detector.ts";
import { Entities } from "./entities.ts";
import { evidenceMs, type Witness, witnessOf } from "./evidence.ts";
import { groupRows } from "./groups.ts";
import { lensOf, timesOf } from "./lens.ts";
import { columnsOf, type SpreadRule } from "./rule.ts";
import { selectorOf } from "./select.ts";
import { JOIN_MS } from "./threshold.ts";

const MOST_ENTITIES = 10_000;

/** What is kept of one actor. */
interface Actor {
  /** Values and their last times in ms, in the order in which they came last. */
  readonly values: [value: string, ms: number][];
  /** Last rows that brought a new value. */
  readonly recent: Evidence[];
  /** Last event of the burst that is running. */
  burstMs: number | null;
  /** Hub time of the last event. */
  hubMs: number;
}

/** Values of one actor that are kept, or twice as many as make a finding if that is more. */
const LEAST_VALUES = 64;

/** Makes the detector of `rule`. */
export function spreadDetector(rule: SpreadRule, limit: number = MOST_ENTITIES): Detector {
  const columns = columnsOf(rule);
  const select = selectorOf(rule.where);
  const actors = new Entities<Actor>(limit);
  return {
    table: rule.table,
    columns,
    batch(batch, facts) {
      const over = lensOf(batch, facts, rule.over);
      if (over === undefined) return NOTHING;
      const rows = select(batch, facts);
      if (rows.length === 0) return NOTHING;
      const groups = groupRows(batch, rows, { facts, entity: rule.entity, keep: "all" });
      const times = timesOf(batch);
      const witness = witnessOf(batch, facts, columns);
      const found: { readonly row: number; readonly hit: Hit }[] = [];
      let forgotten = 0;
      for (const [i, entity] of groups.entities.entries()) {
        const actor = actors.get(entity) ?? newActor();
        actor.hubMs = facts.hubMs;
        for (const row of groups.rows[i]!) {
          const value = over.text(row);
          if (value === undefined) continue;
          const of = times?.[row] ?? NaN;
          const ms = Number.isNaN(of) ? facts.hubMs : of;
          if (!isBurst(rule, actor, { value, ms, row, witness })) continue;
          found.push({ row, hit: hitOf(rule, entity, { actor, ms }) });
          actor.values.length = 0;
          actor.recent.length = 0;
          actor.burstMs = ms;
        }
        forgotten += actors.set(entity, actor);
      }
      found.sort((a, b) => a.row - b.row);
      return { hits: found.map(({ hit }) => hit), forgotten };
    },
    tick({ hubMs }) {
      for (let old = actors.oldest(); old !== undefined; old = actors.oldest()) {
        if (old[1].hubMs >= hubMs - JOIN_MS) break;
        actors.delete(old[0]);
      }
      return NOTHING;
    },
    save: () => actors.save(),
    load: (cells) => actors.load(cells),
  };
}

function newActor(): Actor {
  return { values: [], recent: [], burstMs: null, hubMs: 0 };
}

/** Takes one event; true if it is the one that makes the burst. */
function isBurst(
  rule: SpreadRule,
  actor: Actor,
  { value, ms, row, witness }: {
    readonly value: string;
    readonly ms: number;
    readonly row: number;
    readonly witness: Witness;
  },
): boolean {
  if (actor.burstMs !== null && Math.abs(ms - actor.burstMs) <= rule.withinMs) {
    actor.burstMs = Math.max(actor.burstMs, ms);
    return false;
  }
  const { values, recent } = actor;
  const known = values.findIndex(([one]) => one === value);
  const [before] = known < 0 ? [] : values.splice(known, 1);
  values.push([value, Math.max(before?.[1] ?? ms, ms)]);
  if (values.length > Math.max(LEAST_VALUES, 2 * rule.count)) values.shift();
  if (before === undefined) {
    recent.push(witness(row));
    if (recent.length > MOST_EVIDENCE) recent.shift();
  }
  return values.length >= rule.count && isFull(rule, values, ms);
}

/** True if enough values are within one span that has `ms` in it. */
function isFull({ count, withinMs }: SpreadRule, values: Actor["values"], ms: number): boolean {
  const near = values.map(([, at]) => at).filter((at) => Math.abs(at - ms) <= withinMs)
    .sort((a, b) => a - b);
  return near.some((from, i) => (near[i + count - 1] ?? Infinity) - from <= withinMs);
}

function hitOf(
  rule: SpreadRule,
  entity: string,
  { actor, ms }: { readonly actor: Actor; readonly ms: number },
): Hit {
  const { count, over, table, withinMs } = rule;
  const summary = `${count} different ${over} of ${table} within ${withinMs / 1000} s`;
  const evidence = actor.recent.filter((one) =>
    Math.abs(evidenceMs(one, actor.hubMs) - ms) <= withinMs
  );
  return { kind: "hit", entity, summary, events: count, evidence };
}
