/**
 * The hub's matcher of Sigma rules, for batches that came from no agent.
 *
 * @module
 */
import type { ColumnBatch } from "../../sdk/columns/column.ts";
import type { Facts } from "../detect/detector.ts";
import type { BoundRule } from "../detect/sigma/map/bound_rule.ts";
import { compileRules, type Match } from "../detect/sigma/match/matcher.ts";

/** Looks at batches of any table with the rules that are for it. */
export interface HuntMatcher<R extends BoundRule = BoundRule> {
  match(batch: ColumnBatch): readonly Match<R>[];
  /** Why rules cannot be run, as sentences. */
  readonly problems: readonly string[];
}

/** What is not known of a file: it came through no ledger. */
const NO_FACTS: Facts = {
  entry: 0,
  hubMs: 0,
  aliveMs: 0,
  agent: "",
  source: "",
  isEvents: true,
};

export function openMatcher<R extends BoundRule>(rules: readonly R[]): HuntMatcher<R> {
  const matcher = compileRules(rules);
  const problems = matcher.refused.map(({ rule: { rule }, error }) =>
    `Cannot run rule ${rule.file}:${rule.line}: ${error.message}`
  );
  return {
    match: (batch) => matcher.batch(batch, NO_FACTS),
    problems: [...new Set(problems)],
  };
}
