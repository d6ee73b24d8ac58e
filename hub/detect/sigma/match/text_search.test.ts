/**
 * Holds the search for many texts to a plain one.
 *
 * @module
 */
import assert from "node:assert/strict";
import test from "node:test";
import * as fc from "fast-check";
import { foldText } from "../regex/fold.ts";
import { type Sought, textSearch } from "./text_search.ts";

const PLACES = ["start", "end", "once", "anywhere"] as const;
const TEXT = fc.array(fc.constantFrom("a", "b", "c", "$"), { minLength: 1, maxLength: 5 })
  .map((list) => list.join(""));
const TEXTS = fc.uniqueArray(fc.record({ text: TEXT, at: fc.constantFrom(...PLACES) }), {
  maxLength: 12,
  selector: ({ text }) => text,
});
const VALUE = fc.array(fc.constantFrom("a", "b", "c", "A", "B", "$", "x"), { maxLength: 24 })
  .map((list) => list.join(""));

type Texts = readonly { readonly text: string; readonly at: Sought["at"] }[];

/** Each text and where it ends, as a search is to tell it. */
function plainly(texts: Texts, value: string): readonly string[] {
  const folded = foldText(value);
  return texts.flatMap(({ text, at }, number) => {
    const ends: number[] = [];
    for (let i = folded.indexOf(text); i >= 0; i = folded.indexOf(text, i + 1)) {
      const end = i + text.length;
      if (at === "start" ? i === 0 : at !== "end" || end === folded.length) ends.push(end);
    }
    return (at === "once" ? ends.slice(0, 1) : ends).map((end) => `${number} ${end}`);
  }).toSorted();
}

function searchOf(texts: Texts, fullEntries?: number) {
  const search = textSearch(
    texts.map(({ text, at }) => ({ bytes: Buffer.from(text), at })),
    fullEntries,
  );
  return (value: string): readonly string[] => {
    const bytes = Buffer.from(`c${value}a`);
    const found: string[] = [];
    const range = { start: 1, end: bytes.length - 1 };
    search.search(bytes, range, (number, end) => found.push(`${number} ${end - 1}`));
    return found.toSorted();
  };
}

for (const [rows, fullEntries] of [["all nodes", undefined], ["the root alone", 1]] as const) {
  test(`search() tells each text where it stands, with full rows of ${rows}`, () => {
    fc.assert(fc.property(TEXTS, fc.array(VALUE, { maxLength: 4 }), (texts, values) => {
      const search = searchOf(texts, fullEntries);
      for (const value of values) assert.deepEqual(search(value), plainly(texts, value));
    }));
  });
}

test("search() tells of bytes beyond ASCII, hasAny() of texts that may stand anywhere", () => {
  const search = textSearch([{ bytes: Buffer.from("ab"), at: "once" }]);
  const see = (value: string): readonly boolean[] => {
    const bytes = Buffer.from(value);
    const range = { start: 0, end: bytes.length };
    return [search.search(bytes, range, () => {}), search.hasAny(bytes, 0, bytes.length)];
  };
  assert.deepEqual(["xaBx", "é", "ab é", ""].map(see), [
    [false, true],
    [true, false],
    [true, true],
    [false, false],
  ]);
});
