/**
 * Rules as ledger entries: which rules were in force from which entry on, so that a replay is exact.
 *
 * One entry of kind `rule` is written at a start whose rules, or whose release, are others than
 * those of the last such entry. Its payload is JSON: {@link RuleEntry}.
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
    /** SHA-256 of `source`, hexadecimal. */
    hash: v.string(),
    /** The rule as it runs, JSON. */
    source: v.string(),
  })),
});
/** The rules in force. */
export type RuleEntry = Readonly<v.InferOutput<typeof RuleEntry>>;

/** Reads the payload of a `rule` entry; undefined if it is none. */
export function readRuleEntry(payload: Uint8Array): RuleEntry | undefined {
  try {
    const result = v.safeParse(RuleEntry, JSON.parse(new TextDecoder().decode(payload)));
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
}

/** Writes `inForce` into the ledger, durable when it resolves, unless its last rules are these. */
export async function recordRules(
  ledger: Pick<Ledger, "append" | "commit" | "read">,
  control: Control,
  inForce: RulesInForce,
): Promise<void> {
  control.exec(`create table if not exists detect_rule_entry (
    one integer primary key check (one = 1), entry integer not null
  ) strict`);
  const entry = entryOf(inForce);
  if (isSame(await lastEntry(ledger, control), entry)) return;
  const payload = new TextEncoder().encode(JSON.stringify(entry));
  const index = ledger.append("rule", HUB_KEY_HASH, payload);
  await ledger.commit();
  control.run("insert or replace into detect_rule_entry values (1, ?)", index);
}

function entryOf({ release, from, rules }: RulesInForce): RuleEntry {
  const versions = rules.toSorted((a, b) => a.id < b.id ? -1 : 1).map((rule) => {
    const source = JSON.stringify(rule);
    const hash = createHash("sha256").update(source).digest("hex");
    return { id: rule.id, fingerprint: fingerprint(rule), hash, source };
  });
  return { release, from, rules: versions };
}

/** Only where to look is kept besides the ledger: what is not there was not written. */
async function lastEntry(
  ledger: Pick<Ledger, "read">,
  control: Control,
): Promise<RuleEntry | undefined> {
  const at = control.get("select entry from detect_rule_entry")?.["entry"];
  if (at === undefined) return undefined;
  const [entry] = await ledger.read(Number(at), { maxBytes: 1 });
  return entry?.kind === "rule" ? readRuleEntry(entry.payload) : undefined;
}

function isSame(a: RuleEntry | undefined, b: RuleEntry): boolean {
  return a !== undefined && JSON.stringify({ ...a, from: 0 }) === JSON.stringify({ ...b, from: 0 });
}
