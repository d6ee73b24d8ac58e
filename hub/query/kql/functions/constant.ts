/**
 * What of an expression is known before the query runs.
 *
 * @module
 */
import type { Expr } from "../plan.ts";

/** The text that `expr` is known to be. */
export function constantText(expr: Expr): string | undefined {
  return expr.kind === "literal" && expr.type === "string" && typeof expr.value === "string"
    ? expr.value
    : undefined;
}
