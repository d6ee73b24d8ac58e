/**
 * Stage 5 of 7, detect: follows the ledger and turns batches into findings.
 *
 * Exactly once: findings are saved at once, offset and state now and then and together. What was
 * taken since then is taken again after a crash, with the same result, because nothing but the
 * ledger goes in; a finding that is saved already has the same id and stays as it is.
 *
 * @module
 */
import type { ColumnBatch } from "../../sdk/columns/column.ts";
import type { Control } from "../control.ts";
import { BUILT_IN } from "./built_in.ts";
import type { Cell, Facts, Finding, Moment, PlainEntry } from "./detector.ts";
import type { Rule } from "./rule.ts";
import { builtInRunner, fingerprint, type Runner, runnerOf } from "./runner.ts";
import type { ScheduledRule } from "./scheduled/rule.ts";
import type { GuardOptions } from "./sigma/run/guarded_matcher.ts";
import type { SigmaSet } from "./sigma/run/running.ts";
import { preparedSigma, SIGMA_RUNNER } from "./sigma/run/sigma_runner.ts";
import { type DetectState, type Numbered, openDetectState } from "./state.ts";
import { UNREADABLE_TABLE } from "./unreadable.ts";

/** What detect needs of a ledger item. */
export interface DetectItem {
  readonly index: number;
  /** Ticks of 100 ns since the Unix epoch. */
  readonly hubTime: bigint;
  /** Of an entry that is no frame. */
  readonly kind?: string;
  readonly payload?: Uint8Array;
  readonly frame?: {
    readonly header: { readonly kind: "events" | "gap" };
    readonly agent: string;
    readonly source: string;
    /** Of table "" where the body cannot be decoded. */
    batch(): ColumnBatch;
  } | undefined;
}

/** A follower of the ledger. */
export interface Detect extends AsyncDisposable {
  readonly name: "detect";
  /** First ledger entry it has not taken. */
  readonly next: number;
  /**
   * Takes items in ledger order; those taken before are skipped. After an error it stands where it
   * was saved last: read {@link next} again.
   *
   * @throws {RangeError} If an item is missing between {@link next} and the first.
   */
  take(items: readonly DetectItem[]): Promise<void>;
  /**
   * Goes on with other rules from {@link next} on; rules that stay as they are keep their state.
   *
   * @throws {RangeError} If two rules have one id; nothing has changed then.
   */
  reload(set: RuleSet): void;
  /** Saved findings with numbers above `after`, ascending. */
  findings(after: number, limit: number): readonly Numbered[];
  /** Counts since it was opened. */
  readonly counts: DetectCounts;
}

export interface DetectCounts {
  readonly items: number;
  readonly events: number;
  readonly findings: number;
  /** Frames whose columns could not be decoded. */
  readonly unreadable: number;
}

/** The rules that a hub runs besides those that it always does. */
export interface RuleSet {
  /** Ids must differ. */
  readonly rules: readonly Rule[];
  /** Sigma rules, which run beside them. */
  readonly sigma?: SigmaSet | undefined;
  /** Rules that are asked in KQL: another follower runs them. */
  readonly scheduled?: readonly ScheduledRule[] | undefined;
}

export interface DetectOptions extends RuleSet {
  readonly control: Control;
  /** Told of a Sigma rule that takes too long, to note it in the ledger. */
  readonly onSlow?: GuardOptions["onSlow"];
  /** Findings of one Sigma rule that are listed in an hour; more are counted. Default 100. */
  readonly mostFindings?: number;
  /** Called when findings are durable; what it throws, `take` throws, and it is called again. */
  readonly onFindings?: () => void;
}

/** State is saved at most this often, in hub time: so much is taken again after a crash. */
const SAVE_EVERY_MS = 5_000;
/** A longer silence of the ledger, which writes a tick each second, means the hub was down. */
const LEDGER_SILENCE_MS = 10_000;
const TICKS_PER_MS = 10_000n;

/** Opens the stage where it was saved last. */
export function openDetect(options: DetectOptions): Detect {
  return new LedgerDetect(openDetectState(options.control), options);
}

/** Makes the runners of one set of rules. */
interface Maker {
  /** By id, what the state of each runner belongs to. */
  readonly prints: ReadonlyMap<string, string>;
  /** With what was saved of them. */
  make(state: DetectState): readonly Runner[];
}

function makerOf(options: DetectOptions, set: RuleSet): Maker {
  const rules = set.rules.toSorted((a, b) => a.id < b.id ? -1 : 1);
  const prints = new Map(rules.map((rule) => [rule.id, fingerprint(rule)]));
  for (const { rule } of BUILT_IN) prints.set(rule.id, "");
  prints.set(SIGMA_RUNNER, "");
  if (prints.size < rules.length + BUILT_IN.length + 1) {
    throw new RangeError("Cannot detect: two rules have one id");
  }
  const sigma = set.sigma && preparedSigma(set.sigma, {
    cpuMs: () => process.cpuUsage().user / 1000,
    nowMs: () => performance.now(),
    onSlow: options.onSlow ?? (() => {}),
    mostFindings: options.mostFindings,
  });
  return {
    prints,
    make(state) {
      const runners = [...rules.map(runnerOf), ...BUILT_IN.map(builtInRunner)];
      if (sigma !== undefined) runners.push(sigma());
      for (const runner of runners) runner.load(state.cells(runner.id));
      return runners;
    },
  };
}

class LedgerDetect implements Detect {
  readonly name = "detect";
  readonly counts = { items: 0, events: 0, findings: 0, unreadable: 0 };
  readonly #state: DetectState;
  readonly #options: DetectOptions;
  #maker: Maker;
  #runners: readonly Runner[] = [];
  #next = 0;
  #clock: Moment | undefined;
  #savedMs = 0;
  #findings: Finding[] = [];
  #isUntold = true;

  constructor(state: DetectState, options: DetectOptions) {
    this.#state = state;
    this.#options = options;
    this.#maker = makerOf(options, options);
    state.keepOnly(this.#maker.prints);
    this.#restore();
  }

  get next(): number {
    return this.#next;
  }

  take(items: readonly DetectItem[]): Promise<void> {
    try {
      this.#takeAll(items);
      this.#tell();
      return Promise.resolve();
    } catch (error) {
      return Promise.reject(error);
    }
  }

  reload(set: RuleSet): void {
    const maker = makerOf(this.#options, set);
    this.#save();
    this.#state.keepOnly(maker.prints);
    this.#maker = maker;
    this.#restore();
  }

  findings(after: number, limit: number): readonly Numbered[] {
    return this.#state.findings(after, limit);
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#save();
    return Promise.resolve();
  }

  #takeAll(items: readonly DetectItem[]): void {
    try {
      for (const item of items) this.#item(item);
      if (this.#isDue()) this.#save();
      else if (this.#findings.length > 0) this.#saveFindings();
    } catch (error) {
      this.#restore();
      throw error;
    }
  }

  #item(item: DetectItem): void {
    if (item.index < this.#next) return;
    if (item.index > this.#next) {
      throw new RangeError(
        `Cannot detect: the next ledger entry is ${this.#next}, not ${item.index}`,
      );
    }
    const moment = momentOf(item, this.#clock);
    const frame = this.#frameOf(item, moment);
    const what = { frame, entry: frame === undefined ? plainEntry(item) : undefined };
    for (const runner of this.#runners) this.#findings.push(...runner.item(moment, what));
    this.counts.items++;
    this.counts.events += frame?.batch.rows ?? 0;
    this.#clock = moment;
    this.#next = item.index + 1;
  }

  #frameOf(item: DetectItem, moment: Moment) {
    const { frame } = item;
    if (frame === undefined) return undefined;
    const { agent, source, header } = frame;
    const facts: Facts = { ...moment, agent, source, isEvents: header.kind === "events" };
    const batch = readable(frame);
    if (batch.table === UNREADABLE_TABLE) this.counts.unreadable++;
    return { batch, facts };
  }

  #isDue(): boolean {
    return (this.#clock?.hubMs ?? 0) - this.#savedMs >= SAVE_EVERY_MS;
  }

  #save(): void {
    if (this.#clock === undefined) return;
    const cells = new Map<string, readonly Cell[]>();
    for (const runner of this.#runners) {
      const changed = runner.save();
      if (changed.length > 0) cells.set(runner.id, changed);
    }
    this.#state.commit({ next: this.#next, clock: this.#clock, cells, findings: this.#findings });
    this.#savedMs = this.#clock.hubMs;
    this.#findingsSaved();
  }

  #saveFindings(): void {
    this.#state.add(this.#findings);
    this.#findingsSaved();
  }

  #findingsSaved(): void {
    this.counts.findings += this.#findings.length;
    if (this.#findings.length > 0) this.#isUntold = true;
    this.#findings = [];
  }

  #restore(): void {
    const { next, clock } = this.#state.position();
    this.#next = next;
    this.#clock = clock;
    this.#savedMs = clock?.hubMs ?? 0;
    this.#findings = [];
    this.#runners = this.#maker.make(this.#state);
  }

  /** After a start, too: findings may have been saved just before the end. */
  #tell(): void {
    if (!this.#isUntold) return;
    this.#options.onFindings?.();
    this.#isUntold = false;
  }
}

function plainEntry({ kind, payload }: DetectItem): PlainEntry | undefined {
  return kind === undefined || payload === undefined ? undefined : { kind, payload };
}

/** Admission should have refused what cannot be decoded; here it must not stop the ledger. */
function readable(frame: NonNullable<DetectItem["frame"]>): ColumnBatch {
  try {
    return frame.batch();
  } catch (error) {
    if (!isPermanent(error)) throw error;
    return { table: UNREADABLE_TABLE, rows: 0, columns: [] };
  }
}

/** Hub time never goes back here, and a hub that was down has let no time pass. */
function momentOf(item: DetectItem, before: Moment | undefined): Moment {
  const ms = Number(item.hubTime / TICKS_PER_MS);
  const hubMs = Math.max(ms, before?.hubMs ?? ms);
  const passed = Math.min(hubMs - (before?.hubMs ?? hubMs), LEDGER_SILENCE_MS);
  return { entry: item.index, hubMs, aliveMs: (before?.aliveMs ?? 0) + passed };
}

function isPermanent(error: unknown): boolean {
  return error instanceof Error && "permanent" in error && error.permanent === true;
}
