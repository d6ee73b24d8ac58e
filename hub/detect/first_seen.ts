/**
 * Detector: a value that was never seen before.
 *
 * Each source is learned first: until it has sent enough events for long enough, its values are
 * taken as ordinary, so that a new host does not raise an alert for all it runs.
 *
 * @module
 */
import { type Detector, type Facts, type Hit, NOTHING } from "./detector.ts";
import { Entities } from "./entities.ts";
import { witnessOf } from "./evidence.ts";
import { groupRows } from "./groups.ts";
import { columnsOf, type FirstSeenRule } from "./rule.ts";
import { selectorOf } from "./select.ts";

/** Limits of one rule's state. */
export interface FirstSeenLimits {
  readonly values: number;
  readonly sources: number;
}

const LIMITS: FirstSeenLimits = { values: 100_000, sources: 10_000 };

/** A known value is marked as seen again at most this often, ms: reading must not be writing. */
const REFRESH_MS = 3_600_000;

interface Learning {
  readonly sinceMs: number;
  events: number;
}

/** Makes the detector of `rule`. */
export function firstSeenDetector(
  rule: FirstSeenRule,
  limits: FirstSeenLimits = LIMITS,
): Detector {
  const columns = columnsOf(rule);
  const select = selectorOf(rule.where);
  /** By value: when it was last marked as seen. */
  const values = new Entities<number>(limits.values);
  const sources = new Entities<Learning>(limits.sources);
  return {
    table: rule.table,
    columns,
    batch(batch, facts) {
      const rows = select(batch, facts);
      if (rows.length === 0) return NOTHING;
      const [learns, forgotSources] = learn(sources, rule, { facts, events: rows.length });
      const groups = groupRows(batch, rows, { facts, entity: rule.entity, keep: "first" });
      const witness = witnessOf(batch, facts, columns);
      const hits: Hit[] = [];
      let forgotten = forgotSources;
      for (const [i, entity] of groups.entities.entries()) {
        const seenMs = values.get(entity);
        if (seenMs !== undefined && facts.hubMs - seenMs < REFRESH_MS) continue;
        forgotten += values.set(entity, facts.hubMs);
        if (seenMs !== undefined || learns) continue;
        const summary = `${rule.entity.join(" and ")} of ${rule.table} never seen before`;
        const evidence = [witness(groups.rows[i]![0]!)];
        hits.push({ kind: "hit", entity, summary, events: 1, evidence });
      }
      return { hits, forgotten };
    },
    tick: () => NOTHING,
    save: () => [...prefixed("v:", values.save()), ...prefixed("s:", sources.save())],
    load(cells) {
      values.load(unprefixed("v:", cells));
      sources.load(unprefixed("s:", cells));
    },
  };
}

/** Counts the events of a source; true while it is being learned, this batch included. */
function learn(
  sources: Entities<Learning>,
  rule: FirstSeenRule,
  { facts, events }: { readonly facts: Facts; readonly events: number },
): readonly [boolean, number] {
  const source = `${facts.agent} ${facts.source}`;
  const known = sources.get(source) ?? { sinceMs: facts.hubMs, events: 0 };
  const isLearned = known.events >= rule.learn.events &&
    facts.hubMs - known.sinceMs >= rule.learn.forMs;
  if (isLearned) return [false, 0];
  const counted = { ...known, events: Math.min(known.events + events, rule.learn.events) };
  return [true, sources.set(source, counted)];
}

type Cells = ReturnType<Detector["save"]>;

function prefixed(prefix: string, cells: Cells): Cells {
  return cells.map(({ key, value }) => ({ key: prefix + key, value }));
}

function unprefixed(prefix: string, cells: Cells): Cells {
  return cells.filter(({ key }) => key.startsWith(prefix))
    .map(({ key, value }) => ({ key: key.slice(prefix.length), value }));
}
