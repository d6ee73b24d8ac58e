/**
 * Detector: a value that was never seen before.
 *
 * Each source is learned first: until it has sent enough events for long enough, its values are
 * taken as ordinary, so that a new host does not raise an alert for all it runs.
 *
 * @module
 */
import { type Detector, type Hit, NOTHING } from "./detector.ts";
import { Entities } from "./entities.ts";
import { witnessOf } from "./evidence.ts";
import { groupRows } from "./groups.ts";
import { prefixed, sourcesOf, unprefixed } from "./learning.ts";
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

/** Makes the detector of `rule`. */
export function firstSeenDetector(
  rule: FirstSeenRule,
  limits: FirstSeenLimits = LIMITS,
): Detector {
  const columns = columnsOf(rule);
  const select = selectorOf(rule.where);
  /** By value: when it was last marked as seen. */
  const values = new Entities<number>(limits.values);
  const sources = sourcesOf(rule.learn, limits.sources);
  return {
    table: rule.table,
    columns,
    batch(batch, facts) {
      const rows = select(batch, facts);
      if (rows.length === 0) return NOTHING;
      const [learns, forgotSources] = sources.learns(facts, rows.length);
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
