/**
 * Which stored functions a text may call, by the words in it.
 *
 * @module
 */
import type { SchemaFunction } from "./syntax.ts";

const WORD = /[A-Za-z_]\w*/g;

/**
 * The functions that `text` names, and those that they name, each behind what it names. A name that
 * is something else there, such as a column, is among them too.
 */
export function usedFunctions(
  text: string,
  functions: ReadonlyMap<string, SchemaFunction>,
): readonly SchemaFunction[] {
  const used = new Map<string, SchemaFunction>();
  const seen = new Set<string>();
  const visit = (words: string): void => {
    for (const name of new Set(words.match(WORD))) {
      const found = functions.get(name);
      if (found === undefined || seen.has(name)) continue;
      seen.add(name);
      visit(found.parameters + found.body);
      used.set(name, found);
    }
  };
  visit(text);
  return [...used.values()];
}
