/**
 * Functions of text.
 *
 * @module
 */
import { scalar, type ScalarFunction } from "./define.ts";

export const TEXTS: readonly (readonly [string, ScalarFunction])[] = [
  scalar("strcat", [["string"], "string"], { repeats: 1 }),
  scalar("strlen", [["string"], "long"]),
  scalar("tolower", [["string"], "string"]),
  scalar("toupper", [["string"], "string"]),
  scalar("substring", [["string", "long", "long"], "string"]),
  scalar("replace_string", [["string", "string", "string"], "string"]),
  scalar("extract", [["string", "long", "string"], "string"]),
  scalar("split", [["string", "string", "long"], "dynamic"]),
];
