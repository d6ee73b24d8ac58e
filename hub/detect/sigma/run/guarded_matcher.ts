/**
 * The matcher of all rules, which one rule that throws or takes too long does not stop.
 *
 * What throws is found by halves and left out from then on; what takes too long is told, and left
 * out when the ledger says so: time is no input of a detector.
 *
 * @module
 */
import type { ColumnBatch } from "../../../../sdk/columns/column.ts";
import type { Facts } from "../../detector.ts";
import { compileRules, type Match, type Matcher } from "../match/matcher.ts";
import type { RunningRule } from "./running.ts";

/** What became of one batch. */
export interface Matched {
  readonly matches: readonly Match<RunningRule>[];
  /** Rules that threw, by id, and what. */
  readonly thrown: ReadonlyMap<string, string>;
}

/** Makes a matcher of rules. */
export type Compile = (rules: readonly RunningRule[]) => Pick<
  Matcher<RunningRule>,
  "batch" | "refused"
>;

export interface GuardOptions {
  /** Ms that the process has worked. */
  readonly cpuMs: () => number;
  /** Told of a rule that took most of a batch that took too long. */
  readonly onSlow: (rule: string, why: string) => void;
  readonly compile?: Compile;
}

/** A batch of 8,192 rows takes a thousandth of it for each row at most, and usually a hundredth. */
export const SLOW_MS_A_ROW = 1;
const SLOW_MS = 1_000;
/** Batches between two searches for a slow rule, each of which compiles rules again. */
const BLAME_EVERY = 1_000;

export class GuardedMatcher {
  readonly #options: GuardOptions;
  readonly #compile: Compile;
  readonly #all: readonly RunningRule[];
  readonly #compiled: ReturnType<Compile>;
  #rules: readonly RunningRule[];
  #matcher: ReturnType<Compile>;
  #batches = 0;
  #blamedAt = -Infinity;

  constructor(
    rules: readonly RunningRule[],
    options: GuardOptions,
    compiled?: ReturnType<Compile>,
  ) {
    this.#options = options;
    this.#compile = options.compile ?? compileRules;
    this.#rules = rules;
    this.#all = rules;
    this.#matcher = compiled ?? this.#compile(rules);
    this.#compiled = this.#matcher;
  }

  /** Another one of the same rules, of which none is left out; what is compiled they share. */
  again(): GuardedMatcher {
    return new GuardedMatcher(this.#all, this.#options, this.#compiled);
  }

  /** Rules that cannot be run, by id, and why. */
  get refused(): ReadonlyMap<string, string> {
    return new Map(this.#matcher.refused.map(({ rule, error }) => [rule.rule.id, error.message]));
  }

  /** Leaves out rules, by id. */
  without(ids: ReadonlySet<string>): void {
    const left = this.#rules.filter(({ rule }) => !ids.has(rule.id));
    if (left.length === this.#rules.length) return;
    this.#rules = left;
    this.#matcher = this.#compile(left);
  }

  batch(batch: ColumnBatch, facts: Facts): Matched {
    this.#batches++;
    const start = this.#options.cpuMs();
    try {
      const matches = this.#matcher.batch(batch, facts);
      const ms = this.#options.cpuMs() - start;
      if (ms > SLOW_MS + SLOW_MS_A_ROW * batch.rows) this.#blame(batch, facts, ms);
      return { matches, thrown: new Map() };
    } catch {
      const thrown = new Map<string, string>();
      const ofTable = this.#rules.filter(({ table }) => table === batch.table);
      const matches = this.#byHalves(ofTable, { batch, facts, thrown });
      this.without(new Set(thrown.keys()));
      const order = new Map(ofTable.map((rule, i) => [rule, i]));
      return {
        matches: matches.toSorted((a, b) =>
          a.row - b.row || order.get(a.rule)! - order.get(b.rule)!
        ),
        thrown,
      };
    }
  }

  #byHalves(
    rules: readonly RunningRule[],
    of: {
      readonly batch: ColumnBatch;
      readonly facts: Facts;
      readonly thrown: Map<string, string>;
    },
  ): readonly Match<RunningRule>[] {
    try {
      return this.#compile(rules).batch(of.batch, of.facts);
    } catch (error) {
      const [only] = rules;
      if (only === undefined) return [];
      if (rules.length === 1) {
        of.thrown.set(only.rule.id, error instanceof Error ? error.message : String(error));
        return [];
      }
      const middle = rules.length >>> 1;
      return [
        ...this.#byHalves(rules.slice(0, middle), of),
        ...this.#byHalves(rules.slice(middle), of),
      ];
    }
  }

  /** Tells of the one rule that takes more than half of the time, if there is one. */
  #blame(batch: ColumnBatch, facts: Facts, ms: number): void {
    if (this.#batches - this.#blamedAt < BLAME_EVERY) return;
    this.#blamedAt = this.#batches;
    let rules = this.#rules.filter(({ table }) => table === batch.table);
    while (rules.length > 1) {
      const middle = rules.length >>> 1;
      const halves = [rules.slice(0, middle), rules.slice(middle)];
      const [first, second] = halves.map((half) => this.#timeOf(half, batch, facts));
      rules = first! >= second! ? halves[0]! : halves[1]!;
    }
    const [slowest] = rules;
    if (slowest === undefined) return;
    const own = this.#timeOf([slowest], batch, facts);
    if (own <= ms / 2) return;
    const why = `it took ${
      Math.round(own)
    } ms of CPU time for ${batch.rows} events of ${batch.table}`;
    this.#options.onSlow(slowest.rule.id, why);
  }

  #timeOf(rules: readonly RunningRule[], batch: ColumnBatch, facts: Facts): number {
    const matcher = this.#compile(rules);
    const start = this.#options.cpuMs();
    matcher.batch(batch, facts);
    return this.#options.cpuMs() - start;
  }
}
