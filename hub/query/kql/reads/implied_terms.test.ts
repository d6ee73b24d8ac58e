import assert from "node:assert/strict";
import { test } from "node:test";
import { impliedTerms } from "./implied_terms.ts";

const CASES = [
  ["has", "a b1", "a b1"],
  ["has_cs", "Izmir-1", "Izmir 1"],
  ["hasprefix", "one two", "one"],
  ["hassuffix", "one two", "two"],
  ["contains", "one two three", "two"],
  ["contains", "two", ""],
  ["contains", " two ", "two"],
  ["startswith_cs", "One two", "One"],
  ["endswith", "one Two", "two"],
  ["contains_cs", "x \u212aa y", "\u212aa"],
  ["=~", "Alpha BETA", "alpha beta"],
  // An "\u0130" is an "i" in lower case, and no letter of a term.
  ["=~", "Izmir sun", "sun"],
  ["contains", "- izmir sun -", "sun"],
  ["contains_cs", "- izmir sun -", "izmir sun"],
  ["matches regex", "one", ""],
  ["!has", "one", ""],
  ["has", "--", ""],
] as const;

for (const [operator, sought, terms] of CASES) {
  test(`${operator} "${sought}" tells of the terms "${terms}"`, () => {
    assert.equal(impliedTerms(operator, sought), terms);
  });
}
