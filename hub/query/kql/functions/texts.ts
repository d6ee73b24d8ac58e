/**
 * Functions of text.
 *
 * @module
 */
import { callOf, type Expr, literal } from "../plan.ts";
import { convert } from "./convert.ts";
import { type FunctionCall, type ParameterRule, scalar, type ScalarFunction } from "./define.ts";
import { nativeCall } from "./native_call.ts";
import { constantText } from "./constant.ts";
import { scalarTypeOf } from "../types.ts";

const POSITIONS: readonly ParameterRule[] = ["string", "string", "long", "long", "long"];

export const TEXTS: readonly (readonly [string, ScalarFunction])[] = [
  scalar("strcat", [["string"], "string"], { repeats: 1 }),
  scalar("strcat_delim", [["string", "string"], "string"], { repeats: 1 }),
  scalar("strcmp", [["string", "string"], "long"]),
  scalar("strrep", [["string", "long", "string"], "string"]),
  scalar("strlen", [["string"], "long"]),
  scalar("string_size", [["string"], "long"]),
  scalar("tolower", [["string"], "string"]),
  scalar("toupper", [["string"], "string"]),
  scalar("reverse", [["string"], "string"]),
  scalar("isascii", [["string"], "bool"]),
  scalar("isutf8", [["string"], "bool"]),
  scalar("substring", [["string", "long", "long"], "string"]),
  scalar("indexof", [POSITIONS, "long"], { lower: indexOf }),
  scalar("indexof_regex", [POSITIONS, "long"]),
  scalar("has_any_index", [["string", "dynamic"], "long"]),
  scalar("split", [["string", "string", "long"], "dynamic"]),
  scalar("replace_string", [["string", "string", "string"], "string"]),
  scalar("replace_strings", [["string", "dynamic", "dynamic"], "string"], {
    native: "n_replace_strings",
  }),
  scalar("replace_regex", [["string", "string", "string"], "string"]),
  scalar("replace", [["string", "string", "string"], "string"], {
    lower: ({ args: [pattern, rewrite, text] }) =>
      callOf("string", "replace_regex", text!, pattern!, rewrite!),
  }),
  scalar("translate", [["string", "string", "string"], "string"]),
  scalar("trim", [["string", "string"], "string"]),
  scalar("trim_start", [["string", "string"], "string"]),
  scalar("trim_end", [["string", "string"], "string"]),
  scalar("countof", [["string", "string", "string"], "long"], { lower: countOf }),
  scalar("regex_quote", [["string"], "string"]),
  scalar("extract", [["string", "long", "string", "any"], "bound"], { lower: extract }),
  scalar("extract_all", [["string", "any", "string"], "dynamic"], { lower: extractAll }),
  scalar("extractall", [["string", "any", "string"], "dynamic"], { lower: extractAll }),
  scalar("extract_json", [["string", "string", "any"], "bound"], { lower: extractJson }),
  scalar("extractjson", [["string", "string", "any"], "bound"], { lower: extractJson }),
  scalar("tohex", [["any", "long"], "string"], { lower: toHex }),
  scalar("new_guid", [[], "guid"]),
];

function indexOf({ args }: FunctionCall): Expr {
  if (args.length === 2) return callOf("long", "indexof", ...args);
  return nativeCall("n_indexof", args);
}

/** Places may overlap, but for patterns and for a text that cannot overlap itself. */
function countOf({ args: [text, search, kind] }: FunctionCall): Expr {
  if (kind !== undefined && constantText(kind)?.toLowerCase() === "regex") {
    return callOf("long", "countof_regex", text!, search!);
  }
  return nativeCall("n_countof", [text!, search!]);
}

/** With a type, the text is converted to it. */
function extract({ args: [pattern, group, text, type] }: FunctionCall): Expr {
  return typed(callOf("string", "extract", pattern!, group!, text!), type);
}

function extractJson({ args: [path, text, type] }: FunctionCall): Expr {
  return typed(nativeCall("n_extract_json", [path!, text!]), type);
}

function typed(expr: Expr, type: Expr | undefined): Expr {
  const name = type === undefined ? undefined : constantText(type);
  return name === undefined ? expr : convert(expr, scalarTypeOf(name) ?? "string");
}

function extractAll({ args }: FunctionCall): Expr {
  const text = convert(args.at(-1)!, "string");
  return callOf("dynamic", "extract_all", args[0]!, ...args.slice(1, -1), text);
}

/** An int has 8 digits at most. */
function toHex({ args: [value, ...rest] }: FunctionCall): Expr {
  const whole = value!.type === "int"
    ? callOf("long", "binary_and", convert(value!, "long"), literal("long", 0xffffffffn))
    : convert(value!, "long");
  return callOf("string", "tohex", whole, ...rest);
}
