/**
 * Correlations of a hunt: what rules have matched in all files, by event time.
 *
 * They find what a hub finds that receives each event at the event's own time.
 *
 * @module
 */
import type { Severity } from "../../sdk/api/alerts.ts";
import type { ColumnBatch } from "../../sdk/columns/column.ts";
import type { Moment } from "../detect/detector.ts";
import type { SigmaCorrelation } from "../detect/sigma/correlation.ts";
import type { Correlated, Correlator } from "../detect/sigma/correlate/correlator.ts";
import { Correlators } from "../detect/sigma/correlate/correlators.ts";
import { RowView } from "../detect/sigma/run/row_view.ts";
import type { RunningRule } from "../detect/sigma/run/running.ts";
import type { HuntFinding } from "./finding.ts";
import { openMatchStore, type StoredMatch } from "./match_store.ts";

/** One event behind a correlation, and the rule that matched it. */
export type CorrelationMember = Omit<HuntFinding, "level" | "tags">;

/** What a hunt prints of a correlation. */
export interface CorrelationFinding {
  readonly rule: string;
  readonly title: string;
  readonly level: Severity;
  readonly tags: readonly string[];
  readonly correlation: SigmaCorrelation["type"];
  /** What its events have in common: the values of `group-by`. */
  readonly entity: string;
  readonly summary: string;
  /** Matches behind it. */
  readonly matches: number;
  /** The last of them, the oldest first. */
  readonly members: readonly CorrelationMember[];
}

/** A match that a correlation rests on. */
export interface Feeding {
  readonly rule: RunningRule;
  readonly row: number;
  readonly finding: HuntFinding;
}

export interface CorrelationHunt extends AsyncDisposable {
  /** Whether a correlation rests on the rule `id`. */
  wants(id: string): boolean;
  /** Takes matches of rules that are wanted, in one batch. */
  take(batch: ColumnBatch, matches: readonly Feeding[]): void;
  /** What all that was taken comes to; asked once, when all files were read. */
  findings(): readonly CorrelationFinding[];
  /** Matches that were left out, because their event has no time. */
  readonly timeless: number;
}

/** `shows` tells by id which correlations are findings. */
export function openCorrelationHunt(
  correlations: readonly SigmaCorrelation[],
  shows: (id: string) => boolean,
): CorrelationHunt {
  const correlators = new Correlators(correlations);
  const fields = fieldsOf(correlations);
  const store = openMatchStore<CorrelationMember>();
  let timeless = 0;
  return {
    wants: (id) => correlators.wants(id),
    take(batch, matches) {
      const stored = storedOf(batch, matches, fields);
      timeless += matches.length - stored.length;
      store.add(stored);
    },
    findings() {
      const found: CorrelationFinding[] = [];
      const on = ({ correlation }: Correlator, { hit }: Correlated): void => {
        if (!shows(correlation.id)) return;
        const members = hit.evidence.map(({ entry }) => store.member(entry));
        found.push(findingOf(correlation, hit, members));
      };
      let hubMs = -Infinity;
      for (const match of store.byTime()) {
        // As a clock would: what is over before this match is judged before it.
        hubMs = tickTo(correlators, match.ms, on);
        correlators.see(seenOf(match, hubMs), on);
      }
      tickTo(correlators, Infinity, on);
      return found;
    },
    get timeless() {
      return timeless;
    },
    [Symbol.asyncDispose]: () => store[Symbol.asyncDispose](),
  };
}

/** Lets the time pass up to `ms`, stopping wherever a group is due. */
function tickTo(
  correlators: Correlators,
  ms: number,
  on: Parameters<Correlators["tick"]>[1],
): number {
  for (let due = correlators.due(); due !== undefined && due <= ms; due = correlators.due()) {
    correlators.tick(momentAt(due), on);
  }
  if (ms < Infinity) correlators.tick(momentAt(ms), on);
  return ms;
}

function momentAt(hubMs: number): Moment {
  return { entry: 0, hubMs, aliveMs: hubMs };
}

/** All names under which correlations ask for a value. */
function fieldsOf(correlations: readonly SigmaCorrelation[]): readonly string[] {
  return [
    ...new Set(correlations.flatMap(({ groupBy, aliases, condition }) => [
      ...groupBy,
      ...[...aliases.values()].flatMap((byRule) => [...byRule.values()]),
      ...(condition.kind === "bounds" ? condition.fields : []),
    ])),
  ];
}

function storedOf(
  batch: ColumnBatch,
  matches: readonly Feeding[],
  names: readonly string[],
): readonly StoredMatch<CorrelationMember>[] {
  const time = batch.columns.find(({ name }) => name === "TimeGenerated");
  if (time?.form !== "time") return [];
  const view = new RowView(batch);
  return matches.flatMap(({ rule, row, finding }) => {
    const ms = time.ms[row] ?? NaN;
    if (Number.isNaN(ms)) return [];
    view.move(row);
    const values: Record<string, string> = {};
    for (const name of names) {
      const text = rule.fields(name).map((field) => view.text(field)).find((one) =>
        one !== undefined
      );
      if (text !== undefined) values[name] = text;
    }
    const { level: _level, tags: _tags, ...member } = finding;
    return [{ ms, ticks: time.ticks?.[row] ?? 0, rule: rule.rule.id, values, member }];
  });
}

/** Its evidence names the match by its number in the store. */
function seenOf(
  { id, ms, rule, values }: StoredMatch<CorrelationMember> & { readonly id: number },
  hubMs: number,
): Parameters<Correlators["see"]>[0] {
  const evidence = {
    entry: id,
    row: 0,
    table: "",
    agent: "",
    source: "",
    time: new Date(ms).toISOString(),
    fields: {},
  };
  return {
    rule,
    ms,
    hubMs,
    place: [id, 0],
    value: (field) => Object.hasOwn(values, field) ? values[field] : undefined,
    evidence: () => [evidence],
  };
}

function findingOf(
  { id, title, level, tags, type }: SigmaCorrelation,
  { entity, summary, events }: Correlated["hit"],
  members: readonly CorrelationMember[],
): CorrelationFinding {
  return {
    rule: id,
    title,
    level,
    tags,
    correlation: type,
    entity,
    summary,
    matches: events,
    members,
  };
}
