/**
 * The Sigma rules of files and folders, bound to our tables.
 *
 * @module
 */
import type { SigmaCorrelation } from "../detect/sigma/correlation.ts";
import { loadSigma } from "../detect/sigma/load.ts";
import type { SigmaRule } from "../detect/sigma/rule.ts";
import { type RunningRule, runningRules } from "../detect/sigma/run/running.ts";

/** What rules a hunt runs, and which it cannot run. */
export interface HuntRules {
  readonly bound: readonly RunningRule[];
  /** Each after those that it rests on. */
  readonly correlations: readonly SigmaCorrelation[];
  /** By id, whether its matches are findings: not those that are only there for a correlation. */
  readonly shows: (id: string) => boolean;
  /** Rules and correlations that some table feeds, and have all their values. */
  readonly running: number;
  readonly noTable: readonly SigmaRule[];
  readonly needValues: readonly SigmaRule[];
  /** What is wrong, as sentences. */
  readonly problems: readonly string[];
}

/**
 * The rules in the `.yml` and `.yaml` files of `paths` that `wanted` takes, and those that a wanted
 * correlation rests on.
 */
export function loadRules(
  paths: readonly string[],
  wanted: (rule: SigmaRule | SigmaCorrelation) => boolean,
): HuntRules {
  const loaded = loadSigma(paths, undefined);
  const asked = new Set(
    [...loaded.rules, ...loaded.correlations].filter(wanted).map(({ id }) => id),
  );
  const needed = withFoundations(asked, loaded.correlations);
  const rules = loaded.rules.filter(({ id }) => needed.has(id));
  const needValues = rules.filter(({ placeholders }) => placeholders.length > 0);
  const bound = runningRules({ ...loaded, rules });
  const fed = new Set(bound.map(({ rule }) => rule.id));
  const noTable = rules.filter(({ id, placeholders }) => placeholders.length === 0 && !fed.has(id));
  // A correlation of which nothing is fed never finds anything.
  const correlations: SigmaCorrelation[] = [];
  for (const one of loaded.correlations) {
    if (!needed.has(one.id) || !one.rules.some((id) => fed.has(id))) continue;
    correlations.push(one);
    fed.add(one.id);
  }
  const quiet = new Set(correlations.flatMap((one) => one.generates ? [] : one.rules));
  return {
    bound,
    correlations,
    shows: (id) => asked.has(id) && !quiet.has(id),
    running: fed.size,
    noTable,
    needValues,
    problems: loaded.problems.map(({ message }) => message),
  };
}

/** The ids `asked` and those of all that they rest on. */
export function withFoundations(
  asked: ReadonlySet<string>,
  correlations: readonly SigmaCorrelation[],
): ReadonlySet<string> {
  const needed = new Set(asked);
  // The last stand on those before them.
  for (const { id, rules } of correlations.toReversed()) {
    if (needed.has(id)) { for (const rule of rules) needed.add(rule); }
  }
  return needed;
}
