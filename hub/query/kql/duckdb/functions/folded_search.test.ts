import assert from "node:assert/strict";
import { after, test } from "node:test";
import * as fc from "fast-check";
import { openRoom, selectAll } from "../../../../store/test_room.ts";
import { textLiteral } from "../printer.ts";
import { foldedContains, rarestPiece } from "./folded_search.ts";

const room = openRoom();
after(() => room[Symbol.asyncDispose]());

test("a piece of few spellings is looked for first", () => {
  for (
    const [part, piece] of [
      ["[12345] took 99", "[123"],
      ["accepted publickey", "d p"],
      ["kiki", ""],
      ["", ""],
      ["caf\u00e9", "ca"],
    ] as const
  ) assert.equal(rarestPiece(part), piece, part);
});

test("foldedContains() finds what lower() finds, whatever folds to what", async () => {
  const unit = fc.constantFrom(
    ...Array.from("kKsSiIaAzZ1[ -'"),
    "\u212a",
    "\u017f",
    "\u0130",
    "\u0307",
    "\u00e9",
    "\u00c9",
    "\u0000",
  );
  const text = fc.string({ unit, maxLength: 8 });
  const cases = fc.array(fc.tuple(text, text), { minLength: 20, maxLength: 20 });
  await fc.assert(
    fc.asyncProperty(cases, async (pairs) => {
      const tests = pairs.flatMap(([of, sought]) => {
        const part = sought.toLowerCase();
        return [textLiteral(of + sought.toUpperCase()), textLiteral(of), textLiteral(sought)].map(
          (value) =>
            `select ${foldedContains("t", part)} = contains(lower(t), ${textLiteral(part)})
             from (select ${value} as t)`,
        );
      });
      const rows = await selectAll(room.engine, tests.join(" union all "), []);
      assert.ok(rows.every(([same]) => same === true), JSON.stringify(pairs));
    }),
    { numRuns: 25 },
  );
});
