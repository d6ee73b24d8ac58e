/**
 * The shape of a bag: what its members are called and of which types.
 *
 * @module
 */
import type { ScalarType } from "../types.ts";
import { defineNative, type NativeFunction } from "./define.ts";
import { isArray, isBag, type Json, writeJson } from "./json.ts";

export const BAG_SHAPES: readonly NativeFunction[] = [
  defineNative("bag_shape", [["dynamic", "dynamic"], "string"], ([bag, ignored]) => {
    if (!isBag(bag)) return "[]";
    const left = new Set(isArray(ignored) ? ignored : []);
    const members = [...bag].filter(([name, value]) => value !== null && !left.has(name))
      .map(([name, value]) => [name, typeOf(value)]);
    return writeJson(members.toSorted(([a], [b]) => a! < b! ? -1 : 1));
  }),
];

function typeOf(value: Json): ScalarType {
  switch (typeof value) {
    case "string":
      return "string";
    case "boolean":
      return "bool";
    case "bigint":
      return "long";
    case "number":
      return "real";
    default:
      return "dynamic";
  }
}
