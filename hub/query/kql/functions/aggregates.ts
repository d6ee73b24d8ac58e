/**
 * All aggregate functions.
 *
 * @module
 */
import type { AggregateFunction, ParameterRule, ResultRule } from "./define.ts";

type Options = Omit<AggregateFunction, "name" | "parameters" | "result">;

function aggregate(
  name: string,
  [parameters, result]: readonly [readonly ParameterRule[], ResultRule],
  options: Options = {},
): readonly [string, AggregateFunction] {
  return [name, { name, parameters, result, ...options }];
}

export const AGGREGATES: ReadonlyMap<string, AggregateFunction> = new Map([
  aggregate("count", [[], "long"]),
  aggregate("countif", [["bool"], "long"], { condition: 0, as: "count" }),
  aggregate("sum", [["number"], "bound"]),
  aggregate("sumif", [["number", "bool"], "bound"], { condition: 1, as: "sum" }),
  aggregate("avg", [["any"], "bound"]),
  aggregate("avgif", [["any", "bool"], "bound"], { condition: 1, as: "avg" }),
  aggregate("min", [["any"], "first"]),
  aggregate("minif", [["any", "bool"], "first"], { condition: 1, as: "min" }),
  aggregate("max", [["any"], "first"]),
  aggregate("maxif", [["any", "bool"], "first"], { condition: 1, as: "max" }),
  aggregate("dcount", [["any", "long"], "long"]),
  aggregate("dcountif", [["any", "bool", "long"], "long"], { condition: 1, as: "dcount" }),
  aggregate("count_distinct", [["any"], "long"]),
  aggregate("make_list", [["any", "long"], "dynamic"], { isOrdered: true }),
  aggregate("makelist", [["any", "long"], "dynamic"], { isOrdered: true, as: "make_list" }),
  aggregate("make_list_if", [["any", "bool", "long"], "dynamic"], {
    condition: 1,
    isOrdered: true,
    as: "make_list",
  }),
  aggregate("make_set", [["any", "long"], "dynamic"], { isOrdered: true }),
  aggregate("makeset", [["any", "long"], "dynamic"], { isOrdered: true, as: "make_set" }),
  aggregate("make_set_if", [["any", "bool", "long"], "dynamic"], {
    condition: 1,
    isOrdered: true,
    as: "make_set",
  }),
  aggregate("take_any", [["any"], "first"]),
  aggregate("any", [["any"], "first"], { as: "take_any" }),
  aggregate("percentile", [["any", "real"], "first"]),
  aggregate("stdev", [["real"], "real"]),
  aggregate("variance", [["real"], "real"]),
]);
