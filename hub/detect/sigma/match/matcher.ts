/**
 * One matcher for all Sigma rules: what it costs grows with what matches, not with their number.
 *
 * Each distinct value is tested once against all rules that look at its field: equal texts by a
 * hash, texts within by one walk (Aho-Corasick). A row wakes up only the rules of its log source of
 * which a test that must hold does hold; regexes are run of these alone. The result depends on the
 * row alone: however rows are put into batches, the matches are the same.
 *
 * @module
 */
import type { ColumnBatch } from "../../../../sdk/columns/column.ts";
import type { Facts } from "../../detector.ts";
import { RegexError } from "../regex/regex_error.ts";
import { type Blind, type Match, type RuleTimes, TableMatcher } from "./table_matcher.ts";
import { TableCompiler, type TableRule } from "./table_rules.ts";

export type { Match, RuleTimes };

/** Rules that are matched together. */
export interface Matcher<R> {
  /** Rules that cannot be run, and why. */
  readonly refused: readonly Refused<R>[];
  /** Rules that columns seen so far answer in part only, because they hold tokens. */
  readonly blind: readonly Blind<R>[];
  /**
   * The rules that rows of `batch` match: by row, then in the order in which rules were given.
   * `times` is told how long each rule took, once a row that wakes it up.
   */
  batch(batch: ColumnBatch, facts: Facts, times?: RuleTimes<R>): readonly Match<R>[];
}

export interface Refused<R> {
  readonly rule: R;
  readonly error: RegexError;
}

/** Compiles `rules`; one that cannot be run is refused, and the others go on. */
export function compileRules<R extends TableRule>(rules: readonly R[]): Matcher<R> {
  const compilers = new Map<string, TableCompiler<R>>();
  const refused: Refused<R>[] = [];
  for (const [order, rule] of rules.entries()) {
    let compiler = compilers.get(rule.table);
    if (compiler === undefined) compilers.set(rule.table, compiler = new TableCompiler());
    try {
      compiler.add(rule, order);
    } catch (error) {
      if (!(error instanceof RegexError)) throw error;
      refused.push({ rule, error });
    }
  }
  const tables = new Map<string, TableMatcher<R>>();
  for (const [table, compiler] of compilers) tables.set(table, new TableMatcher(compiler.done()));
  return {
    refused,
    get blind() {
      return tables.values().flatMap((table) => table.blind).toArray();
    },
    batch: (batch, facts, times) => tables.get(batch.table)?.batch(batch, facts, times) ?? [],
  };
}
