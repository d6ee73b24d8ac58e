/**
 * One correlation at work: which group a match is of, and what is found of it.
 *
 * Groups and their points are bounded; what was forgotten is counted. All that is known is in
 * cells, so that a detector that was saved and loaded finds the same as one that ran through.
 *
 * @module
 */
import { JOIN_MS } from "../../threshold.ts";
import type { Cell, Hit, Moment } from "../../detector.ts";
import { Entities } from "../../entities.ts";
import type { SigmaCorrelation } from "../correlation.ts";
import {
  addLater,
  addNow,
  forget,
  type Found,
  type Group,
  judge,
  type Judgement,
  keepRecent,
  newGroup,
} from "./group.ts";
import { isFoundAtOnce, leastOf } from "./measure.ts";
import type { Point } from "./point.ts";
import type { Seen } from "./seen.ts";

/** Limits of one correlation's state. */
export interface CorrelationLimits {
  readonly groups: number;
  /** Points of a group that are exact whatever the condition asks for. */
  readonly points: number;
}

const LIMITS: CorrelationLimits = { groups: 10_000, points: 512 };
/** Points of a group, however many a condition asks for. */
const MOST_POINTS = 16_384;

/** What a correlation found, as a finding and as what others see. */
export interface Correlated {
  readonly hit: Hit;
  readonly seen: Seen;
}

export interface Correlator {
  readonly correlation: SigmaCorrelation;
  /** Takes a match of one of its rules. */
  see(seen: Seen): readonly Correlated[];
  /** What time alone brings about. */
  tick(moment: Moment): readonly Correlated[];
  /** Hub time in ms at which the first of its groups is to be judged; undefined: there is none. */
  due(): number | undefined;
  /** Groups that had to be forgotten since the last call. */
  forgotten(): number;
  save(): readonly Cell[];
  load(cells: readonly Cell[]): void;
}

/** Makes the correlator of `correlation`. */
export function correlatorOf(
  correlation: SigmaCorrelation,
  limits: CorrelationLimits = LIMITS,
): Correlator {
  return new GroupCorrelator(correlation, limits);
}

class GroupCorrelator implements Correlator {
  readonly correlation: SigmaCorrelation;
  readonly #by: Judgement;
  readonly #atOnce: boolean;
  readonly #groups: Entities<Group>;
  /** Hub time at which the first of the groups is to be judged; undefined is not known. */
  #due: number | undefined;
  #forgotten = 0;

  constructor(correlation: SigmaCorrelation, limits: CorrelationLimits) {
    this.correlation = correlation;
    const most = Math.min(MOST_POINTS, Math.max(limits.points, 2 * leastOf(correlation)));
    const showsAll = correlation.type.startsWith("temporal");
    this.#by = { correlation, most, showsAll };
    this.#atOnce = isFoundAtOnce(correlation);
    this.#groups = new Entities(limits.groups);
  }

  see(seen: Seen): readonly Correlated[] {
    const values = this.#groupOf(seen);
    const value = this.#valueOf(seen);
    if (values === undefined || value === undefined) return [];
    const key = JSON.stringify(values);
    const group = this.#groups.get(key) ?? newGroup(values);
    forget(group, seen.hubMs - this.#keptMs());
    const { ms, hubMs, place } = seen;
    const rule = this.correlation.rules.indexOf(seen.rule);
    const evidence = seen.evidence();
    if (this.#atOnce && !this.#by.showsAll) keepRecent(group, evidence);
    const point: Point = {
      ms,
      hubMs,
      rule,
      place,
      ...(value !== null && { value }),
      ...(this.#by.showsAll && { evidence }),
    };
    const found = (this.#atOnce ? addNow : addLater)(group, point, this.#by);
    if (found !== undefined && this.#atOnce) group.recent = [];
    if (!this.#atOnce) {
      this.#due = undefined;
      if (!this.#by.showsAll) keepRecent(group, evidence);
    }
    this.#forgotten += this.#groups.set(key, group);
    return found === undefined ? [] : [this.#correlated(group, found, seen)];
  }

  /** Judges first: after a silence of the ledger a group may be due and old enough to forget. */
  tick({ hubMs }: Moment): readonly Correlated[] {
    const found = hubMs < (this.due() ?? Infinity) ? [] : this.#judgeDue(hubMs);
    for (let old = this.#groups.oldest(); old !== undefined; old = this.#groups.oldest()) {
      if (old[1].receivedMs >= hubMs - this.#keptMs()) break;
      this.#groups.delete(old[0]);
    }
    return found;
  }

  due(): number | undefined {
    if (this.#atOnce || this.#groups.count === 0) return undefined;
    this.#due ??= this.#firstDue();
    return this.#due === Infinity ? undefined : this.#due;
  }

  forgotten(): number {
    const count = this.#forgotten;
    this.#forgotten = 0;
    return count;
  }

  save(): readonly Cell[] {
    return this.#groups.save();
  }

  load(cells: readonly Cell[]): void {
    this.#groups.load(cells);
  }

  #judgeDue(hubMs: number): readonly Correlated[] {
    const all: Correlated[] = [];
    for (const key of this.#groups.keys()) {
      const group = this.#groups.get(key)!;
      if (group.startMs < 0 || hubMs < group.startHubMs + this.correlation.withinMs) continue;
      const found = judge(group, this.#by);
      this.#groups.delete(key);
      if (found === undefined) continue;
      const seen = { hubMs, place: [-1, -1] as const, value: () => undefined };
      all.push(this.#correlated(group, found, seen));
    }
    this.#due = undefined;
    return all;
  }

  #firstDue(): number {
    let due = Infinity;
    for (const key of this.#groups.keys()) {
      const { startMs, startHubMs } = this.#groups.get(key)!;
      if (startMs >= 0) due = Math.min(due, startHubMs + this.correlation.withinMs);
    }
    return due;
  }

  /** Later matches join for as long as late events do, and at least for the timespan. */
  #keptMs(): number {
    return Math.max(JOIN_MS, this.correlation.withinMs);
  }

  /** By field of `group-by`; undefined where the event has none of them. */
  #groupOf(seen: Seen): readonly (string | null)[] | undefined {
    const { groupBy } = this.correlation;
    const values = groupBy.map((field) => seen.value(this.#fieldOf(field, seen.rule)) ?? null);
    return groupBy.length > 0 && values.every((value) => value === null) ? undefined : values;
  }

  #fieldOf(name: string, rule: string): string {
    return this.correlation.aliases.get(name)?.get(rule) ?? name;
  }

  /** What is counted or summed; null where nothing is, undefined where the event lacks it. */
  #valueOf(seen: Seen): string | number | null | undefined {
    const { type, condition } = this.correlation;
    if (!type.startsWith("value_") || condition.kind !== "bounds") return null;
    const texts = condition.fields.map((field) => seen.value(this.#fieldOf(field, seen.rule)));
    if (texts.some((text) => text === undefined)) return undefined;
    if (type === "value_count") return texts.length === 1 ? texts[0] : JSON.stringify(texts);
    const number = texts[0] === "" ? NaN : Number(texts[0]);
    return Number.isFinite(number) ? number : undefined;
  }

  #correlated(
    group: Group,
    found: Found,
    last: Pick<Seen, "hubMs" | "place" | "value">,
  ): Correlated {
    const { id, groupBy } = this.correlation;
    const hit: Hit = {
      kind: "hit",
      entity: entityOf(groupBy, group.values),
      summary: summaryOf(this.correlation, found),
      events: found.events,
      evidence: found.evidence,
    };
    const value = (field: string) => {
      const at = groupBy.indexOf(field);
      return (at < 0 ? undefined : group.values[at]) ?? last.value(field);
    };
    const evidence = () => found.evidence;
    const { hubMs, place } = last;
    return { hit, seen: { rule: id, ms: found.to, hubMs, value, evidence, place } };
  }
}

/** The value of a single field; `Name=value, Name=value` of several, quoted where ambiguous. */
function entityOf(names: readonly string[], values: readonly (string | null)[]): string {
  if (names.length === 0) return "(all)";
  if (names.length === 1) return values[0] ?? "";
  return names.flatMap((name, i) => {
    const text = values[i] ?? null;
    if (text === null) return [];
    return [`${name}=${/^$|[",=]/.test(text) ? JSON.stringify(text) : text}`];
  }).join(", ");
}

function summaryOf(correlation: SigmaCorrelation, found: Found): string {
  const { type, condition, rules, withinMs } = correlation;
  const seconds = withinMs / 1000;
  const about = found.each > 1 ? `about (1 of ${found.each} was kept) ` : "";
  const count = `${about}${found.events} matches of ${rules.length} rules within ${seconds} s`;
  if (condition.kind === "rules" || found.measure === undefined) return `${type}: ${count}`;
  const bounds = condition.bounds.map(({ compare, value }) => `${compare} ${value}`).join(", ");
  return `${type} is ${found.measure}, asked for is ${bounds}: ${count}`;
}
