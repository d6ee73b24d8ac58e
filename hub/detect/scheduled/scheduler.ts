/**
 * Stage 5 of 7, detect: follows the ledger and asks scheduled rules' queries when they are due.
 *
 * A question is due at multiples of the rule's frequency, by the hub time of ledger entries, and is
 * of what came before the entry that passed that time. So the same ledger gives the same questions,
 * however late they are asked: one that waited for the store, or for the hub to start again, sees no
 * event more. Time in which nothing came into the ledger, because the hub was down, asks once.
 *
 * @module
 */
import { sha256 } from "../../../sdk/runtime/hash.ts";
import type { Control } from "../../control.ts";
import type { Finding } from "../detector.ts";
import { type Asked, findingsOf, type Found, refusalOf, triggers } from "./findings.ts";
import type { ScheduledRule } from "./rule.ts";

/** What it needs of a ledger item. */
interface ScheduleItem {
  readonly index: number;
  /** Ticks of 100 ns since the Unix epoch; never goes back. */
  readonly hubTime: bigint;
}

/** A query that cannot be answered, now or ever: the rule is at fault, others go on. */
export class RefusedQuery extends Error {
  override readonly name = "RefusedQuery";
  readonly code = "query";
}

export interface SchedulerOptions {
  readonly control: Control;
  /** Ids must differ. */
  readonly rules: readonly ScheduledRule[];
  /** Where a ledger is followed from that was never followed before. */
  readonly from: number;
  /**
   * Asks a query of the stored events that {@link Asked} tells.
   *
   * @throws {RefusedQuery} If the rule is at fault; whatever else it throws, it is asked again.
   */
  readonly ask: (query: string, asked: Asked, signal: AbortSignal) => Promise<Found>;
  /** Makes findings durable; those that are there stay as they are. */
  readonly add: (findings: readonly Finding[]) => void;
}

/** A follower of the ledger. */
export interface Scheduler extends AsyncDisposable {
  readonly name: "schedule";
  readonly next: number;
  take(items: readonly ScheduleItem[]): Promise<void>;
  /** Goes on with other rules; those that stay as they are keep when they are due. */
  reload(rules: readonly ScheduledRule[]): void;
}

const TICKS_PER_MS = 10_000n;
/** Without questions its place is saved so often, in hub time. */
const SAVE_EVERY_MS = 5_000;

/** What is kept of a rule. */
interface Due {
  readonly rule: ScheduledRule;
  readonly print: string;
  /** Hub time of the next question; undefined until the first entry is seen. */
  atMs: number | undefined;
  /** Nothing is asked before it. */
  quietUntilMs: number;
  /** Why its query was refused last; empty is not. */
  refused: string;
}

/** Opens it where it was saved last. */
export function openScheduler(options: SchedulerOptions): Scheduler {
  options.control.exec(`
    create table if not exists schedule_position (
      one integer primary key check (one = 1), next integer not null
    ) strict;
    create table if not exists schedule_rule (
      rule text primary key, print text not null, at_ms integer, quiet_ms integer not null,
      refused text not null
    ) strict, without rowid;
  `);
  return new LedgerScheduler(options);
}

class LedgerScheduler implements Scheduler {
  readonly name = "schedule";
  readonly #options: SchedulerOptions;
  readonly #closing = new AbortController();
  #next: number;
  #due: readonly Due[];
  #savedMs = 0;

  constructor(options: SchedulerOptions) {
    this.#options = options;
    const saved = options.control.get("select next from schedule_position")?.["next"];
    this.#next = saved === undefined ? options.from : Number(saved);
    this.#due = dueOf(options.control, options.rules);
  }

  get next(): number {
    return this.#next;
  }

  async take(items: readonly ScheduleItem[]): Promise<void> {
    for (const { index, hubTime } of items) {
      if (index < this.#next) continue;
      const hubMs = Number(hubTime / TICKS_PER_MS);
      const due = this.#due.filter((one) => isDue(one, hubMs));
      for (const one of due) await this.#ask(one, index, hubMs);
      this.#next = index + 1;
      if (due.length > 0 || Math.abs(hubMs - this.#savedMs) >= SAVE_EVERY_MS) this.#save(hubMs);
    }
  }

  reload(rules: readonly ScheduledRule[]): void {
    this.#save(this.#savedMs);
    this.#due = dueOf(this.#options.control, rules);
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort();
    this.#save(this.#savedMs);
    return Promise.resolve();
  }

  async #ask(due: Due, entry: number, hubMs: number): Promise<void> {
    const { rule } = due;
    const toMs = due.atMs ?? hubMs;
    const asked: Asked = { entry, hubMs, fromMs: toMs - rule.periodMs, toMs };
    if (toMs >= due.quietUntilMs) {
      const findings = await this.#findings(due, asked);
      this.#options.add(findings);
      const isHit = findings.some(({ kind }) => kind === "hit");
      if (isHit && rule.suppressMs > 0) due.quietUntilMs = toMs + rule.suppressMs;
    }
    // Nothing has come between: questions for the times that were passed would be the same one.
    due.atMs = after(hubMs, rule.frequencyMs);
  }

  async #findings(due: Due, asked: Asked): Promise<readonly Finding[]> {
    const { rule } = due;
    try {
      const found = await this.#options.ask(rule.query, asked, this.#closing.signal);
      due.refused = "";
      return triggers(rule, found.count) ? findingsOf(rule, found, asked) : [];
    } catch (error) {
      if (!(error instanceof RefusedQuery)) throw error;
      // Told once for each reason, not at each question.
      const isKnown = due.refused === error.message;
      due.refused = error.message;
      return isKnown ? [] : [refusalOf(rule, error.message, asked)];
    }
  }

  #save(hubMs: number): void {
    const { control } = this.#options;
    control.transaction(() => {
      control.run("insert or replace into schedule_position values (1, ?)", this.#next);
      control.run("delete from schedule_rule");
      for (const { rule, print, atMs, quietUntilMs, refused } of this.#due) {
        control.run(
          "insert into schedule_rule values (?, ?, ?, ?, ?)",
          rule.id,
          print,
          atMs ?? null,
          quietUntilMs,
          refused,
        );
      }
    });
    this.#savedMs = hubMs;
  }
}

/** A rule is due first at the next multiple of its frequency. */
function isDue(due: Due, hubMs: number): boolean {
  due.atMs ??= after(hubMs, due.rule.frequencyMs);
  return hubMs >= due.atMs;
}

function after(ms: number, frequencyMs: number): number {
  return (Math.floor(ms / frequencyMs) + 1) * frequencyMs;
}

function dueOf(control: Control, rules: readonly ScheduledRule[]): readonly Due[] {
  return rules.map((rule) => {
    const print = scheduledPrint(rule);
    const row = control.get("select * from schedule_rule where rule = ?", rule.id);
    const known = row?.["print"] === print ? row : undefined;
    const atMs = known?.["at_ms"];
    return {
      rule,
      print,
      atMs: atMs === undefined || atMs === null ? undefined : Number(atMs),
      quietUntilMs: Number(known?.["quiet_ms"] ?? 0),
      refused: String(known?.["refused"] ?? ""),
    };
  });
}

/** SHA-256 of the rule, hexadecimal: another one starts anew. */
export function scheduledPrint(rule: ScheduledRule): string {
  return Buffer.from(sha256("custos/scheduled/v1", Buffer.from(JSON.stringify(rule))))
    .toString("hex");
}
