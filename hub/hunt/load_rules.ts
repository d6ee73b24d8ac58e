/**
 * The Sigma rules of files and folders, bound to our tables.
 *
 * @module
 */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { troubleOf } from "../../sdk/runtime/file_trouble.ts";
import { bindRule } from "../detect/sigma/map/bind.ts";
import type { BoundRule } from "../detect/sigma/map/bound_rule.ts";
import { readSigmaFile } from "../detect/sigma/read/read_file.ts";
import type { SigmaRule } from "../detect/sigma/rule.ts";

/** What rules a hunt runs, and which it cannot run. */
export interface HuntRules {
  readonly bound: readonly BoundRule[];
  /** Rules that some table feeds, and have all their values. */
  readonly running: number;
  readonly noTable: readonly SigmaRule[];
  readonly needValues: readonly SigmaRule[];
  /** What is wrong, as sentences. */
  readonly problems: readonly string[];
}

/** Reads all `.yml` and `.yaml` files of `paths` that `wanted` takes. */
export function loadRules(
  paths: readonly string[],
  wanted: (rule: SigmaRule) => boolean,
): HuntRules {
  const problems: string[] = [];
  const rules: SigmaRule[] = [];
  for (const file of paths.flatMap((path) => rulesFilesOf(path, problems))) {
    try {
      const read = readSigmaFile(file, readFileSync(file, "utf8"), new Map());
      rules.push(...read.rules.filter(wanted));
      problems.push(...read.problems.map(({ message }) => message));
    } catch (error) {
      problems.push(`Cannot read rule ${file}: ${troubleOf(error)}`);
    }
  }
  const needValues = rules.filter(({ placeholders }) => placeholders.length > 0);
  const complete = rules.filter(({ placeholders }) => placeholders.length === 0);
  const byRule = complete.map((rule) => ({ rule, bound: bindRule(rule) }));
  return {
    bound: byRule.flatMap(({ bound }) => bound),
    running: byRule.filter(({ bound }) => bound.length > 0).length,
    noTable: byRule.filter(({ bound }) => bound.length === 0).map(({ rule }) => rule),
    needValues,
    problems,
  };
}

function rulesFilesOf(path: string, problems: string[]): readonly string[] {
  try {
    if (!statSync(path).isDirectory()) return [path];
    return readdirSync(path, { recursive: true, encoding: "utf8" })
      .filter((name) => /\.ya?ml$/i.test(name)).toSorted().map((name) => join(path, name));
  } catch (error) {
    problems.push(`Cannot read rules ${path}: ${troubleOf(error)}`);
    return [];
  }
}
