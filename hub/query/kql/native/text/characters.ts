/**
 * Text by its characters: `unicode_codepoints_*`, `translate`.
 *
 * @module
 */
import { defineNative, defineVariadic, type NativeFunction } from "../define.ts";
import { isArray, type Json, writeJson } from "../json.ts";
import { NativeError } from "../native_error.ts";

export const CHARACTERS: readonly NativeFunction[] = [
  defineNative(
    "unicode_codepoints_from_string",
    [["string"], "dynamic"],
    ([text]) => Array.from(text, (character) => BigInt(character.codePointAt(0)!)),
  ),
  defineVariadic(
    "unicode_codepoints_to_string",
    [[], "dynamic", "string"],
    (_none, codes) =>
      codes.flatMap((code): readonly Json[] => isArray(code) ? code : [code]).map(characterOf)
        .join(""),
  ),
  defineNative("translate", [["string", "string", "string"], "string"], ([from, to, text]) => {
    const [wanted, given] = [Array.from(from), Array.from(to)];
    const places = new Map<string, string>();
    for (const [at, character] of wanted.entries()) {
      if (!places.has(character)) {
        places.set(character, given[Math.min(at, given.length - 1)] ?? "");
      }
    }
    return Array.from(text, (character) => places.get(character) ?? character).join("");
  }),
];

function characterOf(code: Json): string {
  if (code === null) return "";
  const number = Number(code);
  if (!Number.isInteger(number) || number < 0 || number > 0x10ffff) {
    throw new NativeError(`Cannot make text: ${writeJson(code)} is no code point`);
  }
  return String.fromCodePoint(number);
}
