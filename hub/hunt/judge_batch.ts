/**
 * Judges all rules over a batch, row by row.
 *
 * @module
 */
import { rowOf } from "../../sdk/columns/cell.ts";
import type { ColumnBatch } from "../../sdk/columns/column.ts";
import { judge, rowEvent } from "../detect/sigma/judge.ts";
import type { BoundExpr, BoundRule } from "../detect/sigma/map/bound_rule.ts";

/** A rule that matched a row of a batch. */
export interface Match {
  readonly rule: BoundRule;
  readonly row: number;
}

/** Looks at batches of any table with the rules that are for it. */
export type Matcher = (batch: ColumnBatch) => readonly Match[];

interface Group {
  readonly where: BoundExpr;
  readonly rules: BoundRule[];
}

/** The matcher of `rules`: what a log source asks is judged once for all its rules. */
export function openMatcher(rules: readonly BoundRule[]): Matcher {
  const tables = new Map<string, Map<string, Group>>();
  for (const rule of rules) {
    const groups = tables.get(rule.table) ?? new Map<string, Group>();
    tables.set(rule.table, groups);
    const key = JSON.stringify(rule.where);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { where: rule.where, rules: [rule] });
    else group.rules.push(rule);
  }
  return (batch) => {
    const groups = [...tables.get(batch.table)?.values() ?? []];
    if (groups.length === 0) return [];
    return Array.from({ length: batch.rows }, (_, row) => {
      const event = rowEvent(rowOf(batch, row));
      return groups.filter(({ where }) => judge(where, event))
        .flatMap((group) => group.rules.filter(({ expr }) => judge(expr, event)))
        .map((rule) => ({ rule, row }));
    }).flat();
  };
}
