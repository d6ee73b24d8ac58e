/**
 * Functions of dynamic values.
 *
 * @module
 */
import { scalar, type ScalarFunction } from "./define.ts";

export const DYNAMICS: readonly (readonly [string, ScalarFunction])[] = [
  scalar("parse_json", [["any"], "dynamic"]),
  scalar("parsejson", [["any"], "dynamic"]),
  scalar("todynamic", [["any"], "dynamic"]),
  scalar("toobject", [["any"], "dynamic"]),
  scalar("array_length", [["dynamic"], "long"]),
  scalar("pack_array", [["dynamic"], "dynamic"], { repeats: 1 }),
  scalar("bag_pack", [["string", "dynamic"], "dynamic"], { repeats: 2 }),
  scalar("pack_dictionary", [["string", "dynamic"], "dynamic"], { repeats: 2 }),
  scalar("pack", [["string", "dynamic"], "dynamic"], { repeats: 2 }),
  scalar("bag_keys", [["dynamic"], "dynamic"]),
];
