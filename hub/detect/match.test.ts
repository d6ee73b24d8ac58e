import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { markEntries, matches, type TextOp } from "./match.ts";

const text = fc.string({ unit: fc.constantFrom("a", "b", "é"), maxLength: 5 });
const MEANING: Readonly<Record<TextOp, (value: string, literal: string) => boolean>> = {
  eq: (value, literal) => value === literal,
  in: (value, literal) => value === literal,
  ne: (value, literal) => value === literal,
  startswith: (value, literal) => value.startsWith(literal),
  endswith: (value, literal) => value.endsWith(literal),
  contains: (value, literal) => value.includes(literal),
};

for (const op of Object.keys(MEANING) as TextOp[]) {
  test(`matches() and markEntries() judge ${op} as strings would`, () => {
    const literal = text.filter((s) => s !== "");
    fc.assert(
      fc.property(
        fc.array(text),
        fc.array(literal, { minLength: 1, maxLength: 3 }),
        (all, some) => {
          let end = 0;
          const ends = Uint32Array.from(all, (s) => end += Buffer.byteLength(s));
          const strings = { bytes: Buffer.from(all.join("")), ends };
          const pattern = { op, literals: some.map((s) => Buffer.from(s)) };
          const marks = new Uint8Array(all.length);
          markEntries(strings, pattern, marks);
          for (const [i, value] of all.entries()) {
            const wanted = some.some((s) => MEANING[op](value, s)) !== (op === "ne");
            assert.equal(matches(strings, i, pattern), wanted);
            assert.equal(marks[i] === 1, wanted);
          }
        },
      ),
      { numRuns: 100 },
    );
  });
}
