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
];

/** Why a case is not counted, if it is not. */
export function exceptionOf(one: Case): string | undefined {
  return EXCEPTIONS.find(({ holds }) => holds(one))?.reason;
}
