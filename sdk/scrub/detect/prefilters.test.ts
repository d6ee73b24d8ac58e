/**
 * What detectors look at first only saves work: held here to expressions that say the same without.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { findAll } from "./scan.ts";

/** What is found in `text` of one kind, kept or not. */
function found(text: string, what: string): readonly string[] {
  const bytes = Buffer.from(text);
  return findAll(bytes, 0, bytes.length).filter((find) => find.what === what)
    .map(({ start, end }) => bytes.subarray(start, end).toString());
}

/** `parts` in any order and number, as one text. */
const textOf = (parts: readonly string[], most: number): fc.Arbitrary<string> =>
  fc.array(fc.constantFrom(...parts), { maxLength: most }).map((words) => words.join(""));

const CUE =
  /(phone|tel|telephone|mobile|cell|fax|caller|callee|calling|called|msisdn|telefon|handy|rufnummer)[a-z_ ]{0,10}["']?\.?\s?[:=#]?\s?["'+(]?$/i;
const WORDS = ["phone", "Tel", "fax", "called", "con", "te", "l", "of ", "_", "is", "x"];
const BETWEEN = [
  "",
  " ",
  "  ",
  ":",
  "=",
  ": ",
  " = '",
  '".',
  "#",
  "(",
  "'",
  ". ",
  "          ",
  "! ",
];

test("a number alone is a telephone's where a word directly before it says so, however far", () => {
  fc.assert(
    fc.property(textOf(WORDS, 6), textOf(BETWEEN, 3), (words, between) => {
      const before = `${words}${between}`.slice(-32);
      // What makes it part of something longer, of a URI or of brackets is another rule's.
      fc.pre(!/[a-z_\d]$|[#@\\%+(]$|[a-z_\d][-./]$|\d:$|tel:$/i.test(before));
      const expected = CUE.test(before) ? ["1234567"] : [];
      assert.deepEqual(found(`${before}1234567,`, "phone"), expected);
    }),
    { numRuns: 2_000 },
  );
});

const OCTET = "(?:0|[1-9]\\d?|1\\d\\d|2[0-4]\\d|25[0-5])";
const QUAD = new RegExp(`^${OCTET}(?:\\.${OCTET}){3}$`);

test("four numbers are an address where each is below 256 and has no leading zero", () => {
  const part = fc.oneof(
    fc.nat({ max: 300 }).map(String),
    fc.constantFrom("", "00", "01", "0", "9999"),
  );
  fc.assert(
    fc.property(fc.array(part, { minLength: 3, maxLength: 5 }), (parts) => {
      const text = parts.join(".");
      fc.pre(!text.startsWith(".") && !text.endsWith("."));
      assert.deepEqual(found(`<${text}>`, "ip"), QUAD.test(text) ? [text] : []);
    }),
    { numRuns: 2_000 },
  );
});

for (
  const [text, expected] of [
    ["call (030) 123456", ["(030) 123456"]],
    ["call (03012) 123456", ["(03012) 123456"]],
    ["call (030123) 123456", []],
    ["(555) 123-4567", ["(555) 123-4567"]],
    ["call 12 34 5", []],
    ["call 12 34 56", ["12 34 56"]],
  ] as const
) {
  test(`groups of digits: ${text}`, () => {
    assert.deepEqual(found(text, "phone"), expected);
  });
}
