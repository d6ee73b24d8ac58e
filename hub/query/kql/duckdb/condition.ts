/**
 * Conditions as SQL, where only rows for which they hold go on.
 *
 * @module
 */
import type { Expr } from "../plan.ts";
import type { Printer } from "./printer.ts";

/**
 * `expr` where absent is as good as false: a comparison with a stored column stays plain, so that
 * files and row groups are left out by it.
 */
export function conditionSql(expr: Expr, printer: Printer): string {
  if (expr.kind !== "call") return printer.expr(expr);
  const [left, right] = expr.args;
  if (expr.name === "and" || expr.name === "or") {
    return `(${conditionSql(left!, printer)} ${expr.name} ${conditionSql(right!, printer)})`;
  }
  if (expr.name === "==" && left !== undefined && right !== undefined) {
    if (isPlainLiteral(left) || isPlainLiteral(right)) {
      return `(${storedSql(left, printer)} = ${storedSql(right, printer)})`;
    }
  }
  if (expr.name === "in" && expr.args.slice(1).every(isPlainLiteral)) {
    const items = expr.args.slice(1).map((item) => printer.expr(item)).join(", ");
    return items === "" ? "false" : `(${storedSql(left!, printer)} in (${items}))`;
  }
  return printer.expr(expr);
}

/** A literal to which nothing that is absent is equal. */
function isPlainLiteral(expr: Expr): boolean {
  return expr.kind === "literal" && expr.value !== null && expr.value !== "" &&
    !Number.isNaN(expr.value);
}

/** A stored string as it is stored: an absent one is equal to none that is not empty. */
function storedSql(expr: Expr, printer: Printer): string {
  if (expr.kind !== "field" || expr.field.isStored !== true) return printer.expr(expr);
  return printer.expr({ ...expr, field: { ...expr.field, isStored: false } });
}
