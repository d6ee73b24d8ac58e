/**
 * The limits of all Sigma rules: no rule floods, and each limit is saved when it changed.
 *
 * @module
 */
import type { Cell, Hit, Moment, Report } from "../../detector.ts";
import { admit, type LimitState, MOST_FINDINGS, newLimitState, refuse, roll } from "../../limit.ts";

/** A hit of a rule, by its id. */
export type Told = (rule: string, hits: readonly Hit[]) => void;

const HOUR_MS = 3_600_000;

export class Limits {
  readonly #most: number;
  readonly #states = new Map<string, LimitState>();
  readonly #changed = new Set<string>();
  #hour = -1;

  /** `most` findings of one rule in an hour. */
  constructor(most: number = MOST_FINDINGS) {
    this.#most = most;
  }

  /** Tells what an hour that is over leaves, if `moment` begins another one. */
  roll(moment: Moment, told: Told): void {
    const hour = Math.floor(moment.hubMs / HOUR_MS);
    if (hour === this.#hour) return;
    this.#hour = hour;
    for (const rule of [...this.#states.keys()].sort()) {
      const state = this.#states.get(rule)!;
      told(rule, roll(state, moment));
      if (state.refusals.length === 0) this.#states.delete(rule);
      this.#changed.add(rule);
    }
  }

  /** Counts a hit of a rule that is far over its limit; false: the hit is to be made. */
  isCounted(rule: string): boolean {
    const state = this.#states.get(rule);
    if (state === undefined || state.found < this.#most || state.over === 0) return false;
    state.over++;
    this.#changed.add(rule);
    return true;
  }

  admit(rule: string, report: Report, { moment, told }: {
    readonly moment: Moment;
    readonly told: Told;
  }): void {
    const hits = admit(this.#stateOf(rule, moment), report, this.#most);
    if (hits.length > 0) told(rule, hits);
  }

  refuse(rule: string, { table, why }: { readonly table: string; readonly why: string }, of: {
    readonly moment: Moment;
    readonly told: Told;
  }): void {
    const hits = refuse(this.#stateOf(rule, of.moment), table, why);
    if (hits.length > 0) of.told(rule, hits);
  }

  save(): readonly Cell[] {
    const cells = [...this.#changed].map((key) => {
      const state = this.#states.get(key);
      return { key, value: state && JSON.stringify(state) };
    });
    this.#changed.clear();
    return cells;
  }

  load(cells: readonly Cell[]): void {
    for (const { key, value } of cells) {
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- only save() writes it
      const state = JSON.parse(value ?? "") as LimitState;
      this.#states.set(key, state);
      this.#hour = state.hour;
    }
  }

  #stateOf(rule: string, moment: Moment): LimitState {
    let state = this.#states.get(rule);
    if (state === undefined) {
      state = newLimitState();
      roll(state, moment);
      this.#states.set(rule, state);
    }
    this.#changed.add(rule);
    return state;
  }
}
