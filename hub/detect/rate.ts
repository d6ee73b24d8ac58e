/**
 * Detector: more or less of something per span of time than this hour of the week is used to.
 *
 * Events, or the sum of a column over them, are counted by entity in buckets of event time. A spike
 * is found as soon as its bucket has too much, a drop when its bucket is closed. A bucket closes a
 * minute of hub time after its end and is learned then; events that come later, up to a day, are
 * still counted in it and may make it a spike. Buckets in which the ledger was not
 * written to, because the hub was down, are not judged and not learned.
 *
 * @module
 */
import type { Evidence } from "../../sdk/api/alerts.ts";
import {
  type Cell,
  type Detector,
  type Facts,
  type Hit,
  type Moment,
  MOST_EVIDENCE,
  NOTHING,
} from "./detector.ts";
import { Entities } from "./entities.ts";
import { witnessOf } from "./evidence.ts";
import { groupRows } from "./groups.ts";
import {
  expectedOf,
  isDrop,
  isSpike,
  learnBucket,
  newWeek,
  type Usual,
  type Week,
} from "./learn/week.ts";
import { timesOf } from "./lens.ts";
import { numbersOf } from "./numbers.ts";
import { columnsOf, type RateRule } from "./rule.ts";
import { selectorOf } from "./select.ts";
import { JOIN_MS } from "./threshold.ts";

/** Entities of one rule; each takes up to 16 KiB. */
const MOST_ENTITIES = 2_000;
/** How long after its end a bucket is open, ms of hub time. */
const GRACE_MS = 60_000;
/** A longer silence of the ledger, which writes a tick each second, means the hub was down. */
const LEDGER_SILENCE_MS = 10_000;
const CLOCK = "#clock";

/** What is kept of one entity. */
interface Counted {
  readonly week: Week;
  /** Open buckets by number, oldest first: at most three. */
  open: Bucket[];
  /** Those of the last day that had events and are closed, oldest first. */
  closed: Closed[];
  /** First bucket of the finding that is on. */
  onSince: number | null;
  /** Last bucket with events. */
  lastBucket: number;
}

interface Bucket {
  readonly number: number;
  sum: number;
  events: number;
  /** The last rows that were counted. */
  readonly evidence: Evidence[];
}

type Closed = [number: number, sum: number, events: number];

interface Clock {
  hubMs: number;
  /** The last bucket that was closed. */
  closed: number;
  /** The last bucket that was not watched from its begin to its end. */
  unwatched: number;
}

/** Makes the detector of `rule`. */
export function rateDetector(rule: RateRule, limit: number = MOST_ENTITIES): Detector {
  const columns = columnsOf(rule);
  const select = selectorOf(rule.where);
  const all = new Entities<Counted>(limit);
  const closing = closingOf(rule, all);
  return {
    table: rule.table,
    columns,
    batch(batch, facts) {
      const rows = select(batch, facts);
      if (rows.length === 0) return NOTHING;
      const values = rule.value === undefined ? () => 1 : numbersOf(batch, rule.value);
      if (values === undefined) return NOTHING;
      const groups = groupRows(batch, rows, { facts, entity: rule.entity, keep: "all" });
      const times = timesOf(batch);
      const witness = witnessOf(batch, facts, columns);
      const hits: Hit[] = [];
      let forgotten = 0;
      for (const [i, entity] of groups.entities.entries()) {
        const counted = all.get(entity) ?? newCounted(closing.nowOf(facts));
        const touched = new Map<number, Touched>();
        for (const row of groups.rows[i]!) {
          const value = values(row);
          const number = closing.numberOf(times?.[row] ?? NaN, facts);
          if (Number.isNaN(value) || number === undefined) continue;
          const { bucket } = touched.get(number) ??
            touch(touched, closing.bucketOf(counted, number));
          bucket.sum += value;
          bucket.events++;
          if (bucket.evidence.length < MOST_EVIDENCE) bucket.evidence.push(witness(row));
        }
        for (const { bucket, before } of touched.values()) {
          hits.push(...spikeOf(rule, { entity, counted, bucket }, before));
          closing.putBack(counted, bucket);
        }
        forgotten += all.set(entity, counted);
      }
      return { hits, forgotten };
    },
    tick: (moment) => closing.tick(moment),
    save: () => [...closing.save(), ...all.save()],
    load(cells) {
      closing.load(cells.filter(({ key }) => key === CLOCK));
      all.load(cells.filter(({ key }) => key !== CLOCK));
    },
  };
}

/** Nothing is learned of the bucket in which an entity is first seen: it may have begun before. */
function newCounted(now: number): Counted {
  return { week: newWeek(now), open: [], closed: [], onSince: null, lastBucket: now };
}

/** A bucket to which a batch adds, and what it had before. */
interface Touched {
  readonly bucket: Bucket;
  readonly before: number;
}

function touch(touched: Map<number, Touched>, bucket: Bucket): Touched {
  const one = { bucket, before: bucket.sum };
  touched.set(bucket.number, one);
  return one;
}

interface Judged {
  readonly entity: string;
  readonly counted: Counted;
  readonly bucket: Bucket;
}

/** The bucket that becomes a spike by what is added; one that was a spike `before` is known. */
function spikeOf(
  rule: RateRule,
  { entity, counted, bucket }: Judged,
  before: number,
): readonly Hit[] {
  if (rule.direction === "drop" || counted.onSince !== null) return [];
  const usual = expectedOf(counted.week, bucket.number, rule.everyMs);
  if (usual === undefined) return [];
  if (!isSpike(rule, bucket.sum, usual) || isSpike(rule, before, usual)) return [];
  counted.onSince = bucket.number;
  return [hitOf(rule, { entity, bucket, usual, what: "More" })];
}

function hitOf(
  rule: RateRule,
  { entity, bucket, usual, what }: {
    readonly entity: string;
    readonly bucket: Bucket;
    readonly usual: Usual;
    readonly what: "More" | "Less";
  },
): Hit {
  const of = rule.value === undefined ? "events" : `of ${rule.value}`;
  const summary = `${what} ${of} in ${rule.table} than usual: ${digits(bucket.sum)} in ` +
    `${rule.everyMs / 1000} s, expected ${digits(usual.mean)} ± ${digits(usual.deviation)} by ` +
    `${usual.from}, ${digits(Math.abs(bucket.sum - usual.mean) / usual.deviation)} deviations away`;
  const { events, evidence } = bucket;
  return { kind: "hit", entity, summary, events, evidence };
}

function digits(value: number): string {
  return String(Number(value.toPrecision(3)));
}

function openBucket(counted: Counted, number: number): Bucket {
  const known = counted.open.find((one) => one.number === number);
  if (known !== undefined) return known;
  const bucket: Bucket = { number, sum: 0, events: 0, evidence: [] };
  counted.open.push(bucket);
  counted.open.sort((a, b) => a.number - b.number);
  counted.lastBucket = Math.max(counted.lastBucket, number);
  return bucket;
}

function closedBucket({ closed }: Counted, number: number): Bucket {
  const [, sum, events] = closed.find(([one]) => one === number) ?? [number, 0, 0];
  return { number, sum, events, evidence: [] };
}

function keepClosed(counted: Counted, { number, sum, events }: Bucket): void {
  const others = counted.closed.filter(([one]) => one !== number);
  counted.closed = [...others, [number, sum, events] satisfies Closed].sort(([a], [b]) => a - b);
}

interface Closing extends Pick<Detector, "tick" | "save" | "load"> {
  /** The bucket that is running. */
  nowOf(facts: Facts): number;
  /** The bucket of an event time; what is in the future is now. Undefined before yesterday. */
  numberOf(ms: number, facts: Facts): number | undefined;
  bucketOf(counted: Counted, number: number): Bucket;
  /** A bucket that is closed is kept as it is now. */
  putBack(counted: Counted, bucket: Bucket): void;
}

/** Closes buckets by the hub's clock. */
function closingOf(rule: RateRule, all: Entities<Counted>): Closing {
  const { everyMs } = rule;
  let clock: Clock | undefined;
  let saved: string | undefined;
  const nowOf = ({ hubMs }: { readonly hubMs: number }) => Math.floor(hubMs / everyMs);
  const isClosed = (number: number) => clock !== undefined && number <= clock.closed;
  return {
    nowOf,
    numberOf(ms, facts) {
      const now = nowOf(facts);
      const number = Number.isNaN(ms) ? now : Math.min(now, Math.floor(ms / everyMs));
      return number < now - JOIN_MS / everyMs ? undefined : number;
    },
    bucketOf: (counted, number) =>
      isClosed(number) ? closedBucket(counted, number) : openBucket(counted, number),
    putBack(counted, bucket) {
      if (isClosed(bucket.number)) keepClosed(counted, bucket);
    },
    tick(moment: Moment) {
      const now = nowOf(moment);
      const last = Math.floor((moment.hubMs - GRACE_MS) / everyMs) - 1;
      clock ??= { hubMs: moment.hubMs, closed: last, unwatched: now };
      if (moment.hubMs - clock.hubMs > LEDGER_SILENCE_MS) clock.unwatched = now;
      clock.hubMs = moment.hubMs;
      const hits: Hit[] = [];
      if (last > clock.closed) {
        for (const entity of all.keys()) {
          hits.push(...closeUpTo(rule, all, { entity, from: clock.closed + 1, last, clock }));
        }
        clock.closed = last;
      }
      return hits.length === 0 ? NOTHING : { hits, forgotten: 0 };
    },
    save() {
      const text = clock && JSON.stringify(clock);
      if (text === saved) return [];
      saved = text;
      return [{ key: CLOCK, value: text }];
    },
    load([cell]: readonly Cell[]) {
      if (cell?.value === undefined) return;
      saved = cell.value;
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- only save() writes it
      clock = JSON.parse(saved) as Clock;
    },
  };
}

/** An entity without events for so long is forgotten: it has no rate any more. */
const MOST_SILENCE_MS = 28 * 86_400_000;

function closeUpTo(
  rule: RateRule,
  all: Entities<Counted>,
  { entity, from, last, clock }: {
    readonly entity: string;
    readonly from: number;
    readonly last: number;
    readonly clock: Clock;
  },
): readonly Hit[] {
  const counted = all.get(entity)!;
  if ((last - counted.lastBucket) * rule.everyMs > MOST_SILENCE_MS) {
    all.delete(entity);
    return [];
  }
  const hits: Hit[] = [];
  for (let number = Math.max(from, clock.unwatched + 1); number <= last; number++) {
    const bucket = counted.open.find((one) => one.number === number) ??
      { number, sum: 0, events: 0, evidence: [] };
    hits.push(...close(rule, { entity, counted, bucket }));
  }
  for (const bucket of counted.open) {
    if (bucket.number <= last) keepClosed(counted, bucket);
  }
  counted.open = counted.open.filter(({ number }) => number > last);
  counted.closed = counted.closed.filter(([number]) => number > last - JOIN_MS / rule.everyMs);
  all.set(entity, counted);
  return hits;
}

function close(rule: RateRule, judged: Judged): readonly Hit[] {
  const { counted: { week }, bucket } = judged;
  if (bucket.number <= week.since) return [];
  const usual = expectedOf(week, bucket.number, rule.everyMs);
  const hits = usual === undefined ? [] : judge(rule, judged, usual);
  learnBucket(week, bucket, { everyMs: rule.everyMs, usual, most: rule.times });
  return hits;
}

/** Begins or ends a finding; a bucket before the one that began it says nothing of its end. */
function judge(
  rule: RateRule,
  { entity, counted, bucket }: Judged,
  usual: Usual,
): readonly Hit[] {
  const isUp = rule.direction !== "drop" && isSpike(rule, bucket.sum, usual);
  const isDown = rule.direction !== "spike" && isDrop(rule, bucket.sum, usual);
  const since = counted.onSince;
  if (since === null && (isUp || isDown)) {
    counted.onSince = bucket.number;
    return [hitOf(rule, { entity, bucket, usual, what: isUp ? "More" : "Less" })];
  }
  if (since === null || isUp || isDown || bucket.number < since) return [];
  counted.onSince = null;
  return [ended(rule, entity, bucket)];
}

function ended(rule: RateRule, entity: string, { events, evidence, sum }: Bucket): Hit {
  const summary = `The rate is usual again: ${digits(sum)} in ${rule.everyMs / 1000} s`;
  return { kind: "ended", entity, summary, events: Math.max(1, events), evidence };
}
