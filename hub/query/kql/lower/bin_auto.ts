/**
 * `bin_auto()`: bins of the size, and from the point, that `set` statements give.
 *
 * @module
 */
import { SCALARS } from "../functions/scalars.ts";
import type { Expr } from "../plan.ts";
import type { Syntax } from "../syntax.ts";
import { failAt, type Lowering, type Place } from "./scope.ts";

export function lowerBinAuto(syntax: Syntax, lowering: Lowering, place: Place): Expr {
  const [arg] = syntax.need("ArgumentList").list("Expressions");
  const value = lowering.expr(arg!, place);
  const [size, point] = ["query_bin_auto_size", "query_bin_auto_at"].map((name) => {
    const given = lowering.settings.get(name);
    return given === undefined ? undefined : lowering.expr(given, { scope: new Map() });
  });
  if (size === undefined) {
    throw failAt(lowering, syntax, {
      code: "semantic",
      message: "the size of the bins of bin_auto() is not known",
      expected: "set query_bin_auto_size=… before the query",
    });
  }
  const name = point === undefined ? "bin" : "bin_at";
  return SCALARS.get(name)!.lower!({
    name,
    type: value.type,
    args: point === undefined ? [value, size] : [value, size, point],
    now: lowering.now,
  });
}
