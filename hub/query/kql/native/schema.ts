/**
 * `buildschema`: the least schema that admits all values of a dynamic column.
 *
 * @module
 */
import { defineNative, type NativeFunction } from "./define.ts";
import { type Bag, isArray, isBag, type Json } from "./json.ts";

export const SCHEMAS: readonly NativeFunction[] = [
  defineNative(
    "buildschema",
    [["dynamic"], "dynamic"],
    ([values]) => schemaOf(isArray(values) ? values : []),
  ),
];

/** The names of types, or the schemas of members; several of them as an array. */
function schemaOf(values: readonly Json[]): Json {
  const kinds = new Set(values.flatMap(nameOf));
  const bags = values.filter(isBag);
  const arrays = values.filter(isArray);
  const schemas: Json[] = [...kinds];
  const members = new Map<string, Json>();
  for (const key of new Set(bags.flatMap((bag) => [...bag.keys()]))) {
    members.set(key, schemaOf(bags.flatMap((bag) => valueOf(bag, key))));
  }
  if (arrays.length > 0) members.set("`indexer`", schemaOf(arrays.flat()));
  if (bags.length + arrays.length > 0) schemas.push(members);
  return schemas.length === 1 ? schemas[0]! : schemas;
}

function valueOf(bag: Bag, key: string): readonly Json[] {
  const value = bag.get(key);
  return value === undefined ? [] : [value];
}

function nameOf(value: Json): readonly string[] {
  if (typeof value === "bigint") return ["long"];
  if (typeof value === "number") return ["double"];
  if (typeof value === "boolean") return ["bool"];
  if (typeof value !== "string") return [];
  return [/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/.test(value) ? "datetime" : "string"];
}
