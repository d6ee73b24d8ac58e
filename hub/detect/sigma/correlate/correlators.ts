/**
 * All correlations of a set of rules, fed with each match and with what they find of one another.
 *
 * @module
 */
import type { Moment } from "../../detector.ts";
import type { SigmaCorrelation } from "../correlation.ts";
import { type Correlated, type Correlator, correlatorOf } from "./correlator.ts";
import type { Seen } from "./seen.ts";

/** Told of each finding, before what rests on it sees it. */
export type OnCorrelated = (correlator: Correlator, found: Correlated) => void;

export class Correlators {
  readonly all: readonly Correlator[];
  /** By id of a rule or correlation, what rests on it. */
  readonly #resting = new Map<string, Correlator[]>();

  /** Each of `correlations` stands after those that it rests on. */
  constructor(correlations: readonly SigmaCorrelation[]) {
    this.all = correlations.map((one) => correlatorOf(one));
    for (const correlator of this.all) {
      for (const id of correlator.correlation.rules) {
        const others = this.#resting.get(id);
        if (others === undefined) this.#resting.set(id, [correlator]);
        else others.push(correlator);
      }
    }
  }

  /** Whether a correlation rests on the rule `id`. */
  wants(id: string): boolean {
    return this.#resting.has(id);
  }

  /** Takes a match. Depth is that of correlations that rest on one another, never on themselves. */
  see(seen: Seen, on: OnCorrelated): void {
    for (const correlator of this.#resting.get(seen.rule) ?? []) {
      for (const one of correlator.see(seen)) this.#found(correlator, one, on);
    }
  }

  /** What time alone brings about. */
  tick(moment: Moment, on: OnCorrelated): void {
    for (const correlator of this.all) {
      for (const one of correlator.tick(moment)) this.#found(correlator, one, on);
    }
  }

  /** Hub time in ms at which the first group is to be judged; undefined: there is none. */
  due(): number | undefined {
    const all = this.all.flatMap((correlator) => correlator.due() ?? []);
    return all.length === 0 ? undefined : Math.min(...all);
  }

  #found(correlator: Correlator, found: Correlated, on: OnCorrelated): void {
    on(correlator, found);
    this.see(found.seen, on);
  }
}
