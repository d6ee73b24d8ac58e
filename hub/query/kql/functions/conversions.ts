/**
 * Functions that convert, and those that ask for the absent.
 *
 * @module
 */
import type { ScalarType } from "../types.ts";
import { convert } from "./convert.ts";
import { scalar, type ScalarFunction } from "./define.ts";

const TARGETS: Readonly<Record<string, ScalarType>> = {
  tobool: "bool",
  toboolean: "bool",
  toint: "int",
  tolong: "long",
  toreal: "real",
  todouble: "real",
  todecimal: "decimal",
  tostring: "string",
  todatetime: "datetime",
  totimespan: "timespan",
  totime: "timespan",
  toguid: "guid",
};

const TO_TYPES = Object.entries(TARGETS).map(([name, type]) =>
  scalar(name, [["any"], type], { lower: ({ args }) => convert(args[0]!, type) })
);

export const CONVERSIONS: readonly (readonly [string, ScalarFunction])[] = [
  ...TO_TYPES,
  scalar("isnull", [["any"], "bool"]),
  scalar("isnotnull", [["any"], "bool"]),
  scalar("notnull", [["any"], "bool"], { as: "isnotnull" }),
  scalar("isempty", [["string"], "bool"]),
  scalar("isnotempty", [["string"], "bool"]),
  scalar("notempty", [["string"], "bool"], { as: "isnotempty" }),
  scalar("coalesce", [["common", "common"], "common"], { repeats: 1 }),
  scalar("estimate_data_size", [["any"], "long"], { repeats: 1 }),
  scalar("assert", [["bool", "string"], "bool"]),
  scalar("gettype", [["any"], "string"]),
];
