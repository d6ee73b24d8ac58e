/**
 * Cases that are not counted, each with its reason. They still run: what passes anyway is shown.
 *
 * @module
 */
import type { Case } from "./kql_case.ts";

interface Exception {
  readonly reason: string;
  readonly holds: (one: Case) => boolean;
}

const text = (pattern: RegExp) => ({ kql }: Case): boolean => pattern.test(kql);
const ids = (...known: readonly string[]) => ({ id }: Case): boolean => known.includes(id);

const EXCEPTIONS: readonly Exception[] = [
  { reason: "a management command, not a query", holds: text(/^\s*\.[a-z]/) },
  { reason: "graph operators", holds: text(/\bmake-graph\b|\bgraph-/) },
  { reason: "geospatial functions", holds: text(/\bgeo_\w+\s*\(/) },
  {
    reason: "data from outside",
    holds: text(
      /\bexternal_?data\b|\b(?:http_request|azure_digital_twins_query_request|python)\s*\(/,
    ),
  },
  {
    reason: "a table whose rows are not in the set",
    holds: (one) =>
      one.suite === "docs" &&
      /\bStormEvents\b|^\s*search\b|\bunion\b[^|]*\*/.test(one.kql),
  },
  { reason: "asks who the caller is", holds: text(/\bcurrent_principal_is_member_of\s*\(/) },
  {
    reason: "a row of the set has fewer values than columns",
    holds: ({ badRows }) => badRows === true,
  },
  {
    reason: "the documentation's page shows the arc sine of another number",
    holds: ids("docs/asin-function/1"),
  },
  // What another engine's authors wrote is not counted where the emulator gives something else.
  {
    reason: "the emulator gives 2 for -7 % 3 (agent-type-casts-coercion-0001)",
    holds: ids("loco/EndToEndTests/BinOp_Modulo1", "locob/ModuloTests/ModuloNegativeInt"),
  },
  {
    reason: "the emulator refuses window functions without an order " +
      "(agent-nested-pipelines-let-cte-0034)",
    holds: ids(
      "loco/EndToEndTests/Window_RowCumSum_TwoChunks",
      "loco/EndToEndTests/Materialize",
    ),
  },
  {
    reason: "the emulator gives an array where split() is told an index (split-function-00)",
    holds: ids("locob/SimpleFunctionTests/SplitWithRequestedIndex"),
  },
  {
    reason: "the emulator takes has for whole terms (agent-string-ops-0002)",
    holds: ids("locob/SimpleFunctionTests/HasAny", "locob/SimpleFunctionTests/Has"),
  },
  {
    reason: "not run by its authors, and no row is what it expects",
    holds: ids("locob/IgnoredTests/BetweenStressTest"),
  },
];

/** Why a case is not counted, if it is not. */
export function exceptionOf(one: Case): string | undefined {
  return EXCEPTIONS.find(({ holds }) => holds(one))?.reason;
}
