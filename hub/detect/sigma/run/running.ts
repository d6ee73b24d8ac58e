/**
 * Sigma rules made ready to run: bound to tables, with what their findings show.
 *
 * @module
 */
import { sha256 } from "../../../../sdk/runtime/hash.ts";
import type { SigmaCorrelation } from "../correlation.ts";
import { bindRule } from "../map/bind.ts";
import type { BoundExpr, BoundField, BoundRule, Fields } from "../map/bound_rule.ts";
import { feedsOfRule } from "../map/log_source.ts";
import type { SigmaRule } from "../rule.ts";
import { fieldName } from "./row_view.ts";

/** The rules of a hub. */
export interface SigmaSet {
  readonly rules: readonly SigmaRule[];
  /** Each after those that it rests on. */
  readonly correlations: readonly SigmaCorrelation[];
  /** Ids of what is only found for a correlation. */
  readonly quiet: ReadonlySet<string>;
}

/** A rule over one table. */
export interface RunningRule extends BoundRule {
  /** Place of a field by its name in rules, in this table. */
  readonly fields: Fields;
  /** What evidence shows, each name once. */
  readonly evidence: readonly (readonly [string, BoundField])[];
}

/** Fields that evidence shows at most. */
const MOST_SHOWN = 24;

/** The rules of `set` that can be run, over each table that feeds them. */
export function runningRules({ rules }: SigmaSet): readonly RunningRule[] {
  return rules.filter(({ placeholders }) => placeholders.length === 0).flatMap((rule) => {
    const feeds = feedsOfRule(rule);
    return bindRule(rule).map((bound, i): RunningRule => ({
      ...bound,
      fields: feeds[i]!.fields,
      evidence: shownOf(bound),
    }));
  });
}

function shownOf({ where, expr, shown }: BoundRule): RunningRule["evidence"] {
  const named = new Map<string, BoundField>();
  for (const field of [...shown, ...fieldsOf(expr), ...fieldsOf(where)]) {
    if (named.size < MOST_SHOWN) named.set(fieldName(field), field);
  }
  return [...named];
}

/** As deep as a condition may be. */
function fieldsOf(expr: BoundExpr): readonly BoundField[] {
  switch (expr.kind) {
    case "test":
      return expr.field === undefined ? [] : [expr.field];
    case "not":
      return fieldsOf(expr.of);
    default:
      return expr.of.flatMap(fieldsOf);
  }
}

/** A rule as it runs, JSON: what it is called and where its file is makes no difference. */
export function sourceOf(rule: SigmaRule | SigmaCorrelation): string {
  const { file: _file, line: _line, ...own } = rule;
  return JSON.stringify(
    own,
    (_key, value: unknown) =>
      value instanceof Map ? Object.fromEntries(value as ReadonlyMap<string, unknown>) : value,
  );
}

/** What the state of a rule belongs to, 64 hexadecimal digits: another source starts with none. */
export function printOf(rule: SigmaRule | SigmaCorrelation): string {
  return Buffer.from(sha256("custos/sigma/rule/v1", Buffer.from(sourceOf(rule)))).toString("hex");
}
