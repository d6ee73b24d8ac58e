/**
 * Detector: an entity of which nothing has come for longer than it should, and its return.
 *
 * Time is the ledger's: what counts is when the hub received the last event, and time in which
 * the hub itself was down does not count.
 *
 * @module
 */
import type { Evidence } from "../../sdk/api/alerts.ts";
import { type Detector, type Facts, type Hit, type Moment, NOTHING } from "./detector.ts";
import { Entities } from "./entities.ts";
import { witnessOf } from "./evidence.ts";
import { groupRows } from "./groups.ts";
import { type AbsenceRule, columnsOf } from "./rule.ts";
import { selectorOf } from "./select.ts";

/** Entities that one rule watches at most. */
const MOST_ENTITIES = 10_000;

/** What is known of an entity: its last event. */
interface Last {
  readonly aliveMs: number;
  readonly evidence: Evidence;
}

/** Makes the detector of `rule`. */
export function absenceDetector(
  rule: AbsenceRule,
  limit: number = MOST_ENTITIES,
): Detector {
  const columns = columnsOf(rule);
  const select = selectorOf(rule.where);
  const present = new Entities<Last>(limit);
  const absent = new Entities<Last>(limit);
  return {
    table: rule.table,
    columns,
    batch(batch, facts) {
      if (!facts.isEvents && rule.table === undefined) return NOTHING;
      const rows = select(batch, facts);
      if (rows.length === 0) return NOTHING;
      const groups = groupRows(batch, rows, { facts, entity: rule.entity, keep: "last" });
      const witness = witnessOf(batch, facts, columns);
      const hits: Hit[] = [];
      let forgotten = 0;
      for (const [i, entity] of groups.entities.entries()) {
        const evidence = witness(groups.rows[i]!.at(-1)!);
        const was = absent.get(entity);
        absent.delete(entity);
        forgotten += present.set(entity, { aliveMs: facts.aliveMs, evidence });
        if (was !== undefined) hits.push(ended({ entity, was, evidence }, facts));
      }
      return { hits, forgotten };
    },
    tick(moment) {
      const hits: Hit[] = [];
      let forgotten = 0;
      for (let old = present.oldest(); old !== undefined; old = present.oldest()) {
        const [entity, last] = old;
        if (last.aliveMs >= moment.aliveMs - rule.forMs) break;
        present.delete(entity);
        forgotten += absent.set(entity, last);
        hits.push(began(rule, { entity, last }, moment));
      }
      return hits.length === 0 ? NOTHING : { hits, forgotten };
    },
    save: () => [...named("p:", present), ...named("a:", absent)],
    load(cells) {
      for (const [prefix, entities] of [["p:", present], ["a:", absent]] as const) {
        const own = cells.filter(({ key }) => key.startsWith(prefix));
        entities.load(own.map(({ key, value }) => ({ key: key.slice(prefix.length), value })));
      }
    },
  };
}

function named(prefix: string, entities: Entities<Last>): ReturnType<Detector["save"]> {
  return entities.save().map(({ key, value }) => ({ key: prefix + key, value }));
}

function began(
  rule: AbsenceRule,
  { entity, last }: { readonly entity: string; readonly last: Last },
  moment: Moment,
): Hit {
  const what = rule.table === undefined ? "events" : `events of ${rule.table}`;
  const seconds = Math.floor((moment.aliveMs - last.aliveMs) / 1000);
  const summary = `No ${what} for ${seconds} s, at most ${rule.forMs / 1000} s are expected`;
  return { kind: "hit", entity, summary, events: 1, evidence: [last.evidence] };
}

function ended(
  { entity, was, evidence }: {
    readonly entity: string;
    readonly was: Last;
    readonly evidence: Evidence;
  },
  facts: Facts,
): Hit {
  const seconds = Math.floor((facts.aliveMs - was.aliveMs) / 1000);
  const summary = `Events come again after ${seconds} s`;
  return { kind: "ended", entity, summary, events: 1, evidence: [evidence] };
}
