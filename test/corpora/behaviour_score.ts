/**
 * How well scores of windows put attacked ones before the others.
 *
 * @module
 */
import { distanceOf, judge } from "../../hub/detect/behaviour/judge.ts";
import { type Closed, openWindows } from "../../hub/detect/behaviour/windows.ts";
import { scoreOf } from "../../hub/detect/learn/forest.ts";
import { type Random, seeded } from "../../hub/detect/learn/random.ts";
import { fit } from "../../hub/train/fit.ts";
import { storedBatch } from "../../hub/train/stored_batch.ts";
import { COLUMNS, type EventLog, type LoggedEvent } from "./behaviour_events.ts";
import { halfSpaceTrees } from "./half_space_trees.ts";

/** One way of telling what is unusual, on one log. */
export interface Measured {
  readonly way: "ours" | "forest alone" | "half-space trees" | "largest distance";
  /** Area under the ROC curve: 0.5 is chance. */
  readonly area: number;
  /** Mean precision where attacked windows are; the share of attacked windows is chance. */
  readonly precision: number;
  /** Attacked windows found while 5 % of the others are. */
  readonly recall: number;
  readonly windows: number;
  readonly attacked: number;
}

/** Measures all ways on `log`; `seed` is of attacks that are put in, and of trees. */
export function measure(log: EventLog, seed: number): readonly Measured[] {
  const { rule, isMarked } = log;
  const sorted = log.events.toSorted((a, b) => a.ms - b.ms);
  const split = isMarked ? Infinity : sorted[sorted.length >> 1]!.ms;
  const { events, attacked } = isMarked
    ? { events: sorted, attacked: markedWindows(log) }
    : withAttacks({ ...log, events: sorted }, split, seeded(seed));
  const closed = windowsOf(log, events);
  const learned = closed.filter(({ startMs }) => startMs < split);
  const judged = isMarked ? closed : closed.filter(({ startMs }) => startMs >= split);
  const isAttacked = (one: Closed) => attacked.has(keyOf(log, one.entity, one.startMs));
  const span = { fromMs: learned[0]!.startMs, toMs: learned.at(-1)!.startMs + rule.everyMs };
  const model = fit(rule, learned, { number: 1, seed, now: 0, ...span, pasts: [] });
  const filled = ({ point }: Closed) =>
    point.map((value, i) => Number.isNaN(value) ? model.center[i]! : value);
  const trees = halfSpaceTrees(learned.map(filled), seeded(seed));
  const ways = [
    ["ours", (one: Closed) => judge(model, one.point)],
    ["forest alone", (one: Closed) => scoreOf(model.forest, filled(one))],
    ["half-space trees", (one: Closed) => trees(filled(one))],
    ["largest distance", (one: Closed) => distanceOf(model, one.point)],
  ] as const;
  return ways.map(([way, of]) => ({
    way,
    ...quality(judged.map((one) => [of(one), isAttacked(one)] as const)),
  }));
}

function keyOf({ rule }: EventLog, entity: string, ms: number): string {
  return `${Math.floor(ms / rule.everyMs)} ${entity}`;
}

function markedWindows(log: EventLog): ReadonlySet<string> {
  return new Set(
    log.events.filter(({ isAttack }) => isAttack).map(({ entity, ms }) => keyOf(log, entity, ms)),
  );
}

const BATCH = 50;

function windowsOf({ rule }: EventLog, events: readonly LoggedEvent[]): readonly Closed[] {
  const windows = openWindows(rule, { limit: 100_000 });
  const columns = [{ name: "TimeGenerated", type: "datetime" } as const, ...COLUMNS];
  const sorted = events.toSorted((a, b) => a.ms - b.ms);
  const closed: Closed[] = [];
  for (let at = 0; at < sorted.length; at += BATCH) {
    const part = sorted.slice(at, at + BATCH);
    const rows = part.map((event) => [
      String(BigInt(event.ms) * 10_000n),
      ...COLUMNS.map(({ name }) => event[name]),
    ]);
    const hubMs = part.at(-1)!.ms;
    const facts = { entry: 0, hubMs, aliveMs: 0, agent: "a", source: "s", isEvents: true };
    closed.push(...windows.close(hubMs));
    closed.push(...windows.take(storedBatch("Events", columns, rows), facts).closed);
  }
  return [...closed, ...windows.close(Infinity)];
}

const ATTACKED = 0.06;

/** Bursts, many peers, and little but new: in one of 17 windows after `from`, in turn. */
function withAttacks(
  log: EventLog,
  from: number,
  random: Random,
): { readonly events: readonly LoggedEvent[]; readonly attacked: ReadonlySet<string> } {
  const late = log.events.filter(({ ms }) => ms >= from);
  const groups = Map.groupBy(late, ({ entity, ms }) => keyOf(log, entity, ms));
  const attacked = [...groups].filter(() => random() < ATTACKED);
  const added = attacked.flatMap(([, own], i): readonly LoggedEvent[] => {
    const [first] = own;
    const startMs = Math.floor(first!.ms / log.rule.everyMs) * log.rule.everyMs;
    const event = () => ({ ...first!, ms: startMs + Math.floor(random() * log.rule.everyMs) });
    const times = (count: number, make: () => LoggedEvent) => Array.from({ length: count }, make);
    if (i % 3 === 0) return times(12 * own.length + 10, event);
    if (i % 3 === 1) {
      return times(15, () => ({ ...event(), peer: `p${random()}`, user: `u${random()}` }));
    }
    const strange = () => ({ kind: `k${random()}`, image: `i${random()}`, sent: 5e7, got: 100 });
    return times(3, () => ({ ...event(), ...strange() }));
  });
  return { events: [...log.events, ...added], attacked: new Set(attacked.map(([key]) => key)) };
}

/** Of scores and whether each is of an attacked window. */
export function quality(
  scores: readonly (readonly [number, boolean])[],
): Omit<Measured, "way"> {
  const right = scores.filter(([, is]) => is).map(([score]) => score);
  const wrong = scores.filter(([, is]) => !is).map(([score]) => score).toSorted((a, b) => b - a);
  let won = 0;
  for (const a of right) for (const b of wrong) won += a > b ? 1 : a === b ? 0.5 : 0;
  const limit = wrong[Math.floor(0.05 * wrong.length)] ?? -Infinity;
  // Where scores are the same, those that were attacked come last.
  const sorted = scores.toSorted(([a, isA], [b, isB]) => b - a || Number(isA) - Number(isB));
  let [found, sum] = [0, 0];
  for (const [i, [, is]] of sorted.entries()) if (is) sum += ++found / (i + 1);
  return {
    area: won / right.length / wrong.length,
    precision: sum / right.length,
    recall: right.filter((score) => score > limit).length / right.length,
    windows: scores.length,
    attacked: right.length,
  };
}
