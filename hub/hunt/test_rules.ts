/**
 * Runs rules over the events that stand beside them: those that must match, and those that must not.
 *
 * Beside `NAME.yml` stand `NAME.match.KIND` and `NAME.no_match.KIND`, of any kind that a hunt reads,
 * such as `.ndjson` with lines of `custos read`, or `.evtx`. Of a file with correlations the events
 * of one side are taken together: each of its correlations must be a finding of them, or none.
 *
 * @module
 */
import { readdirSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import type { SigmaCorrelation } from "../detect/sigma/correlation.ts";
import { loadSigma } from "../detect/sigma/load.ts";
import type { SigmaRules } from "../detect/sigma/read/read_all.ts";
import { type RunningRule, runningRules } from "../detect/sigma/run/running.ts";
import { openCorrelationHunt } from "./correlation_hunt.ts";
import { guessPlugin } from "./guess_plugin.ts";
import { hunt } from "./hunt.ts";
import { withFoundations } from "./load_rules.ts";
import { openMatcher } from "./matcher.ts";
import { pluginNamed } from "./plugins.ts";

export interface RuleTests {
  /** Rule files with events on both sides. */
  readonly tested: number;
  /** Rule files without events that must match, or without those that must not. */
  readonly untested: readonly string[];
  readonly events: number;
  /** What is not as it must be, as sentences. */
  readonly wrong: readonly string[];
}

export interface TestOptions {
  readonly paths: readonly string[];
  readonly signal: AbortSignal;
  /** Wall clock, ms. */
  now(): number;
  /** Told now and then how far it is. */
  tell(line: string): void;
}

const PROGRESS_MS = 5_000;

/** Tests all rules in the `.yml` and `.yaml` files of `paths`. */
export async function testRules({ paths, signal, now, tell }: TestOptions): Promise<RuleTests> {
  const loaded = loadSigma(paths, undefined);
  const wrong = loaded.problems.map(({ message }) => message);
  const untested: string[] = [];
  let tested = 0;
  let events = 0;
  let toldAt = now();
  const files = new Set([...loaded.rules, ...loaded.correlations].map(({ file }) => file));
  for (const file of [...files].toSorted()) {
    if (signal.aborted) break;
    if (now() - toldAt >= PROGRESS_MS) {
      toldAt = now();
      tell(`${tested + untested.length} of ${files.size} rule files, ${wrong.length} mistakes`);
    }
    const rules = rulesOf(file, loaded);
    const sides = [eventsBeside(file, "match"), eventsBeside(file, "no_match")] as const;
    if (sides.some((names) => names.length === 0)) untested.push(file);
    else tested++;
    for (const [i, names] of sides.entries()) {
      for (const one of names) {
        const judged = await judgeEvents({ file: one, rules, mustMatch: i === 0, signal });
        events += judged.events;
        wrong.push(...judged.wrong);
      }
    }
  }
  return { tested, untested, events, wrong };
}

interface TestedRules {
  readonly bound: readonly RunningRule[];
  /** Those of the file, and those that they rest on. */
  readonly correlations: readonly SigmaCorrelation[];
  /** Ids of those of the file that are findings. */
  readonly own: ReadonlySet<string>;
}

/** The rules of `file`; if it has correlations those, and all that they rest on. */
function rulesOf(file: string, loaded: SigmaRules): TestedRules {
  const own = loaded.correlations
    .filter((one) => one.file === file && !loaded.quiet.has(one.id)).map(({ id }) => id);
  const needed = withFoundations(new Set(own), loaded.correlations);
  const rules = loaded.rules.filter((rule) =>
    own.length === 0 ? rule.file === file : needed.has(rule.id)
  );
  return {
    bound: runningRules({ ...loaded, rules }),
    correlations: loaded.correlations.filter(({ id }) => needed.has(id)),
    own: new Set(own),
  };
}

/** The files with events of one side, beside the rule file `file`. */
function eventsBeside(file: string, side: "match" | "no_match"): readonly string[] {
  const folder = dirname(file);
  const start = `${basename(file).replace(/\.ya?ml$/i, "")}.${side}.`;
  return readdirSync(folder).filter((name) => name.startsWith(start)).toSorted()
    .map((name) => join(folder, name));
}

interface Judging {
  readonly file: string;
  readonly rules: TestedRules;
  readonly mustMatch: boolean;
  readonly signal: AbortSignal;
}

async function judgeEvents({ file, rules, mustMatch, signal }: Judging) {
  const name = guessPlugin(file);
  const plugin = name === undefined ? undefined : pluginNamed(name);
  if (plugin === undefined) {
    return { events: 0, wrong: [`${file}: is of no known kind, must be such as .ndjson or .evtx`] };
  }
  const rows = new Map<string, number>();
  const matched = new Set<string>();
  const matcher = openMatcher(rules.bound);
  const wrong = [...matcher.problems];
  await using correlating = rules.own.size === 0
    ? undefined
    : openCorrelationHunt(rules.correlations, (id) => rules.own.has(id));
  const counts = await hunt({
    file,
    plugin,
    settings: {},
    matcher: {
      problems: [],
      match: (batch) => {
        rows.set(batch.table, (rows.get(batch.table) ?? 0) + batch.rows);
        return matcher.match(batch);
      },
    },
    shows: () => correlating === undefined,
    correlating,
    scrubber: undefined,
    signal,
    found: ({ table, row }) => matched.add(`${table} ${row}`),
    gap: ({ reason, detail }) => wrong.push(`${file}: not all could be read: ${detail ?? reason}`),
    printed: () => Promise.resolve(),
    looked: () => {},
    log: () => {},
  });
  const { events, rejected } = counts;
  if (rejected > 0) wrong.push(`${file}: ${rejected} lines are no event of a table`);
  if (events === 0) wrong.push(`${file}: has no event`);
  if (correlating !== undefined) {
    const found = new Set(correlating.findings().map(({ rule }) => rule));
    return { events, wrong: [...wrong, ...wrongCorrelations({ file, rules, mustMatch }, found)] };
  }
  for (const [table, count] of rows) {
    for (let row = 0; row < count; row++) {
      if (matched.has(`${table} ${row}`) === mustMatch) continue;
      const what = mustMatch ? "is not matched, must be" : "is matched, must not be";
      wrong.push(`${file}: event ${row + 1} of ${table} ${what}`);
    }
  }
  return { events, wrong };
}

function wrongCorrelations(
  { file, rules, mustMatch }: Omit<Judging, "signal">,
  found: ReadonlySet<string>,
): readonly string[] {
  const what = mustMatch ? "is not found, must be" : "is found, must not be";
  return rules.correlations
    .filter(({ id }) => rules.own.has(id) && found.has(id) !== mustMatch)
    .map(({ title }) => `${file}: the correlation "${title}" ${what}`);
}
