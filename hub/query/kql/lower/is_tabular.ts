/**
 * Whether an expression gives a table.
 *
 * @module
 */
import type { Syntax } from "../syntax.ts";

export function isTabular(syntax: Syntax): boolean {
  if (syntax.kind === "ToScalarExpression") return false;
  if (syntax.kind === "ParenthesizedExpression") return isTabular(syntax.need("Expression"));
  return syntax.columns !== undefined || syntax.kind === "PipeExpression" ||
    syntax.kind.endsWith("Operator");
}
