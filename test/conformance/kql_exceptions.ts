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

/**
 * Cases whose expected rows are one of several right answers, by the part of their id that is their
 * own: rows that are equal by the order asked for, or a list of rows in no order. Another engine may
 * give another.
 */
const ANY_ORDER: ReadonlySet<string> = new Set([
  "agent-nested-pipelines-let-cte-0031",
  "locob/ArgMinMaxTests/Small",
  "locob/RenderTests/RenderWithEmptyWithStatement",
  "agent-window-series-scan-0024",
  "r1-joins-lookup-union/agent-joins-lookup-union-0030",
  "r2-joins-lookup-union/agent-joins-lookup-union-0023",
  "r1-window-series-scan/agent-window-series-scan-0035",
  "r2-aggregation/agent-aggregation-0030",
  "r2-nested-pipelines-let-cte/agent-nested-pipelines-let-cte-0025",
  "r3-aggregation/agent-aggregation-0027",
  "r3-aggregation/agent-aggregation-0042",
]);

export function isAnyOrder({ id }: Case): boolean {
  return [...ANY_ORDER].some((own) => id.endsWith(own));
}

/** Why a case is not counted, if it is not. */
export function exceptionOf(one: Case): string | undefined {
  return EXCEPTIONS.find(({ holds }) => holds(one))?.reason;
}
