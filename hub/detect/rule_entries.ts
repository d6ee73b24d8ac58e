/**
 * Rules as ledger entries: which rules were in force from which entry on, so that a replay is exact.
 *
 * One entry of kind `rule` is written at a start whose rules, or whose release, are others than
 * those of the last such entry. Its payload is JSON: {@link RuleEntry}. Of Sigma rules, which come by
 * the thousand, it has the hashes; what they say is in entries before it, each once in a ledger:
 * {@link RuleSources}.
 *
 * @module
 */
import { createHash } from "node:crypto";
import * as v from "valibot";
import type { Control } from "../control.ts";
import { HUB_KEY_HASH } from "../ledger/entry.ts";
import type { Ledger } from "../ledger/ledger.ts";
import type { Rule } from "./rule.ts";
import { fingerprint } from "./runner.ts";
import type { ScheduledRule } from "./scheduled/rule.ts";
import { scheduledPrint } from "./scheduled/scheduler.ts";
import { printOf, type SigmaSet, sourceOf } from "./sigma/run/running.ts";

const RuleEntry = v.object({
  /** Of the hub: its built-in detectors are part of it. */
  release: v.string(),
  /** First ledger entry that these rules look at. */
  from: v.pipe(v.number(), v.safeInteger(), v.minValue(0)),
  /** By id, ascending: all that are in force. */
  rules: v.array(v.object({
    id: v.string(),
    /** Of the detector's state: another one starts without any. */
    fingerprint: v.string(),
    /** SHA-256 of the source, hexadecimal. */
    hash: v.string(),
    /** The rule as it runs, JSON; absent where an entry of sources has it. */
    source: v.optional(v.string()),
  })),
});
/** The rules in force. */
export type RuleEntry = Readonly<v.InferOutput<typeof RuleEntry>>;

const RuleSources = v.object({
  /** SHA-256 of a source, hexadecimal → the source, which is JSON. */
  sources: v.record(v.string(), v.string()),
});
/** What Sigma rules say, as they run: placeholders have their values, filters are applied. */
export type RuleSources = Readonly<v.InferOutput<typeof RuleSources>>;

/** Reads the payload of a `rule` entry; undefined if it is none of rules in force. */
export function readRuleEntry(payload: Uint8Array): RuleEntry | undefined {
  return read(RuleEntry, payload);
}

/** Reads the payload of a `rule` entry; undefined if it is none of sources. */
export function readRuleSources(payload: Uint8Array): RuleSources | undefined {
  return read(RuleSources, payload);
}

function read<T>(schema: v.GenericSchema<unknown, T>, payload: Uint8Array): T | undefined {
  try {
    const result = v.safeParse(schema, JSON.parse(new TextDecoder().decode(payload)));
    return result.success ? result.output : undefined;
  } catch {
    return undefined;
  }
}

export interface RulesInForce {
  readonly release: string;
  /** First ledger entry that the detectors have not taken. */
  readonly from: number;
  readonly rules: readonly Rule[];
  readonly sigma?: SigmaSet | undefined;
  readonly scheduled?: readonly ScheduledRule[] | undefined;
}

type RuleLedger = Pick<Ledger, "append" | "commit" | "read">;

/** Writes `inForce` into the ledger, durable when it resolves, unless its last rules are these. */
export async function recordRules(
  ledger: RuleLedger,
  control: Control,
  inForce: RulesInForce,
): Promise<void> {
  control.exec(`
    create table if not exists detect_rule_entry (
      one integer primary key check (one = 1), entry integer not null
    ) strict;
    create table if not exists detect_rule_source (
      hash text primary key, entry integer not null
    ) strict, without rowid;
  `);
  const { sigma } = inForce;
  const sources = sigma === undefined ? [] : [...sigma.rules, ...sigma.correlations].map(sourceOf);
  const entry = entryOf(inForce);
  if (isSame(await lastEntry(ledger, control), entry)) return;
  const written = await writeSources(ledger, control, sources);
  const index = append(ledger, entry);
  await ledger.commit();
  control.transaction(() => {
    for (const [hash, at] of written) {
      control.run("insert or replace into detect_rule_source values (?, ?)", hash, at);
    }
    control.run("insert or replace into detect_rule_entry values (1, ?)", index);
  });
}

function entryOf({ release, from, rules, sigma, scheduled = [] }: RulesInForce): RuleEntry {
  const entry = (rule: Rule | ScheduledRule, print: string) => {
    const source = JSON.stringify(rule);
    return { id: rule.id, fingerprint: print, hash: hashOf(source), source };
  };
  const own = [
    ...rules.map((rule) => entry(rule, fingerprint(rule))),
    ...scheduled.map((rule) => entry(rule, scheduledPrint(rule))),
  ];
  const others = [...sigma?.rules ?? [], ...sigma?.correlations ?? []].map((rule) => ({
    id: rule.id,
    fingerprint: printOf(rule),
    hash: hashOf(sourceOf(rule)),
  }));
  return { release, from, rules: [...own, ...others].toSorted((a, b) => a.id < b.id ? -1 : 1) };
}

function hashOf(source: string): string {
  return createHash("sha256").update(source).digest("hex");
}

/** Characters of the sources in one entry, but for a longer one alone. */
const MOST_CHARACTERS = 256 * 1024;

/** Appends the sources that the ledger does not have; gives where each is. */
async function writeSources(
  ledger: RuleLedger,
  control: Control,
  sources: readonly string[],
): Promise<ReadonlyMap<string, number>> {
  const known = await knownSources(ledger, control);
  const written = new Map<string, number>();
  let part: Record<string, string> = {};
  let size = 0;
  const flush = (): void => {
    if (size === 0) return;
    const index = append(ledger, { sources: part });
    for (const hash of Object.keys(part)) written.set(hash, index);
    part = {};
    size = 0;
  };
  for (const source of sources) {
    const hash = hashOf(source);
    if (known.has(hash)) continue;
    if (size + source.length > MOST_CHARACTERS) flush();
    part[hash] = source;
    size += source.length;
  }
  flush();
  return written;
}

/** Only where to look is kept besides the ledger: what is not there was not written. */
async function knownSources(ledger: RuleLedger, control: Control): Promise<ReadonlySet<string>> {
  const known = new Set<string>();
  for (const row of control.all("select distinct entry from detect_rule_source order by entry")) {
    const [entry] = await ledger.read(Number(row["entry"]), { maxBytes: 1 });
    const sources = entry?.kind === "rule" ? readRuleSources(entry.payload)?.sources : undefined;
    for (const hash of Object.keys(sources ?? {})) known.add(hash);
  }
  return known;
}

function append(ledger: RuleLedger, payload: RuleEntry | RuleSources): number {
  return ledger.append("rule", HUB_KEY_HASH, new TextEncoder().encode(JSON.stringify(payload)));
}

/** As {@link knownSources}, of the rules in force. */
async function lastEntry(ledger: RuleLedger, control: Control): Promise<RuleEntry | undefined> {
  const at = control.get("select entry from detect_rule_entry")?.["entry"];
  if (at === undefined) return undefined;
  const [entry] = await ledger.read(Number(at), { maxBytes: 1 });
  return entry?.kind === "rule" ? readRuleEntry(entry.payload) : undefined;
}

function isSame(a: RuleEntry | undefined, b: RuleEntry): boolean {
  return a !== undefined && JSON.stringify({ ...a, from: 0 }) === JSON.stringify({ ...b, from: 0 });
}
