/**
 * Selects counters by globs: `*` is any text, `?` any character, case does not matter.
 *
 * Not a path's globs: counter names have slashes in them. Takes time in proportion to the product
 * of both lengths at most.
 *
 * @module
 */
import type { Reading } from "./counter.ts";

/** What a reading must be like; a part that is left out matches anything. */
export interface Selector {
  readonly object?: string | undefined;
  readonly counter?: string | undefined;
  readonly instance?: string | undefined;
}

/** Whether any of `selectors` matches. */
export function selects(selectors: readonly Selector[], reading: Reading): boolean {
  return selectors.some(({ object = "*", counter = "*", instance = "*" }) =>
    matchesText(object, reading.object) &&
    matchesText(counter, reading.counter) &&
    matchesText(instance, reading.instance)
  );
}

/** Whether the glob matches the whole of `text`. */
export function matchesText(glob: string, text: string): boolean {
  const pattern = glob.toLowerCase();
  const subject = text.toLowerCase();
  let at = 0;
  let star = -1;
  let retry = 0;
  for (let i = 0; i < subject.length;) {
    if (pattern[at] === "*") {
      star = at++;
      retry = i;
    } else if (at < pattern.length && (pattern[at] === "?" || pattern[at] === subject[i])) {
      at++;
      i++;
    } else if (star >= 0) {
      at = star + 1;
      i = ++retry;
    } else return false;
  }
  while (pattern[at] === "*") at++;
  return at === pattern.length;
}
