/**
 * Functions of dynamic values.
 *
 * @module
 */
import { callOf, type Expr, literal } from "../plan.ts";
import { isNumeric, type ScalarType } from "../types.ts";
import { commonType, convert } from "./convert.ts";
import { nativeCall } from "./native_call.ts";
import { type FunctionCall, type ParameterRule, scalar, type ScalarFunction } from "./define.ts";

const ONE: readonly ParameterRule[] = ["dynamic"];
const THREE: readonly ParameterRule[] = ["dynamic", "dynamic", "dynamic"];
const PAIRS: readonly ParameterRule[] = ["string", "dynamic"];

export const DYNAMICS: readonly (readonly [string, ScalarFunction])[] = [
  ...["parse_json", "parsejson", "todynamic", "toobject"].map((name) =>
    scalar(name, [["any"], "dynamic"], { lower: parseJson })
  ),
  ...["pack", "pack_dictionary", "bag_pack"].map((name) =>
    scalar(name, [PAIRS, "dynamic"], { repeats: 2, native: "n_bag_pack" })
  ),
  scalar("array_length", [ONE, "long"]),
  scalar("arraylength", [ONE, "long"], { as: "array_length" }),
  scalar("pack_array", [ONE, "dynamic"], { repeats: 1 }),
  scalar("array_iif", [THREE, "dynamic"], { native: "n_array_iff" }),
  scalar("array_strcat", [["dynamic", "string"], "string"], { native: "n_strcat_array" }),
  scalar("array_sort_asc", [["any"], "dynamic"], { repeats: 1, lower: arraySort }),
  scalar("array_sort_desc", [["any"], "dynamic"], { repeats: 1, lower: arraySort }),
  scalar("range", [["any", "any", "any"], "dynamic"], { lower: range }),
];

/** Text that is no JSON stands for itself; so does what is no text. */
function parseJson({ args: [value] }: FunctionCall): Expr {
  if (value!.type === "dynamic") return callOf("dynamic", "parse_dynamic", value!);
  return value!.type === "string"
    ? callOf("dynamic", "parse_json", value!)
    : convert(value!, "dynamic");
}

/** The first array, sorted; whether absent values come last may be said at the end. */
function arraySort({ name, args }: FunctionCall): Expr {
  const last = args.at(-1)!;
  const nullsLast = last.type === "bool" ? last : literal("bool", true);
  const arrays = last.type === "bool" ? args.slice(0, -1) : args;
  const sorted = nativeCall(`n_${name}`, [nullsLast, ...arrays]);
  return callOf("dynamic", "element", sorted, literal("long", 0n));
}

function range({ args: [start, stop, given] }: FunctionCall): Expr {
  const type = rangeType(start!, stop!);
  const isTime = type === "datetime" || type === "timespan";
  const step = given ?? (isTime ? literal("timespan", 36_000_000_000n) : literal("long", 1n));
  if (isTime) {
    return callOf(
      "dynamic",
      `range_${type}`,
      convert(start!, type),
      convert(stop!, type),
      convert(step, "timespan"),
    );
  }
  const all = commonType([start!, stop!, step]);
  const number: ScalarType = all === "int" || all === "long" ? "long" : "real";
  return nativeCall(`n_range_${number}`, [start!, stop!, step]);
}

function rangeType(start: Expr, stop: Expr): ScalarType {
  const known = [start.type, stop.type].find((type) => type !== "dynamic") ?? "real";
  return isNumeric(known) || known === "datetime" || known === "timespan" ? known : "real";
}
