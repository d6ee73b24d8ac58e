/**
 * Keeps one rule from flooding: what is over a limit becomes one aggregate finding, never silence.
 *
 * @module
 */
import type { Hit, Moment, Report } from "./detector.ts";

/** Findings of one rule that are listed in one hour of the ledger. */
export const MOST_FINDINGS = 100;

const HOUR_MS = 3_600_000;
const MOST_REFUSALS = 100;

/** What the limiter remembers of the running hour; plain JSON. */
export interface LimitState {
  hour: number;
  found: number;
  /** Findings that were only counted. */
  over: number;
  /** Entities or values that the detector had to forget. */
  forgotten: number;
  /** Refusals that have been told already. */
  readonly refusals: string[];
}

export function newLimitState(): LimitState {
  return { hour: 0, found: 0, over: 0, forgotten: 0, refusals: [] };
}

/** The aggregates of the hour that is over, if `moment` begins another one. */
export function roll(state: LimitState, moment: Moment): readonly Hit[] {
  const hour = Math.floor(moment.hubMs / HOUR_MS);
  if (hour === state.hour) return [];
  const hits: Hit[] = [];
  if (state.over > 0) hits.push(overflow(FINDINGS, `${state.over} were only counted`, state.over));
  if (state.forgotten > 0) {
    hits.push(overflow(STATE, `${state.forgotten} entities were forgotten`, state.forgotten));
  }
  state.hour = hour;
  state.found = 0;
  state.over = 0;
  state.forgotten = 0;
  return hits;
}

/** What of `report` is to be told: `most` hits in an hour. */
export function admit(
  state: LimitState,
  report: Report,
  most: number = MOST_FINDINGS,
): readonly Hit[] {
  const told: Hit[] = [];
  for (const hit of report.hits) {
    if (hit.kind === "ended") told.push(hit);
    else if (state.found < most) {
      state.found++;
      told.push(hit);
    } else if (state.over++ === 0) {
      told.push({
        ...overflow(FINDINGS, "further ones are only counted", 1),
        evidence: hit.evidence,
      });
    }
  }
  if (report.forgotten > 0 && state.forgotten === 0) {
    told.push(overflow(STATE, "the least recent entities are forgotten", report.forgotten));
  }
  state.forgotten += report.forgotten;
  return told;
}

/** The refusal of a table, told once. */
export function refuse(state: LimitState, table: string, why: string): readonly Hit[] {
  const key = `${table}: ${why}`;
  if (state.refusals.includes(key) || state.refusals.length === MOST_REFUSALS) return [];
  state.refusals.push(key);
  return [{ kind: "refused", entity: `(table ${table})`, summary: why, events: 1, evidence: [] }];
}

const FINDINGS = "(findings over limit)";
const STATE = "(state over limit)";

function overflow(entity: string, what: string, events: number): Hit {
  const limit = entity === FINDINGS
    ? `More than ${MOST_FINDINGS} findings in an hour`
    : "More entities than the rule may hold";
  return { kind: "overflow", entity, summary: `${limit}: ${what}`, events, evidence: [] };
}
