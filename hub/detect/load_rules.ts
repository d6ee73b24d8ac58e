/**
 * Puts together the rules of a hub: the built-in ones and those in its `rules` folder.
 *
 * @module
 */
import { BUILT_IN } from "./built_in.ts";
import type { Rule, RuleProblem } from "./rule.ts";
import { readRuleFile } from "./rule_file.ts";
import { DEFAULT_RULES } from "./rules/defaults.ts";
import { isScheduled, readScheduledFile } from "./scheduled/read_rule.ts";
import type { ScheduledRule } from "./scheduled/rule.ts";
import { isLogSourceFile, isPlaceholderFile, isSigma } from "./sigma/load.ts";
import { readPlaceholders } from "./sigma/read/placeholder_file.ts";
import { readLogSources } from "./sigma/read/log_source_file.ts";
import {
  readSigmaRules,
  type SigmaRules,
  type SigmaSource,
  withOwnSources,
} from "./sigma/read/read_all.ts";

/** What `loadRules` needs of the file system. */
export interface RuleFolder {
  /** Names of the files in the folder; none if it is not there. */
  names(): Promise<readonly string[]>;
  read(name: string): Promise<string>;
}

/** The rules to run, and everything that is wrong with the files. */
export interface LoadedRules {
  readonly rules: readonly Rule[];
  readonly problems: readonly RuleProblem[];
  /** The rules of Sigma files, and what is wrong with those. */
  readonly sigma: SigmaRules;
  /** Rules that are asked in KQL. */
  readonly scheduled: readonly ScheduledRule[];
}

/**
 * Reads `*.yaml` and `*.yml`, in the order of their names; a rule replaces a built-in one. A file is
 * one of Sigma rules, or of scheduled ones, by its keys.
 */
export async function loadRules(folder: RuleFolder): Promise<LoadedRules> {
  const own = new Map<string, Rule>();
  const scheduled = new Map<string, ScheduledRule>();
  const problems: RuleProblem[] = [];
  const sigma: SigmaFiles = { rules: [], placeholders: [], logSources: [] };
  for (const name of (await folder.names()).toSorted()) {
    if (!/\.ya?ml$/.test(name)) continue;
    const text = await readText(folder, name);
    if (typeof text !== "string") {
      problems.push(text);
      continue;
    }
    const of = sigmaPart(name, text, sigma);
    if (of !== undefined) {
      of.push({ file: name, text });
      continue;
    }
    const take = <R extends { readonly id: string }>(rule: R, into: Map<string, R>): void => {
      if (RESERVED.has(rule.id)) problems.push(reserved(name, rule.id));
      else if (own.has(rule.id) || scheduled.has(rule.id)) problems.push(twice(name, rule.id));
      else into.set(rule.id, rule);
    };
    if (isScheduled(text)) {
      const file = readScheduledFile(name, text);
      problems.push(...file.problems);
      for (const rule of file.rules) take(rule, scheduled);
    } else {
      const file = readRuleFile(name, text);
      problems.push(...file.problems);
      for (const rule of file.rules) take(rule, own);
    }
  }
  const builtIn = readRuleFile("built-in", DEFAULT_RULES);
  const kept = builtIn.rules.filter(({ id }) => !own.has(id) && !scheduled.has(id));
  const rules = [...kept, ...own.values()];
  const taken = new Set([...RESERVED, ...scheduled.keys(), ...rules.map(({ id }) => id)]);
  return {
    rules,
    problems: [...builtIn.problems, ...problems],
    sigma: sigmaOf(sigma, taken),
    scheduled: [...scheduled.values()],
  };
}

/** The files of Sigma rules, by what they hold. */
interface SigmaFiles {
  readonly rules: SigmaSource[];
  readonly placeholders: SigmaSource[];
  readonly logSources: SigmaSource[];
}

/** Where the file belongs; undefined: it is none of Sigma's. */
function sigmaPart(name: string, text: string, files: SigmaFiles): SigmaSource[] | undefined {
  if (isPlaceholderFile(name)) return files.placeholders;
  if (isLogSourceFile(name)) return files.logSources;
  return isSigma(text) ? files.rules : undefined;
}

function sigmaOf(files: SigmaFiles, taken: ReadonlySet<string>): SigmaRules {
  const placeholders = files.placeholders.map(readPlaceholders);
  const own = files.logSources.map(readLogSources);
  const values = new Map(placeholders.flatMap((one) => [...one.values]));
  const read = readSigmaRules(files.rules, values, taken);
  const problems = [...placeholders, ...own].flatMap((one) => one.problems);
  const all = { ...read, problems: [...problems, ...read.problems] };
  return withOwnSources(all, own.flatMap(({ sources }) => sources));
}

async function readText(folder: RuleFolder, name: string): Promise<string | RuleProblem> {
  try {
    return await folder.read(name);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return problem("unreadable", name, `it cannot be read (${why})`);
  }
}

const RESERVED: ReadonlySet<string> = new Set(BUILT_IN.map(({ rule }) => rule.id));

function reserved(file: string, id: string): RuleProblem {
  return problem("duplicate", file, `"${id}" is what the hub itself looks for, ids must differ`);
}

function twice(file: string, id: string): RuleProblem {
  return problem("duplicate", file, `another file has a rule "${id}", ids must differ`);
}

function problem(code: RuleProblem["code"], file: string, what: string): RuleProblem {
  return { code, file, line: 1, column: 1, message: `Cannot read rule ${file}:1:1: ${what}` };
}
