import assert from "node:assert/strict";
import { after as afterAll, test } from "node:test";
import * as fc from "fast-check";
import { sqlName, sqlText } from "./sql_text.ts";
import { openRoom, selectAll } from "./test_room.ts";

const room = openRoom();
afterAll(() => room[Symbol.asyncDispose]());

const hostile = fc.oneof(
  fc.string({ unit: "grapheme" }),
  fc.string({ unit: "binary" }),
  fc.array(fc.constantFrom("'", '"', "\\", "--", ";", "/*", "$$", "\n", "drop", "%", "E'"))
    .map((parts) => parts.join("")),
).map((text) => text.replaceAll("\0", "").toWellFormed());

test("sqlText() is one literal with exactly that text", async () => {
  await fc.assert(
    fc.asyncProperty(hostile, async (text) => {
      const rows = await selectAll(room.engine, `select ${sqlText(text)}, 1`, []);
      assert.deepEqual(rows, [[text, 1]]);
    }),
    { numRuns: 60 },
  );
});

test("sqlName() is one identifier with exactly that name", async () => {
  await fc.assert(
    fc.asyncProperty(hostile.filter((name) => name !== ""), async (name) => {
      const sql = `select ${sqlName(name)} from (select 5 as ${sqlName(name)})`;
      assert.deepEqual(await selectAll(room.engine, sql, []), [[5]]);
    }),
    { numRuns: 60 },
  );
});

test("NUL and an empty name are refused", () => {
  assert.throws(() => sqlText("a\0"), TypeError);
  assert.throws(() => sqlName("\0"), TypeError);
  assert.throws(() => sqlName(""), TypeError);
});
