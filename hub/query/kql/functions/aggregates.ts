/**
 * All aggregate functions.
 *
 * @module
 */
import type { AggregateFunction, ParameterRule, ResultRule } from "./define.ts";

type Options = Omit<AggregateFunction, "name" | "parameters" | "result">;
type Entry = readonly [string, AggregateFunction];

function aggregate(
  name: string,
  [parameters, result]: readonly [readonly ParameterRule[], ResultRule],
  options: Options = {},
): Entry {
  return [name, { name, parameters, result, ...options }];
}

/** An aggregate and its form with a condition after the first `before` parameters. */
function withCondition(
  name: string,
  [parameters, result]: readonly [readonly ParameterRule[], ResultRule],
  { conditional = `${name}if`, before = 1, ...options }: Options & {
    readonly conditional?: string;
    readonly before?: number;
  } = {},
): readonly Entry[] {
  const rules: readonly ParameterRule[] = [
    ...parameters.slice(0, before),
    "bool",
    ...parameters.slice(before),
  ];
  return [
    aggregate(name, [parameters, result], options),
    aggregate(conditional, [rules, result], {
      ...options,
      condition: before,
      as: options.as ?? name,
    }),
  ];
}

const LISTED = { isOrdered: true, conditional: "make_list_if" } as const;
const COLLECTED = { isOrdered: true, conditional: "make_set_if" } as const;
const BAGGED = { isOrdered: true, conditional: "make_bag_if" } as const;

export const AGGREGATES: ReadonlyMap<string, AggregateFunction> = new Map([
  aggregate("count", [[], "long"]),
  aggregate("cnt", [[], "long"], { as: "count" }),
  aggregate("countif", [["bool"], "long"], { condition: 0, as: "count" }),
  ...withCondition("sum", [["amount"], "bound"]),
  ...withCondition("avg", [["amount"], "bound"]),
  ...withCondition("min", [["orderable"], "first"]),
  ...withCondition("max", [["orderable"], "first"]),
  ...withCondition("dcount", [["any", "long"], "long"]),
  ...withCondition("count_distinct", [["any"], "long"]),
  ...withCondition("make_list", [["any", "long"], "dynamic"], LISTED),
  aggregate("makelist", [["any", "long"], "dynamic"], { isOrdered: true, as: "make_list" }),
  aggregate("make_list_with_nulls", [["dynamic"], "dynamic"], { isOrdered: true }),
  ...withCondition("make_set", [["any", "long"], "dynamic"], COLLECTED),
  aggregate("makeset", [["any", "long"], "dynamic"], { isOrdered: true, as: "make_set" }),
  ...withCondition("make_bag", [["dynamic", "long"], "dynamic"], BAGGED),
  aggregate("make_dictionary", [["dynamic", "long"], "dynamic"], {
    isOrdered: true,
    as: "make_bag",
  }),
  aggregate("buildschema", [["dynamic"], "dynamic"]),
  ...withCondition("take_any", [["any"], "first"]),
  ...withCondition("any", [["any"], "first"], { as: "take_any" }),
  aggregate("percentile", [["amount", "real"], "bound"]),
  aggregate("percentiles_array", [["amount", "any"], "dynamic"], { repeats: 1 }),
  aggregate("percentilew", [["amount", "long", "real"], "bound"]),
  aggregate("percentilesw_array", [["amount", "long", "any"], "dynamic"], { repeats: 1 }),
  ...withCondition("tdigest", [["amount", "any"], "dynamic"], { conditional: "tdigest_if" }),
  aggregate("tdigest_merge", [["dynamic"], "dynamic"]),
  aggregate("merge_tdigest", [["dynamic"], "dynamic"], { as: "tdigest_merge" }),
  ...withCondition("hll", [["any", "long"], "dynamic"], { conditional: "hll_if" }),
  aggregate("hll_merge", [["dynamic"], "dynamic"]),
  ...withCondition("stdev", [["real"], "real"]),
  ...withCondition("stdevp", [["real"], "real"]),
  ...withCondition("variance", [["real"], "real"]),
  ...withCondition("variancep", [["real"], "real"]),
  ...withCondition("covariance", [["real", "real"], "real"], { before: 2 }),
  ...withCondition("covariancep", [["real", "real"], "real"], { before: 2 }),
  aggregate("binary_all_and", [["long"], "long"]),
  aggregate("binary_all_or", [["long"], "long"]),
  aggregate("binary_all_xor", [["long"], "long"]),
]);
