/**
 * Made-up logons of hosts with working hours and habits, for tests of behaviour.
 *
 * @module
 */
import { fit, type FitOptions } from "../../train/fit.ts";
import type { ColumnBatch } from "../../../sdk/columns/column.ts";
import type { PlainEntry } from "../detector.ts";
import { FACTS, type Login, loginBatch } from "../fakes.ts";
import { seeded } from "../learn/random.ts";
import { readRuleFile } from "../rule_file.ts";
import type { BehaviourRule } from "../rule.ts";
import { type Model, modelHash } from "./model.ts";
import { modelEntry } from "./model_entry.ts";
import { type Closed, openWindows } from "./windows.ts";

/** A Monday. */
export const START = Date.parse("2025-06-02T00:00:00Z");
export const HOUR = 3_600_000;

export const RULE_TEXT = `
id: host-behaviour
title: A host behaves otherwise
severity: medium
detector: behaviour
table: Logins
entity: [Host]
features:
  - { name: Logons, is: count }
  - { name: Failures, is: count, where: [{ column: Failed, op: eq, value: "true" }] }
  - { name: Kinds, is: distinct, column: Status }
  - { name: NewKinds, is: new, column: Status }
  - { name: Bytes, is: sum, column: Size }
  - { name: Off, is: off_hours }
`;

/** The rule of {@link RULE_TEXT}. */
export function hostRule(change: Partial<BehaviourRule> = {}): BehaviourRule {
  const { rules: [rule] } = readRuleFile("host.yaml", RULE_TEXT);
  if (rule?.detector !== "behaviour") throw new TypeError("Cannot read rule: it is another");
  return { ...rule, ...change };
}

/** Logons of one hour, in the order of their times: `hosts` of them, each with its habits. */
export function usualHour(hour: number, hosts = 8): Login[] {
  const random = seeded(1_000 + hour);
  const ofDay = hour % 24;
  const works = ofDay >= 7 && ofDay < 19 && Math.floor(hour / 24) % 7 < 5;
  const rows: Login[] = [];
  for (let host = 0; host < hosts; host++) {
    const mean = (works ? 12 : 2) * (1 + host % 3);
    const count = Math.round(mean * (0.7 + 0.6 * random()));
    for (let i = 0; i < count; i++) {
      rows.push({
        TimeGenerated: START + hour * HOUR + Math.floor(random() * HOUR),
        Host: `h${host}`,
        Status: `s${Math.floor(random() * 3)}`,
        Size: 500 + Math.floor(random() * 1_000),
        Failed: random() < 0.04,
      });
    }
  }
  return rows.toSorted((a, b) => a.TimeGenerated - b.TimeGenerated);
}

/** Many failed logons of one host within `hour`. */
export function attackHour(hour: number, host = "h1"): Login[] {
  return Array.from({ length: 300 }, (_, i) => ({
    TimeGenerated: START + hour * HOUR + i * 10_000,
    Host: host,
    Status: `attack${i % 40}`,
    Size: 100,
    Failed: true,
  }));
}

/** The windows of what `hours` bring, in order. */
export function windowsOf(
  rule: BehaviourRule,
  hours: readonly (readonly Login[])[],
): { readonly closed: readonly Closed[]; readonly pasts: FitOptions["pasts"] } {
  const windows = openWindows(rule, { limit: 1_000 });
  const closed: Closed[] = [];
  for (const rows of hours) {
    const hubMs = Math.max(...rows.map(({ TimeGenerated }) => TimeGenerated));
    closed.push(...windows.close(hubMs));
    closed.push(...windows.take(batchOf(rows), { ...FACTS, hubMs }).closed);
  }
  closed.push(...windows.close(Infinity));
  return { closed, pasts: windows.pasts() };
}

export function batchOf(rows: readonly Login[]): ColumnBatch {
  return loginBatch(rows);
}

/** A model of `days` usual days. */
export function usualModel(rule = hostRule(), days = 14, change: Partial<Model> = {}): Model {
  const hours = Array.from({ length: 24 * days }, (_, i) => usualHour(i));
  const { closed, pasts } = windowsOf(rule, hours);
  const span = { fromMs: START, toMs: START + days * 24 * HOUR };
  return {
    ...fit(rule, closed, { number: 1, seed: 7, now: span.toMs, ...span, pasts }),
    ...change,
  };
}

/** The ledger entry that brings `model`. */
export function entryOf(model: Model, change: { readonly hash?: string } = {}): PlainEntry {
  const text = JSON.stringify(model);
  const hash = change.hash ?? modelHash(text);
  const brought = { rule: model.rule, text, hash, signature: "", by: "kim", why: "first" };
  return { kind: "rule", payload: modelEntry({ model: brought }) };
}
