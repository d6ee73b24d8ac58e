/**
 * Functions that look for one text in another, where the position or the count is what matters.
 * Positions count code points.
 *
 * @module
 */
import { plainText, windowOf } from "./array.ts";
import { defineNative, type NativeFunction } from "./define.ts";
import { isArray, type Json, parseJson } from "./json.ts";
import { readPath, stepsOf } from "./json_path.ts";
import { NativeError } from "./native_error.ts";

export const TEXT_SEARCHES: readonly NativeFunction[] = [
  defineNative(
    "indexof",
    [["string", "string", "long", "long", "long"], "long"],
    ([text, match, ...where]) => BigInt(indexOf(Array.from(text), Array.from(match), where)),
  ),
  defineNative(
    "countof",
    [["string", "string"], "long"],
    ([text, search]) => BigInt(countOf(text, search)),
  ),
  defineNative(
    "replace_strings",
    [["string", "dynamic", "dynamic"], "string"],
    (args) => replaceStrings(...args),
  ),
  defineNative("extract_json", [["string", "string"], "string"], ([path, text]) => {
    const value = readPath(jsonOf(text), stepsOf(path));
    return value === undefined ? "" : plainText(value);
  }),
];

function indexOf(
  text: readonly string[],
  match: readonly string[],
  where: readonly (bigint | null)[],
): number {
  const { start, end, occurrence } = windowOf(text.length, where);
  let left = occurrence;
  for (let at = start; at < Math.max(end, 1) && at + match.length <= text.length; at++) {
    if (match.every((one, i) => text[at + i] === one) && --left === 0) return at;
  }
  return -1;
}

/** Places may overlap. */
function countOf(text: string, search: string): number {
  if (search === "") return 0;
  let count = 0;
  for (let at = text.indexOf(search); at >= 0; at = text.indexOf(search, at + 1)) count++;
  return count;
}

/** All at once: what was put in is not looked at again. */
function replaceStrings(text: string, lookups: Json, rewrites: Json): string {
  if (!isArray(lookups) || !isArray(rewrites)) return text;
  const pairs = lookups.map((lookup, i) => [plainText(lookup), plainText(rewrites[i] ?? "")])
    .filter(([lookup]) => lookup !== "");
  let result = "";
  for (let at = 0; at < text.length;) {
    const pair = pairs.find(([lookup = ""]) => text.startsWith(lookup, at));
    result += pair?.[1] ?? text[at];
    at += pair?.[0]?.length ?? 1;
  }
  return result;
}

function jsonOf(text: string): Json {
  try {
    return parseJson(text);
  } catch (error) {
    if (error instanceof NativeError) return null;
    throw error;
  }
}
