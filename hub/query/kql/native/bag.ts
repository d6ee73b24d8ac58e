/**
 * Functions of dynamic bags.
 *
 * @module
 */
import { asJson, plainText } from "./array.ts";
import { defineNative, type NativeFunction } from "./define.ts";
import { type Bag, isArray, isBag, type Json, writeJson } from "./json.ts";
import { isPath, readPath, removePath, setPath, stepsOf } from "./json_path.ts";

export const BAGS: readonly NativeFunction[] = [
  defineNative(
    "bag_keys",
    [["dynamic"], "dynamic"],
    ([bag]) => isBag(bag) ? [...bag.keys()] : null,
  ),
  defineNative("bag_has_key", [["dynamic", "string"], "bool"], ([bag, key]) => {
    if (!isBag(bag)) return null;
    return isPath(key) ? readPath(bag, stepsOf(key)) !== undefined : bag.has(key);
  }),
  {
    name: "n_bag_merge",
    parameters: [],
    variadic: "dynamic",
    result: "dynamic",
    run: (args) => merged(asJson(args)),
  },
  defineNative(
    "bag_merge_all",
    [["dynamic"], "dynamic"],
    ([bags]) => (isArray(bags) ? merged(bags) : null) ?? new Map(),
  ),
  defineNative("bag_remove_keys", [["dynamic", "dynamic"], "dynamic"], ([bag, keys]) => {
    if (!isBag(bag)) return null;
    return (isArray(keys) ? keys : []).reduce<Json>((left, key) => {
      if (typeof key !== "string") return left;
      return removePath(left, isPath(key) ? stepsOf(key) : [key]);
    }, bag);
  }),
  defineNative(
    "bag_set_key",
    [["dynamic", "string", "dynamic"], "dynamic"],
    ([bag, key, value]) => {
      if (!isBag(bag)) return null;
      return setPath(bag, isPath(key) ? stepsOf(key) : [key], value);
    },
  ),
  defineNative("bag_zip", [["dynamic", "dynamic"], "dynamic"], ([keys, values]) => {
    if (!isArray(keys)) return null;
    const array = isArray(values) ? values : [];
    return new Map(
      keys.flatMap((key, i): readonly [string, Json][] =>
        typeof key === "string" ? [[key, array[i] ?? null]] : []
      ),
    );
  }),
  {
    name: "n_bag_pack",
    parameters: [],
    variadic: "dynamic",
    result: "dynamic",
    run: (args) => {
      const values = asJson(args);
      const pairs = Array.from(
        { length: Math.floor(values.length / 2) },
        (_, i) => [plainText(values[2 * i]!), values[2 * i + 1]!] as const,
      );
      return new Map(pairs);
    },
  },
  defineNative("bag_without_empty", [["dynamic"], "dynamic"], ([bag]) => {
    if (!isBag(bag)) return null;
    return new Map([...bag].filter(([, value]) => value !== null && value !== ""));
  }),
  defineNative(
    "treepath",
    [["dynamic"], "dynamic"],
    ([value]) => value === null ? null : [...new Set(pathsIn(value, ""))],
  ),
  defineNative(
    "dynamic_to_json",
    [["dynamic"], "string"],
    ([value]) => value === null ? "" : writeJson(sorted(value)),
  ),
];

/** The first value of each key. */
function merged(values: readonly Json[]): Bag | null {
  const bags = values.filter(isBag);
  if (bags.length === 0) return null;
  const all = new Map<string, Json>();
  for (const bag of bags) {
    for (const [key, value] of bag) if (!all.has(key)) all.set(key, value);
  }
  return all;
}

/** Elements of an array stand for one another: their index is 0. */
function pathsIn(value: Json, path: string): readonly string[] {
  const inner = isBag(value)
    ? [...value].flatMap(([key, member]) => pathsIn(member, `${path}['${key}']`))
    : isArray(value)
    ? value.flatMap((member) => pathsIn(member, `${path}[0]`))
    : [];
  return path === "" ? inner : [path, ...inner];
}

function sorted(value: Json): Json {
  if (isArray(value)) return value.map(sorted);
  if (!isBag(value)) return value;
  const members = [...value].map(([key, member]) => [key, sorted(member)] as const);
  return new Map(members.toSorted(([a], [b]) => a < b ? -1 : 1));
}
