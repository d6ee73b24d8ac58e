/**
 * Filters (Sigma filters specification 2.1): a condition that many rules get in addition.
 *
 * The condition of a filter holds for what a rule may still find, so that a filter which takes
 * something away says `not selection`, as its other implementations have it.
 *
 * @module
 */
import type { SigmaLogSource, SigmaRule } from "../rule.ts";
import { entryOf, isNull, mapOf, needed, textOf, textsOf } from "./node.ts";
import type { YamlMap } from "./node.ts";
import { detected, logSourceOf, type RuleContext } from "./read_rule.ts";
import { joined } from "./expr.ts";

export interface SigmaFilter extends Pick<SigmaRule, "expr" | "placeholders"> {
  /** Ids or names of rules; undefined is every rule of the log source. */
  readonly rules: readonly string[] | undefined;
  readonly logsource: SigmaLogSource;
  /** Offset of its list of rules. */
  readonly at: number;
}

/** @throws {SigmaError} If `map` is no filter. */
export function filterOf(map: YamlMap, context: RuleContext): SigmaFilter {
  textOf(needed(map, "title"), "title");
  const logsource = logSourceOf(needed(map, "logsource"));
  const filter = mapOf(needed(map, "filter"), "filter");
  const rules = needed(filter, "rules");
  const isAny = isNull(rules) || (rules.kind === "list" && rules.items.length === 0) ||
    (rules.kind === "scalar" && /^(?:any|all)$/i.test(rules.text));
  return {
    rules: isAny ? undefined : textsOf(rules, "rules"),
    logsource,
    at: entryOf(filter, "rules")!.at,
    ...detected(filter, context),
  };
}

/** Whether `filter` is for `rule`, whose name is `name`. */
export function isFor(filter: SigmaFilter, rule: SigmaRule, name: string | undefined): boolean {
  const { category, product, service } = filter.logsource;
  const isSource = (category === undefined || category === rule.logsource.category) &&
    (product === undefined || product === rule.logsource.product) &&
    (service === undefined || service === rule.logsource.service);
  if (!isSource || filter.rules === undefined) return isSource;
  return filter.rules.includes(rule.id) || (name !== undefined && filter.rules.includes(name));
}

/** `rule` with all `filters`. */
export function filtered(rule: SigmaRule, filters: readonly SigmaFilter[]): SigmaRule {
  if (filters.length === 0) return rule;
  const placeholders = new Set([rule, ...filters].flatMap((one) => one.placeholders));
  return {
    ...rule,
    expr: joined("and", [rule.expr, ...filters.map(({ expr }) => expr)]),
    placeholders: [...placeholders].sort(),
  };
}
