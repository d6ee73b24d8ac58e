/**
 * Whole terms that a text has for which an operator on text holds.
 *
 * A term is what the index of a cold file takes for one (`hub/store/cold/string_hash.ts`): a
 * longest run of ASCII letters and digits. What is sought tells the whole of one only where it also
 * tells what stands on both its sides.
 *
 * @module
 */

/** How an operator compares, and which sides of what is sought are sides of a term too. */
interface Search {
  /** Through `lower()`, else by a pattern or to the letter. */
  readonly isFolded: boolean;
  readonly start: boolean;
  readonly end: boolean;
}

const SEARCHES: ReadonlyMap<string, Search> = new Map([
  ["=~", { isFolded: true, start: true, end: true }],
  ["has", { isFolded: false, start: true, end: true }],
  ["has_cs", { isFolded: false, start: true, end: true }],
  ["hasprefix", { isFolded: false, start: true, end: false }],
  ["hasprefix_cs", { isFolded: false, start: true, end: false }],
  ["hassuffix", { isFolded: false, start: false, end: true }],
  ["hassuffix_cs", { isFolded: false, start: false, end: true }],
  ["contains", { isFolded: true, start: false, end: false }],
  ["contains_cs", { isFolded: false, start: false, end: false }],
  ["startswith", { isFolded: true, start: true, end: false }],
  ["startswith_cs", { isFolded: false, start: true, end: false }],
  ["endswith", { isFolded: true, start: false, end: true }],
  ["endswith_cs", { isFolded: false, start: false, end: true }],
]);

/** With KELVIN SIGN and LATIN SMALL LETTER LONG S, which fold to letters of ASCII. */
const LETTER = "[0-9A-Za-z\\u212a\\u017f]";
const FIRST = new RegExp(`^${LETTER}+`);
const LAST = new RegExp(`${LETTER}+$`);
const TERMS = new RegExp(`${LETTER}+`, "g");

/**
 * Those of `sought`, with blanks between them; empty where nothing is known. `operator` is the name
 * of the plan's call.
 */
export function impliedTerms(operator: string, sought: string): string {
  const search = SEARCHES.get(operator);
  if (search === undefined) return "";
  let text = search.isFolded ? sought.toLowerCase() : sought;
  if (!search.start) text = text.replace(FIRST, "");
  if (!search.end) text = text.replace(LAST, "");
  const terms = text.match(TERMS) ?? [];
  // LATIN CAPITAL LETTER I WITH DOT ABOVE is an "i" in lower case, and no letter to the index.
  return terms.filter((term) => !search.isFolded || !/i/i.test(term)).join(" ");
}
