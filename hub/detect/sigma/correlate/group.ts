/**
 * The matches of one group of a correlation: what was seen, and when that is a finding.
 *
 * @module
 */
import type { Evidence } from "../../../../sdk/api/alerts.ts";
import { MOST_EVIDENCE } from "../../detector.ts";
import type { SigmaCorrelation } from "../correlation.ts";
import { holds, measure } from "./measure.ts";
import { insert, type Point, type Points, thin } from "./point.ts";

/** A finding that later matches belong to; ms. */
interface Burst {
  from: number;
  to: number;
  receivedMs: number;
}

/** What is known of one group; plain JSON. */
export interface Group extends Points {
  /** Of correlations that are found at once. */
  readonly bursts: Burst[];
  /** Of correlations that are judged when their time is over; -1 is none. */
  startMs: number;
  startHubMs: number;
  /** The last matches, in the order of arrival. */
  recent: Evidence[];
  /** By field of `group-by`; null is absent. */
  readonly values: readonly (string | null)[];
  receivedMs: number;
}

/** What was found of a group. */
export interface Found {
  readonly from: number;
  readonly to: number;
  readonly measure: number | undefined;
  /** Matches behind it, by count or by estimate. */
  readonly events: number;
  /** Of how many matches one was kept; 1 is exact. */
  readonly each: number;
  readonly evidence: readonly Evidence[];
}

/** How a correlation judges its groups. */
export interface Judgement {
  readonly correlation: SigmaCorrelation;
  /** Points of a group. */
  readonly most: number;
  /** Each event of a finding is shown, and kept with its point. */
  readonly showsAll: boolean;
}

const MOST_BURSTS = 16;

export function newGroup(values: readonly (string | null)[]): Group {
  return {
    list: [],
    halved: 0,
    bursts: [],
    startMs: -1,
    startHubMs: 0,
    recent: [],
    values,
    receivedMs: 0,
  };
}

/** Adds a match, of a correlation that is found at once. */
export function addNow(group: Group, point: Point, by: Judgement): Found | undefined {
  const { withinMs } = by.correlation;
  group.receivedMs = point.hubMs;
  const burst = group.bursts.find(({ from, to }) =>
    point.ms >= from - withinMs && point.ms <= to + withinMs
  );
  if (burst !== undefined) {
    burst.from = Math.min(burst.from, point.ms);
    burst.to = Math.max(burst.to, point.ms);
    burst.receivedMs = point.hubMs;
    return undefined;
  }
  const at = insert(group, point, isByValue(by));
  if (at < 0) return undefined;
  const found = firstFound(group, at, by);
  if (found !== undefined) {
    const { from, to } = found;
    group.bursts.push({ from, to, receivedMs: point.hubMs });
    if (group.bursts.length > MOST_BURSTS) group.bursts.shift();
    group.list = group.list.filter(({ ms }) => ms < from - withinMs || ms > to + withinMs);
    return found;
  }
  thin(group, by.most, isByValue(by));
  return undefined;
}

/** The first span with the point `at` in it for which the condition holds. */
function firstFound(group: Group, at: number, by: Judgement): Found | undefined {
  const { list } = group;
  const { withinMs } = by.correlation;
  const { ms } = list[at]!;
  let start = at;
  while (start > 0 && list[start - 1]!.ms >= ms - withinMs) start--;
  for (let end = at; end < list.length && list[end]!.ms <= ms + withinMs; end++) {
    while (list[start]!.ms < list[end]!.ms - withinMs) start++;
    const span = { list, start, end: end + 1, each: 2 ** group.halved };
    if (holds(by.correlation, span)) return foundIn(group, span, by);
  }
  return undefined;
}

/** Adds a match, of a correlation that is judged when its time is over; it may be over by it. */
export function addLater(group: Group, point: Point, by: Judgement): Found | undefined {
  const found = group.startMs >= 0 && point.ms >= group.startMs + by.correlation.withinMs
    ? judge(group, by)
    : undefined;
  if (group.startMs < 0) {
    group.startMs = point.ms;
    group.startHubMs = point.hubMs;
  }
  group.receivedMs = point.hubMs;
  insert(group, point, isByValue(by));
  thin(group, by.most, isByValue(by));
  return found;
}

/** Judges what was added since the group began, and begins it anew. */
export function judge(group: Group, by: Judgement): Found | undefined {
  const { list } = group;
  const span = { list, start: 0, end: list.length, each: 2 ** group.halved };
  const found = holds(by.correlation, span) ? foundIn(group, span, by) : undefined;
  group.list = [];
  group.halved = 0;
  group.startMs = -1;
  group.recent = [];
  return found;
}

/** Forgets what was received before `hubMs`. */
export function forget(group: Group, hubMs: number): void {
  if (group.list.some((point) => point.hubMs < hubMs)) {
    group.list = group.list.filter((point) => point.hubMs >= hubMs);
  }
  if (group.list.length === 0) group.halved = 0;
  const bursts = group.bursts.filter(({ receivedMs }) => receivedMs >= hubMs);
  if (bursts.length < group.bursts.length) group.bursts.splice(0, Infinity, ...bursts);
}

/** Keeps `evidence` among the last. */
export function keepRecent(group: Group, evidence: readonly Evidence[]): void {
  group.recent = [...group.recent, ...evidence].slice(-MOST_EVIDENCE);
}

function isByValue({ correlation }: Judgement): boolean {
  return correlation.type === "value_count";
}

type Span = Parameters<typeof holds>[1];

function foundIn(group: Group, span: Span, by: Judgement): Found {
  const points = span.list.slice(span.start, span.end);
  const from = points[0]?.ms ?? group.startMs;
  const to = points.at(-1)?.ms ?? group.startMs;
  const shown = by.showsAll
    ? points.flatMap(({ evidence = [] }) => evidence)
    : group.recent.filter(({ time }) => isBetween(time, from, to));
  return {
    from,
    to,
    measure: measure(by.correlation, span),
    events: points.length * span.each,
    each: span.each,
    evidence: shown.slice(-MOST_EVIDENCE),
  };
}

function isBetween(time: string | null, from: number, to: number): boolean {
  const ms = time === null ? NaN : Date.parse(time);
  return Number.isNaN(ms) || (ms >= Math.floor(from) && ms <= Math.ceil(to));
}
