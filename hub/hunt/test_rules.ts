/**
 * Runs rules over the events that stand beside them: those that must match, and those that must not.
 *
 * Beside `NAME.yml` stand `NAME.match.KIND` and `NAME.no_match.KIND`, of any kind that a hunt reads,
 * such as `.ndjson` with lines of `custos read`, or `.evtx`.
 *
 * @module
 */
import { readdirSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { loadSigma } from "../detect/sigma/load.ts";
import { bindRule } from "../detect/sigma/map/bind.ts";
import type { BoundRule } from "../detect/sigma/map/bound_rule.ts";
import { guessPlugin } from "./guess_plugin.ts";
import { hunt } from "./hunt.ts";
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

/** Tests all rules in the `.yml` and `.yaml` files of `paths`. */
export async function testRules(paths: readonly string[], signal: AbortSignal): Promise<RuleTests> {
  const loaded = loadSigma(paths, undefined);
  const wrong = loaded.problems.map(({ message }) => message);
  const untested: string[] = [];
  let tested = 0;
  let events = 0;
  for (const [file, rules] of Map.groupBy(loaded.rules, (rule) => rule.file)) {
    const bound = rules.filter(({ placeholders }) => placeholders.length === 0).flatMap(bindRule);
    const sides = [eventsBeside(file, "match"), eventsBeside(file, "no_match")] as const;
    if (sides.some((files) => files.length === 0)) untested.push(file);
    else tested++;
    for (const [i, files] of sides.entries()) {
      for (const one of files) {
        const judged = await judgeEvents({ file: one, bound, mustMatch: i === 0, signal });
        events += judged.events;
        wrong.push(...judged.wrong);
      }
    }
  }
  return { tested, untested, events, wrong };
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
  readonly bound: readonly BoundRule[];
  readonly mustMatch: boolean;
  readonly signal: AbortSignal;
}

async function judgeEvents({ file, bound, mustMatch, signal }: Judging) {
  const name = guessPlugin(file);
  const plugin = name === undefined ? undefined : pluginNamed(name);
  if (plugin === undefined) {
    return { events: 0, wrong: [`${file}: is of no known kind, must be such as .ndjson or .evtx`] };
  }
  const rows = new Map<string, number>();
  const matched = new Set<string>();
  const matcher = openMatcher(bound);
  const wrong = [...matcher.problems];
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
    scrubber: undefined,
    signal,
    found: ({ table, row }) => matched.add(`${table} ${row}`),
    gap: ({ reason, detail }) => wrong.push(`${file}: not all could be read: ${detail ?? reason}`),
    looked: () => {},
    log: () => {},
  });
  const { events, rejected } = counts;
  if (rejected > 0) wrong.push(`${file}: ${rejected} lines are no event of a table`);
  if (events === 0) wrong.push(`${file}: has no event`);
  for (const [table, count] of rows) {
    for (let row = 0; row < count; row++) {
      if (matched.has(`${table} ${row}`) === mustMatch) continue;
      const what = mustMatch ? "is not matched, must be" : "is matched, must not be";
      wrong.push(`${file}: event ${row + 1} of ${table} ${what}`);
    }
  }
  return { events, wrong };
}
