import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { decodeIndex, encodeIndex, indexColumn } from "./file_index.ts";
import { hashString, hashTerms } from "./string_hash.ts";
import { wholeColumn } from "./whole_column.ts";
import { mayHold } from "./xor_filter.ts";

const column = { name: "Text", type: "text", optional: true } as const;
const encoder = new TextEncoder();

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
  const { values } = indexOf(Array.from({ length: 5_000 }, (_, i) => `id-${i}`));
  let wrong = 0;
  for (let i = 0; i < 5_000; i++) {
    if (saysYes(values.get("Text"), hashString(`other-${i}`))) wrong++;
  }
  assert.ok(wrong > 0 && wrong < 600, `${wrong} of 5,000`);
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
