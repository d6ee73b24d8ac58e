/**
 * From the rows that a scheduled rule's query gave to findings.
 *
 * @module
 */
import type { Evidence } from "../../../sdk/api/alerts.ts";
import { type Finding, findingId, type Hit, MOST_EVIDENCE } from "../detector.ts";
import { hubInstant } from "../evidence.ts";
import type { ScheduledRule } from "./rule.ts";

/** One row, its cells as text; absent ones are undefined. */
export type TextRow = readonly (string | undefined)[];

/** What a rule's query gave. */
export interface Found {
  readonly columns: readonly string[];
  /** The first ones, at most {@link MOST_ROWS}. */
  readonly rows: readonly TextRow[];
  /** How many there are, kept or not. */
  readonly count: number;
  /** Tables that the query reads. */
  readonly tables: readonly string[];
}

/** What was asked: of the events before ledger entry `entry` that came in [fromMs, toMs). */
export interface Asked {
  readonly entry: number;
  readonly hubMs: number;
  readonly fromMs: number;
  readonly toMs: number;
}

/** Rows that are looked at for entities. */
export const MOST_ROWS = 10_000;
/** Findings of one question. */
const MOST_FINDINGS = 100;
/** Longest value in evidence, in UTF-16 units. */
const MOST_TEXT = 1_024;
const MOST_FIELDS = 64;

/** Whether so many rows are a finding. */
export function triggers({ trigger: { op, threshold } }: ScheduledRule, count: number): boolean {
  switch (op) {
    case "gt":
      return count > threshold;
    case "lt":
      return count < threshold;
    case "eq":
      return count === threshold;
    case "ne":
      return count !== threshold;
  }
}

/** The findings of a rule that {@link triggers}. */
export function findingsOf(rule: ScheduledRule, found: Found, asked: Asked): readonly Finding[] {
  const groups = groupsOf(rule, found);
  const kept = [...groups].slice(0, MOST_FINDINGS);
  const hits = kept.map(([entity, rows]) => hitOf({ rule, found, asked }, entity, rows));
  if (groups.size > kept.length) {
    hits.push({
      kind: "overflow",
      entity: "",
      summary: `${groups.size - kept.length} entities more`,
      events: 0,
      evidence: [],
    });
  }
  return hits.map((hit) => findingOf(rule, hit, asked));
}

/** What is told once of a rule whose query cannot be answered. */
export function refusalOf(rule: ScheduledRule, why: string, asked: Asked): Finding {
  const hit: Hit = { kind: "refused", entity: "", summary: why, events: 0, evidence: [] };
  return findingOf(rule, hit, asked);
}

function findingOf(rule: ScheduledRule, hit: Hit, { entry, hubMs }: Asked): Finding {
  const { id, title, severity, tags } = rule;
  const own = { rule: id, title, severity, ...(tags.length > 0 && { tags }), entry, hubMs };
  return { ...hit, ...own, id: findingId(id, hit, entry) };
}

function groupsOf(
  rule: ScheduledRule,
  { columns, rows }: Found,
): ReadonlyMap<string, readonly TextRow[]> {
  const groups = new Map<string, TextRow[]>();
  for (const [i, row] of rows.entries()) {
    const entity = entityOf(rule, columns, row);
    const key = rule.perRow ? `${entity}${entity === "" ? "" : " "}#${i + 1}` : entity;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [row]);
    else group.push(row);
  }
  // Of a rule that is triggered by few rows, or none.
  if (groups.size === 0) groups.set("", []);
  return groups;
}

/** Such as `Host web1, Account user:1:abc`; empty where no mapped column has a value. */
function entityOf(
  { entities }: ScheduledRule,
  columns: readonly string[],
  row: TextRow,
): string {
  return entities.flatMap(({ type, fields }) => {
    const values = fields.flatMap(({ column }) => row[columns.indexOf(column)] ?? []);
    return values.length === 0 ? [] : [`${type} ${values.join(" ")}`];
  }).join(", ").slice(0, MOST_TEXT);
}

interface Context {
  readonly rule: ScheduledRule;
  readonly found: Found;
  readonly asked: Asked;
}

function hitOf({ rule, found, asked }: Context, entity: string, rows: readonly TextRow[]): Hit {
  const { fromMs, toMs } = asked;
  const count = rows.length === found.rows.length ? found.count : rows.length;
  const what = `${count} ${count === 1 ? "row" : "rows"} of the query`;
  return {
    kind: "hit",
    entity,
    summary: `${what} over what came from ${hubInstant(fromMs)} to ${hubInstant(toMs)}`,
    events: count,
    evidence: rows.slice(0, MOST_EVIDENCE).map((row) => evidenceOf({ rule, found, asked }, row)),
  };
}

/** A row that tells its ledger entry is shown as that; one that sums events up by its interval. */
function evidenceOf({ rule, found, asked }: Context, row: TextRow): Evidence {
  const { columns, tables } = found;
  const at = (name: string): string | undefined => row[columns.indexOf(name)];
  const entry = wholeOf(at("_LedgerIndex"));
  const named = Object.entries(rule.details).map(([name, from]) => [name, at(from)] as const);
  const own = columns.map((name, i) => [name, row[i]] as const);
  const fields = [...named, ...own].filter((pair): pair is readonly [string, string] =>
    pair[1] !== undefined && pair[1] !== ""
  );
  return {
    entry: entry ?? Math.max(0, asked.entry - 1),
    row: entry === undefined ? 0 : wholeOf(at("_Row")) ?? 0,
    table: tables.join(", "),
    agent: at("_Agent") ?? "",
    source: at("_Source") ?? "",
    time: instantOf(at("TimeGenerated")) ?? hubInstant(asked.toMs),
    fields: Object.fromEntries(
      fields.slice(0, MOST_FIELDS).map(([name, value]) => [name, value.slice(0, MOST_TEXT)]),
    ),
  };
}

function wholeOf(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}

function instantOf(text: string | undefined): string | undefined {
  return text !== undefined && /^\d{4}-\d\d-\d\dT[\d:.]+Z$/.test(text) ? text : undefined;
}
