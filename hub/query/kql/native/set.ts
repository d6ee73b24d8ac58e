/**
 * Functions of dynamic arrays as sets. Elements keep the order in which they came first.
 *
 * @module
 */
import { asJson, keyOf } from "./array.ts";
import { defineNative, type NativeFunction } from "./define.ts";
import { isArray, type Json } from "./json.ts";

export const SETS: readonly NativeFunction[] = [
  overArrays("n_set_union", (sets) => sets.flat()),
  overArrays(
    "n_set_intersect",
    ([first, ...rest]) =>
      first.filter((value) => rest.every((set) => keysOf(set).has(keyOf(value)))),
  ),
  overArrays("n_set_difference", ([first, ...rest]) => {
    const taken = new Set(rest.flatMap((set) => set.map(keyOf)));
    return first.filter((value) => !taken.has(keyOf(value)));
  }),
  defineNative(
    "set_has_element",
    [["dynamic", "dynamic"], "bool"],
    ([set, value]) => isArray(set) ? keysOf(set).has(keyOf(value)) : null,
  ),
  defineNative("set_equals", [["dynamic", "dynamic"], "bool"], ([a, b]) => {
    if (!isArray(a) || !isArray(b)) return null;
    return keysOf(a).symmetricDifference(keysOf(b)).size === 0;
  }),
  defineNative("jaccard_index", [["dynamic", "dynamic"], "real"], ([a, b]) => {
    if (!isArray(a) || !isArray(b)) return null;
    const [one, other] = [keysOf(a), keysOf(b)];
    return one.intersection(other).size / one.union(other).size;
  }),
];

type Sets = readonly [readonly Json[], ...(readonly Json[])[]];

/** Of the arrays among the arguments; nothing where the first is none. */
function overArrays(name: string, combine: (sets: Sets) => readonly Json[]): NativeFunction {
  return {
    name,
    parameters: [],
    variadic: "dynamic",
    result: "dynamic",
    run: (args) => {
      const [first, ...rest] = asJson(args);
      const arrays = rest.filter(isArray);
      if (first === undefined || !isArray(first)) {
        const [next, ...others] = arrays;
        return name === "n_set_union" && next !== undefined
          ? distinct(combine([next, ...others]))
          : null;
      }
      return distinct(combine([first, ...arrays]));
    },
  };
}

function keysOf(set: readonly Json[]): ReadonlySet<string> {
  return new Set(set.map(keyOf));
}

/** Each value once, where it came first. */
export function distinct(values: readonly Json[]): readonly Json[] {
  const seen = new Set<string>();
  return values.filter((value) => {
    const key = keyOf(value);
    const isNew = !seen.has(key);
    seen.add(key);
    return isNew;
  });
}
