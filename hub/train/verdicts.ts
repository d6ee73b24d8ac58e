/**
 * What analysts said of the alerts of a rule, window by window.
 *
 * @module
 */
import type { Alert, Judgement } from "../../sdk/api/alerts.ts";
import type { Control } from "../control.ts";

/** Verdicts by {@link windowKey}. */
export type Verdicts = ReadonlyMap<string, Judgement>;

/** Names one window of one entity. */
export function windowKey(entity: string, startMs: number): string {
  return `${startMs} ${entity}`;
}

/** The entity that a key of {@link windowKey} is about. */
export function entityOf(key: string): string {
  return key.slice(key.indexOf(" ") + 1);
}

/** The verdicts on windows that alerts of `rule` still show; the last one on an alert counts. */
export function verdictsOf(control: Control, rule: string): Verdicts {
  const has = control.get("select 1 from sqlite_master where name = 'alert_verdict'");
  if (has === undefined) return new Map();
  const rows = control.all(
    `select alert from alert where id in (select id from alert_verdict where rule = ?)
     order by number`,
    rule,
  );
  const verdicts = new Map<string, Judgement>();
  for (const row of rows) {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- only the alert store writes it
    const { verdict, entity, evidence } = JSON.parse(String(row["alert"])) as Alert;
    for (const { fields } of evidence) {
      const startMs = Date.parse(fields["_Window"] ?? "");
      if (verdict === undefined || Number.isNaN(startMs)) continue;
      verdicts.set(windowKey(entity, startMs), verdict.verdict);
    }
  }
  return verdicts;
}
