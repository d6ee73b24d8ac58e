/**
 * The Sigma rules of files and folders, bound to our tables.
 *
 * @module
 */
import { loadSigma } from "../detect/sigma/load.ts";
import { bindRule } from "../detect/sigma/map/bind.ts";
import type { BoundRule } from "../detect/sigma/map/bound_rule.ts";
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

/** The rules in the `.yml` and `.yaml` files of `paths` that `wanted` takes. */
export function loadRules(
  paths: readonly string[],
  wanted: (rule: SigmaRule) => boolean,
): HuntRules {
  const loaded = loadSigma(paths, undefined);
  const rules = loaded.rules.filter(wanted);
  const needValues = rules.filter(({ placeholders }) => placeholders.length > 0);
  const complete = rules.filter(({ placeholders }) => placeholders.length === 0);
  const byRule = complete.map((rule) => ({ rule, bound: bindRule(rule) }));
  return {
    bound: byRule.flatMap(({ bound }) => bound),
    running: byRule.filter(({ bound }) => bound.length > 0).length,
    noTable: byRule.filter(({ bound }) => bound.length === 0).map(({ rule }) => rule),
    needValues,
    problems: loaded.problems.map(({ message }) => message),
  };
}
