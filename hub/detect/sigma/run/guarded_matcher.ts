/**
 * The matcher of all rules, which one rule that throws or takes too long does not stop.
 *
 * What throws is found by halves and left out from then on; what takes too long is told, and left
 * out when the ledger says so: time is no input of a detector. To find it costs next to nothing:
 * after a batch that took too long rules are timed, and the next such batch tells which it is.
 *
 * @module
 */
import type { ColumnBatch } from "../../../../sdk/columns/column.ts";
import type { Facts } from "../../detector.ts";
import { compileRules, type Match, type Matcher, type RuleTimes } from "../match/matcher.ts";
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
  /** Wall clock or any other, ms: read twice a rule that is timed. */
  readonly nowMs: () => number;
  /** Told of a rule that took most of a batch that took too long. */
  readonly onSlow: (rule: string, why: string) => void;
  readonly compile?: Compile;
}

/** A batch of 8,192 rows takes a thousandth of it for each row at most, and usually a hundredth. */
export const SLOW_MS_A_ROW = 1;
const SLOW_MS = 1_000;
/** So many batches after one that took too long rules are timed. */
const TIMED_BATCHES = 1_000;

export class GuardedMatcher {
  readonly #options: GuardOptions;
  readonly #compile: Compile;
  readonly #all: readonly RunningRule[];
  readonly #compiled: ReturnType<Compile>;
  #rules: readonly RunningRule[];
  #matcher: ReturnType<Compile>;
  /** Batches that are still to be timed. */
  #timed = 0;

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
    const { cpuMs, nowMs } = this.#options;
    const start = cpuMs();
    const times = this.#timed > 0 ? new Times(nowMs) : undefined;
    this.#timed = Math.max(0, this.#timed - 1);
    try {
      const matches = this.#matcher.batch(batch, facts, times);
      const ms = cpuMs() - start;
      if (ms > SLOW_MS + SLOW_MS_A_ROW * batch.rows) this.#tell(batch, times);
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

  /** Tells of the one rule that took more than half of the time, if it is known. */
  #tell({ table, rows }: ColumnBatch, times: Times | undefined): void {
    this.#timed = TIMED_BATCHES;
    const slowest = times?.slowest();
    if (slowest === undefined) return;
    const { rule, ms } = slowest;
    this.#options.onSlow(
      rule.rule.id,
      `it took ${Math.round(ms)} ms for ${rows} events of ${table}`,
    );
  }
}

/** How long the rules took in one batch. */
class Times implements RuleTimes<RunningRule> {
  readonly now: () => number;
  readonly #start: number;
  readonly #ms = new Map<RunningRule, number>();

  constructor(now: () => number) {
    this.now = now;
    this.#start = now();
  }

  took(rule: RunningRule, ms: number): void {
    this.#ms.set(rule, (this.#ms.get(rule) ?? 0) + ms);
  }

  /** The rule that took more than half of the time until now. */
  slowest(): { readonly rule: RunningRule; readonly ms: number } | undefined {
    const all = this.now() - this.#start;
    for (const [rule, ms] of this.#ms) if (ms > all / 2) return { rule, ms };
    return undefined;
  }
}
