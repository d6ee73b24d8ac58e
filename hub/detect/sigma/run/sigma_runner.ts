/**
 * Runs all Sigma rules of a hub as one detector: one matcher for single events, then correlations.
 *
 * Stage 5 of 7 of the hub. Cells are kept by rule and by what the rule says: rules that stay as they
 * are keep their state when others change.
 *
 * @module
 */
import type { Evidence } from "../../../../sdk/api/alerts.ts";
import type { ColumnBatch } from "../../../../sdk/columns/column.ts";
import {
  type Cell,
  type Facts,
  type Finding,
  findingId,
  type Hit,
  type Moment,
} from "../../detector.ts";
import type { Witness } from "../../evidence.ts";
import type { Looked, Runner } from "../../runner.ts";
import { type Lens, lensOf, timesOf } from "../../lens.ts";
import type { Correlated, Correlator } from "../correlate/correlator.ts";
import { Correlators } from "../correlate/correlators.ts";
import type { Seen } from "../correlate/seen.ts";
import type { SigmaCorrelation } from "../correlation.ts";
import type { Match } from "../match/matcher.ts";
import type { SigmaRule } from "../rule.ts";
import { GuardedMatcher, type GuardOptions } from "./guarded_matcher.ts";
import { Limits } from "./limits.ts";
import { RowView } from "./row_view.ts";
import { printOf, type RunningRule, runningRules, type SigmaSet } from "./running.ts";
import { readShedNote } from "./shed_note.ts";

/** Under which the state of all Sigma rules is kept; no id of a rule looks so. */
export const SIGMA_RUNNER = "#sigma";

/** What is shown of one event, and what of it correlations ask for. */
interface Event {
  readonly batch: ColumnBatch;
  readonly facts: Facts;
  readonly view: RowView;
  readonly times: Float64Array | undefined;
  readonly time: Lens | undefined;
}

type Named = Pick<SigmaRule | SigmaCorrelation, "id" | "title" | "level" | "tags">;

/** How Sigma rules run. */
export interface SigmaOptions extends GuardOptions {
  /** Findings of one rule that are listed in an hour. */
  readonly mostFindings?: number | undefined;
}

/** Makes runners of `set`, which is compiled once. */
export function preparedSigma(set: SigmaSet, options: SigmaOptions): () => Runner {
  const rules = runningRules(set);
  const prints = new Map([...set.rules, ...set.correlations].map((one) => [one.id, printOf(one)]));
  const matcher = new GuardedMatcher(rules, options);
  return () =>
    new SigmaRunner(set, { prints, matcher: matcher.again(), most: options.mostFindings });
}

class SigmaRunner implements Runner {
  readonly id = SIGMA_RUNNER;
  readonly #matcher: GuardedMatcher;
  readonly #named = new Map<string, Named>();
  /** By id, what the state of a rule belongs to. */
  readonly #prints: ReadonlyMap<string, string>;
  readonly #quiet: ReadonlySet<string>;
  readonly #correlators: Correlators;
  readonly #limits: Limits;
  /** Rules that are left out, and why. */
  readonly #shed = new Map<string, string>();
  readonly #shedChanged = new Set<string>();
  /** Cells of rules that are no more. */
  readonly #gone: string[] = [];
  #isRefusedTold = false;

  constructor(
    set: SigmaSet,
    { prints, matcher, most }: {
      readonly prints: ReadonlyMap<string, string>;
      readonly matcher: GuardedMatcher;
      readonly most: number | undefined;
    },
  ) {
    this.#limits = new Limits(most);
    this.#quiet = set.quiet;
    for (const rule of [...set.rules, ...set.correlations]) this.#named.set(rule.id, rule);
    this.#prints = prints;
    this.#matcher = matcher;
    this.#correlators = new Correlators(set.correlations);
  }

  item(moment: Moment, { frame, entry }: Looked): Finding[] {
    const findings: Finding[] = [];
    const told = (rule: string, hits: readonly Hit[]): void => {
      for (const hit of hits) findings.push(...this.#finding(rule, hit, moment));
    };
    const of = { moment, told };
    this.#limits.roll(moment, told);
    this.#tellRefused(of);
    this.#correlators.tick(moment, (correlator, one) => this.#correlated(correlator, one, of));
    if (entry?.kind === "note") this.#note(entry.payload, of);
    if (frame !== undefined) this.#frame(frame.batch, frame.facts, of);
    this.#forgotten(of);
    return findings;
  }

  save(): readonly Cell[] {
    const cells: Cell[] = this.#gone.splice(0).map((key) => ({ key, value: undefined }));
    const take = (kind: string, rule: string, own: readonly Cell[]): void => {
      const head = `${kind} ${rule} ${this.#prints.get(rule) ?? ""}`;
      for (const { key, value } of own) cells.push({ key: `${head} ${key}`, value });
    };
    for (const { key: rule, value } of this.#limits.save()) {
      take("limit", rule, [{ key: "", value }]);
    }
    for (const rule of this.#shedChanged) {
      take("shed", rule, [{ key: "", value: this.#shed.get(rule) }]);
    }
    this.#shedChanged.clear();
    for (const one of this.#correlators.all) take("group", one.correlation.id, one.save());
    return cells;
  }

  load(cells: readonly Cell[]): void {
    const limits: Cell[] = [];
    const groups = new Map<string, Cell[]>();
    for (const { key, value } of cells) {
      const { kind, rule, print, rest } = partsOf(key);
      if (this.#prints.get(rule) !== print) this.#gone.push(key);
      else if (kind === "limit") limits.push({ key: rule, value });
      else if (kind === "shed") this.#shed.set(rule, value ?? "");
      else groups.set(rule, [...groups.get(rule) ?? [], { key: rest, value }]);
    }
    this.#limits.load(limits);
    for (const one of this.#correlators.all) one.load(groups.get(one.correlation.id) ?? []);
    this.#matcher.without(new Set(this.#shed.keys()));
  }

  #frame(batch: ColumnBatch, facts: Facts, of: Of): void {
    const { matches, thrown } = this.#matcher.batch(batch, facts);
    for (const [rule, why] of thrown) this.#leaveOut(rule, `it failed: ${why}`, of);
    if (matches.length === 0) return;
    const view = new RowView(batch);
    const time = lensOf(batch, facts, "TimeGenerated");
    const event: Event = { batch, facts, view, times: timesOf(batch), time };
    let row = -1;
    const seen = new Set<string>();
    for (const match of matches) {
      if (match.row !== row) seen.clear();
      row = match.row;
      // A rule that two log sources of one table feed matches an event once.
      const { id } = match.rule.rule;
      if (seen.has(id)) continue;
      seen.add(id);
      this.#matched(match, event, of);
    }
  }

  #matched({ rule, row }: Match<RunningRule>, event: Event, of: Of): void {
    const { id } = rule.rule;
    const witness = witnessOf(rule, event);
    if (!this.#quiet.has(id) && !this.#limits.isCounted(id)) {
      const hit: Hit = {
        kind: "hit",
        entity: entityOf(event, row),
        summary: `An event of ${rule.table} matches`,
        events: 1,
        evidence: [witness(row)],
      };
      this.#limits.admit(id, { hits: [hit], forgotten: 0 }, of);
    }
    if (!this.#correlators.wants(id)) return;
    const seen = seenOf({ rule, row }, event, witness);
    this.#correlators.see(seen, (correlator, one) => this.#correlated(correlator, one, of));
  }

  #correlated({ correlation }: Correlator, { hit }: Correlated, of: Of): void {
    if (this.#quiet.has(correlation.id)) return;
    this.#limits.admit(correlation.id, { hits: [hit], forgotten: 0 }, of);
  }

  #forgotten(of: Of): void {
    for (const correlator of this.#correlators.all) {
      const forgotten = correlator.forgotten();
      if (forgotten === 0) continue;
      this.#limits.admit(correlator.correlation.id, { hits: [], forgotten }, of);
    }
  }

  #note(payload: Uint8Array, of: Of): void {
    const shed = readShedNote(payload);
    if (shed === undefined || !this.#named.has(shed.rule)) return;
    this.#matcher.without(new Set([shed.rule]));
    this.#leaveOut(shed.rule, shed.why, of);
  }

  #leaveOut(rule: string, why: string, { moment, told }: Of): void {
    if (this.#shed.has(rule)) return;
    this.#shed.set(rule, why);
    this.#shedChanged.add(rule);
    const table = "#shed";
    this.#limits.refuse(rule, { table, why: `The rule is left out: ${why}` }, { moment, told });
  }

  #tellRefused({ moment, told }: Of): void {
    if (this.#isRefusedTold) return;
    this.#isRefusedTold = true;
    for (const [rule, why] of this.#matcher.refused) {
      this.#limits.refuse(rule, { table: "#refused", why }, { moment, told });
    }
  }

  #finding(id: string, hit: Hit, moment: Moment): readonly Finding[] {
    const rule = this.#named.get(id);
    if (rule === undefined) return [];
    const title = hit.kind === "refused" ? `Rule cannot be applied: ${rule.title}` : rule.title;
    return [{
      ...hit,
      id: findingId(id, hit, moment.entry),
      rule: id,
      title,
      severity: rule.level,
      tags: rule.tags,
      entry: moment.entry,
      hubMs: moment.hubMs,
    }];
  }
}

interface Of {
  readonly moment: Moment;
  readonly told: (rule: string, hits: readonly Hit[]) => void;
}

/** The parts of a cell's key; ids may have spaces, prints have none. */
function partsOf(key: string) {
  const [, kind = "", rule = "", print = "", rest = ""] =
    /^(\w+) (.*?) ([0-9a-f]{64}) (.*)$/s.exec(key) ?? [];
  return { kind, rule, print, rest };
}

/** Columns that say whose event it is. */
const HOSTS = ["Computer", "HostName", "DeviceName"];

function entityOf({ facts, view }: Event, row: number): string {
  view.move(row);
  for (const column of HOSTS) {
    const text = view.text({ column });
    if (text !== undefined && text !== "") return text;
  }
  return facts.agent;
}

function witnessOf(rule: RunningRule, { batch, facts, view, time }: Event): Witness {
  return (row) => {
    view.move(row);
    const fields: Record<string, string> = {};
    for (const [name, field] of rule.evidence) {
      const text = view.text(field);
      if (text !== undefined) fields[name] = text;
    }
    return {
      entry: facts.entry,
      row,
      table: batch.table,
      agent: facts.agent,
      source: facts.source,
      time: time?.text(row) ?? null,
      fields,
    };
  };
}

function seenOf({ rule, row }: Match<RunningRule>, event: Event, witness: Witness): Seen {
  const { facts, view, times } = event;
  const ms = times?.[row] ?? NaN;
  let shown: readonly Evidence[] | undefined;
  return {
    rule: rule.rule.id,
    ms: Number.isNaN(ms) ? facts.hubMs : ms,
    hubMs: facts.hubMs,
    place: [facts.entry, row],
    value(field) {
      view.move(row);
      for (const bound of rule.fields(field)) {
        const text = view.text(bound);
        if (text !== undefined) return text;
      }
      return undefined;
    },
    evidence: () => shown ??= [witness(row)],
  };
}
