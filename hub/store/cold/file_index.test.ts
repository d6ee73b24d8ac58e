import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { decodeIndex, encodeIndex, indexColumn } from "./file_index.ts";
import { hashString, hashTerms } from "./string_hash.ts";
import { wholeColumn } from "./whole_column.ts";
import { mayHold } from "./xor_filter.ts";

const column = { name: "Text", type: "text", optional: true } as const;
const encoder = new TextEncoder();

const OLD_INDEX =
  "Q0lYMZ8X2iERAAAAkpOkVGV4dAAak6RUZXh0ARwBAAAADAAAAAAAAAAAAAAAAAAAAACAAAwAAAEAAAAN" +
  "AAAAAAAAAAAAAAAAoAAAAADACAAAAAA=";

/** The filters of a column of `texts`. */
function indexOf(texts: readonly string[]) {
  const parts = texts.map((text) => encoder.encode(text));
  let end = 0;
  const ends = Uint32Array.from(parts, ({ length }) => (end += length));
  const strings = { bytes: Buffer.concat(parts), ends };
  const part = { form: "text", rows: texts.length, strings, absent: undefined } as const;
  const index = decodeIndex(encodeIndex(indexColumn(column, wholeColumn("text", [part]))));
  assert.ok(index !== undefined);
  return index;
}

function saysYes(filter: Uint8Array | undefined, hashes: ReturnType<typeof hashString>): boolean {
  if (filter === undefined) return true;
  return hashes.first.every((first, i) => mayHold(filter, first, hashes.second[i]!));
}

test("an index never rules out a value that is there, and most that are not", () => {
  fc.assert(fc.property(fc.array(fc.string({ unit: "binary" }), { maxLength: 300 }), (texts) => {
    const { values } = indexOf(texts);
    for (const text of texts) assert.ok(saysYes(values.get("Text"), hashString(text)));
  }));
  const ids = Array.from({ length: 5_000 }, (_, i) => `id-${i}`);
  const wrong = ({ values }: ReturnType<typeof indexOf>): number =>
    ids.filter((_, i) => saysYes(values.get("Text"), hashString(`other-${i}`))).length;
  // One in 256 of what tells one row, one in 16 of what tells several.
  const few = wrong(indexOf(ids));
  assert.ok(few > 0 && few < 60, `${few} of 5,000`);
  const many = wrong(indexOf([...ids, ...ids]));
  assert.ok(many > 100 && many < 600, `${many} of 5,000`);
});

test("the filter of values that are one word each answers for words too", () => {
  const { terms } = indexOf(["abc1", "def2", "ghi3"]);
  assert.ok(saysYes(terms.get("Text"), hashTerms("ABC1")));
  assert.ok(["x1", "x2", "x3"].some((word) => !saysYes(terms.get("Text"), hashTerms(word))));
  assert.equal(indexOf(["ABC1", "def2"]).terms.get("Text"), undefined);
});

test("an index of an older hub is read as it was written", () => {
  // Written by 0.2's encodeIndex() of ["alpha beta", "gamma", "alpha beta"].
  const old = Buffer.from(OLD_INDEX, "base64");
  const { values, terms } = decodeIndex(old)!;
  for (const text of ["alpha beta", "gamma"]) {
    assert.ok(saysYes(values.get("Text"), hashString(text)));
  }
  for (const word of ["alpha", "beta"]) assert.ok(saysYes(terms.get("Text"), hashTerms(word)));
  const others = Array.from({ length: 200 }, (_, i) => `other-${i}`);
  const wrong = others.filter((text) => saysYes(values.get("Text"), hashString(text))).length;
  assert.ok(wrong < 60, `${wrong} of 200`);
});

test("an index never rules out a text that has the words of a query", () => {
  const unit = fc.constantFrom(
    "a",
    "K",
    "k",
    "\u212a",
    "\u017f",
    "s",
    "7",
    "-",
    " ",
    "é",
    "“",
    "日",
  );
  const text = fc.string({ unit, maxLength: 12 });
  fc.assert(
    fc.property(fc.array(text, { minLength: 1, maxLength: 20 }), text, (texts, needle) => {
      const escaped = Array.from(needle, (letter) => `\\u{${letter.codePointAt(0)!.toString(16)}}`);
      const word = new RegExp(
        `(?:^|[^\\p{L}\\p{N}])${escaped.join("")}(?:$|[^\\p{L}\\p{N}])`,
        "iu",
      );
      const { terms } = indexOf(texts);
      if (!texts.some((one) => word.test(one))) return;
      assert.ok(saysYes(terms.get("Text"), hashTerms(needle)), needle);
    }),
    { numRuns: 2_000 },
  );
});

test("an index with one wrong bit rules nothing out", () => {
  const bytes = Buffer.from(encodeIndex([
    { column: "Text", kind: "values", filter: Uint8Array.of(1, 2, 3) },
  ]));
  assert.deepEqual([...decodeIndex(bytes)!.values.keys()], ["Text"]);
  fc.assert(fc.property(fc.nat({ max: bytes.length * 8 - 1 }), (bit) => {
    const broken = Buffer.from(bytes);
    broken[bit >>> 3]! ^= 1 << (bit & 7);
    assert.equal(decodeIndex(broken), undefined);
  }));
});
