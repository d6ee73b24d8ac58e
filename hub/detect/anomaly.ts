/**
 * Detector: a value that is unusual for its own series, such as one counter of one host.
 *
 * Each entity is a series of its own (`learn/series.ts`). Its values are taken in the order of the
 * ledger; one that is older than the newest value of its series says nothing, a time that is still to
 * come is now. An episode of unusual
 * values is found once.
 *
 * @module
 */
import type { Evidence } from "../../sdk/api/alerts.ts";
import { type Detector, type Hit, NOTHING } from "./detector.ts";
import { Entities } from "./entities.ts";
import { witnessOf } from "./evidence.ts";
import { groupRows } from "./groups.ts";
import {
  newSeries,
  type Reason,
  type Score,
  type Series,
  take,
  THRESHOLDS,
} from "./learn/series.ts";
import { timesOf } from "./lens.ts";
import { numbersOf } from "./numbers.ts";
import { type AnomalyRule, columnsOf } from "./rule.ts";
import { selectorOf } from "./select.ts";

/** Series of one rule; each takes some 10 KiB. */
const MOST_SERIES = 5_000;

/** Makes the detector of `rule`. */
export function anomalyDetector(rule: AnomalyRule, limit = MOST_SERIES): Detector {
  const columns = columnsOf(rule);
  const select = selectorOf(rule.where);
  const all = new Entities<Series>(limit);
  const threshold = THRESHOLDS[rule.sensitivity];
  const { direction } = rule;
  return {
    table: rule.table,
    columns,
    batch(batch, facts) {
      const values = numbersOf(batch, rule.value);
      if (values === undefined) return NOTHING;
      const rows = select(batch, facts);
      if (rows.length === 0) return NOTHING;
      const groups = groupRows(batch, rows, { facts, entity: rule.entity, keep: "all" });
      const times = timesOf(batch);
      const witness = witnessOf(batch, facts, columns);
      const found: { readonly row: number; readonly hit: Hit }[] = [];
      let forgotten = 0;
      for (const [i, entity] of groups.entities.entries()) {
        const series = all.get(entity) ?? newSeries();
        for (const row of groups.rows[i]!) {
          const of = times?.[row] ?? NaN;
          // One time far ahead must not make all later ones old.
          const ms = Number.isNaN(of) ? facts.hubMs : Math.min(of, facts.hubMs);
          const score = take(series, { value: values(row), ms, threshold, direction });
          if (score?.isNews !== true) continue;
          found.push({ row, hit: hitOf(rule, { entity, score, seen: witness(row) }) });
        }
        forgotten += all.set(entity, series);
      }
      found.sort((a, b) => a.row - b.row);
      return { hits: found.map(({ hit }) => hit), forgotten };
    },
    tick: () => NOTHING,
    save: () => all.save(),
    load: (cells) => all.load(cells),
  };
}

function hitOf(
  rule: AnomalyRule,
  { entity, score, seen }: {
    readonly entity: string;
    readonly score: Score;
    readonly seen: Evidence;
  },
): Hit {
  const told = score.reasons.filter(({ surprise }) => surprise >= 1);
  const summary = `${rule.value} of ${rule.table} is unusual, score ${digits(score.score)}: ` +
    told.map((reason) => `${reason.feature} ${textOf(reason)}`).join("; ");
  const fields: Record<string, string> = { ...seen.fields, _Score: digits(score.score) };
  for (const reason of score.reasons) fields[`_${NAMES[reason.feature]}`] = textOf(reason);
  return { kind: "hit", entity, summary, events: 1, evidence: [{ ...seen, fields }] };
}

const NAMES = { level: "Level", rhythm: "Rhythm", roughness: "Roughness" } as const;

function textOf({ actual, expected, surprise }: Reason): string {
  return `${digits(actual)}, usual ${digits(expected)}, surprise ${digits(surprise)}`;
}

function digits(value: number): string {
  return String(Number(value.toPrecision(4)));
}
