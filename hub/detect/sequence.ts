/**
 * Detector: steps of one entity, one after the other, within a span of event time.
 *
 * Events may come late: each is put at its own time among those that are kept, and every chain that
 * it completes is looked for. What `until` selects ends all chains that began before it. What is
 * found is found once: the events up to the last step belong to it.
 *
 * @module
 */
import type { Evidence } from "../../sdk/api/alerts.ts";
import type { ColumnBatch } from "../../sdk/columns/column.ts";
import {
  type Detector,
  type Facts,
  type Hit,
  MOST_EVIDENCE,
  NOTHING,
  type Report,
} from "./detector.ts";
import { Entities } from "./entities.ts";
import { witnessOf } from "./evidence.ts";
import { groupRows } from "./groups.ts";
import { timesOf } from "./lens.ts";
import { columnsOf, type SequenceRule, type Step } from "./rule.ts";
import { selectorOf } from "./select.ts";
import { JOIN_MS } from "./threshold.ts";

/** Limits of one rule's state. */
export interface SequenceLimits {
  readonly entities: number;
  /** Events that are kept of one entity. */
  readonly points: number;
}

const LIMITS: SequenceLimits = { entities: 10_000, points: 256 };

/** An event of one entity; plain JSON. */
interface Point {
  readonly ms: number;
  readonly hubMs: number;
  /** Bit n: it can be step n; {@link UNTIL}: it ends what began before it. */
  readonly is: number;
  readonly evidence: Evidence;
}

/** What is kept of one entity. */
interface Walk {
  /** By event time, those of one time in the order of arrival. */
  points: Point[];
  /** First and last time of what was found last: what comes late for it belongs to it. */
  done: readonly [from: number, to: number] | null;
  /** Hub time of the last event. */
  hubMs: number;
}

/** Above the bits of all steps. */
const UNTIL = 1 << 20;

/** Makes the detector of `rule`. */
export function sequenceDetector(rule: SequenceRule, limits: SequenceLimits = LIMITS): Detector {
  const columns = columnsOf(rule);
  const watched = watchedBy(rule);
  const tables = new Set(watched.map(({ table }) => table));
  // A step that is asked for n times stands n times in the chain.
  const chain = rule.steps.flatMap((step, i) => Array.from({ length: step.count }, () => 1 << i));
  const most = Math.max(...rule.steps.map(({ count }) => count));
  const walks = new Entities<Walk>(limits.entities);
  return {
    table: tables.size === 1 ? rule.steps[0]?.table : undefined,
    columns,
    batch(batch, facts) {
      if (!tables.has(batch.table)) return NOTHING;
      const events = eventsOf(rule, { batch, facts, watched });
      if (events.length === 0) return NOTHING;
      const times = timesOf(batch);
      const witness = witnessOf(batch, facts, columns);
      const { hubMs } = facts;
      const hits: Hit[] = [];
      let forgotten = 0;
      for (const { entity, row, is } of events) {
        const walk = walks.get(entity) ?? { points: [], done: null, hubMs };
        const of = times?.[row] ?? NaN;
        const point = { ms: Number.isNaN(of) ? hubMs : of, hubMs, is, evidence: witness(row) };
        const steps = walkOn(walk, point, { rule, chain });
        if (steps !== undefined) hits.push(hitOf(rule, entity, steps));
        forgotten += bound(walk, limits.points, most) + walks.set(entity, walk);
      }
      return { hits, forgotten } satisfies Report;
    },
    tick({ hubMs }) {
      for (let old = walks.oldest(); old !== undefined; old = walks.oldest()) {
        if (old[1].hubMs >= hubMs - JOIN_MS) break;
        walks.delete(old[0]);
      }
      return NOTHING;
    },
    save: () => walks.save(),
    load: (cells) => walks.load(cells),
  };
}

type Watched = Pick<Step, "table" | "entity"> & {
  readonly bit: number;
  readonly select: ReturnType<typeof selectorOf>;
};

function watchedBy({ steps, until, where }: SequenceRule): readonly Watched[] {
  const all = steps.map((step, i) => ({ step, bit: 1 << i }));
  if (until !== undefined) all.push({ step: { ...until, count: 1 }, bit: UNTIL });
  return all.map(({ step, bit }) => ({
    table: step.table,
    entity: step.entity,
    bit,
    select: selectorOf([...where, ...step.where]),
  }));
}

interface Event {
  readonly entity: string;
  readonly row: number;
  readonly is: number;
}

/** The rows that are a step, or end one; all conditions are asked before any state changes. */
function eventsOf(
  { entity: called }: SequenceRule,
  { batch, facts, watched }: {
    readonly batch: ColumnBatch;
    readonly facts: Facts;
    readonly watched: readonly Watched[];
  },
): readonly Event[] {
  const found = new Map<string, Event>();
  for (const { table, entity, bit, select } of watched) {
    if (table !== batch.table) continue;
    const rows = select(batch, facts);
    const groups = groupRows(batch, rows, { facts, entity, called, keep: "all" });
    for (const [i, name] of groups.entities.entries()) {
      for (const row of groups.rows[i]!) {
        const key = `${row} ${name}`;
        found.set(key, { entity: name, row, is: (found.get(key)?.is ?? 0) | bit });
      }
    }
  }
  return [...found.values()].toSorted((a, b) => a.row - b.row);
}

interface Chain {
  readonly rule: SequenceRule;
  /** The bit of each step, in their order. */
  readonly chain: readonly number[];
}

/** Takes one event; gives the steps that it completes. */
function walkOn(walk: Walk, point: Point, of: Chain): readonly Point[] | undefined {
  walk.hubMs = point.hubMs;
  walk.points = walk.points.filter(({ hubMs }) => hubMs >= point.hubMs - JOIN_MS);
  const { points, done } = walk;
  if (done !== null && point.ms >= done[0] && point.ms <= done[1]) return undefined;
  const after = points.findLastIndex(({ ms }) => ms <= point.ms);
  points.splice(after + 1, 0, point);
  if ((point.is & ~UNTIL) === 0) return undefined;
  for (let end = after + 1; end < points.length; end++) {
    if (points[end]!.ms > point.ms + of.rule.withinMs) break;
    const steps = stepsTo(points, end, of);
    if (steps === undefined) continue;
    walk.points = points.slice(end + 1);
    walk.done = [steps[0]!.ms, points[end]!.ms];
    return steps;
  }
  return undefined;
}

/** The chain that ends at `end`, of the latest events there are: if this one is too long, all are. */
function stepsTo(
  points: readonly Point[],
  end: number,
  { rule, chain }: Chain,
): readonly Point[] | undefined {
  const steps: Point[] = [];
  for (let at = end; at >= 0; at--) {
    const point = points[at]!;
    if (point.ms < points[end]!.ms - rule.withinMs) return undefined;
    const wanted = chain[chain.length - 1 - steps.length]!;
    // The last step is `end` itself, or another chain would have been found before.
    if ((point.is & wanted) !== 0) steps.unshift(point);
    else if (at === end) return undefined;
    if (steps.length === chain.length) return steps;
    // It may begin a chain, not go on with one.
    if ((point.is & UNTIL) !== 0) return undefined;
  }
  return undefined;
}

/**
 * Makes the points at most `limit`; gives how many had to go that could have been missed.
 *
 * Of more alike in a row than a step may ask for, the last ones complete whatever the first does.
 */
function bound(walk: Walk, limit: number, alike: number): number {
  const { points } = walk;
  let missed = 0;
  while (points.length > limit) {
    const spare = points.findIndex(({ is }, i) =>
      i + alike < points.length && points.slice(i + 1, i + alike + 1).every((one) => one.is === is)
    );
    if (spare < 0) missed++;
    points.splice(Math.max(spare, 0), 1);
  }
  return missed;
}

function hitOf(rule: SequenceRule, entity: string, steps: readonly Point[]): Hit {
  const seconds = (steps.at(-1)!.ms - steps[0]!.ms) / 1000;
  const names = rule.steps.map(({ count, table }) => count === 1 ? table : `${count} of ${table}`);
  const summary = `${names.join(", then ")} within ${seconds} s, at most ${
    rule.withinMs / 1000
  } s are a finding`;
  return {
    kind: "hit",
    entity,
    summary,
    events: steps.length,
    evidence: shownOf(rule, steps).map(({ evidence }) => evidence),
  };
}

/** The last event of each step, and as many others as there is room for. */
function shownOf(rule: SequenceRule, steps: readonly Point[]): readonly Point[] {
  let next = 0;
  const last = new Set(rule.steps.map(({ count }) => (next += count) - 1));
  const others = steps.map((_, i) => i).filter((i) => !last.has(i));
  const shown = new Set([...last, ...others.slice(0, Math.max(0, MOST_EVIDENCE - last.size))]);
  return steps.filter((_, i) => shown.has(i));
}
