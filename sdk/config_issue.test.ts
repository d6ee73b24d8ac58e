import assert from "node:assert/strict";
import test from "node:test";
import * as v from "valibot";
import { isKeyIssue, issuePath, issueText, mistakesText, pathText } from "./config_issue.ts";

const SCHEMA = v.strictObject({
  name: v.optional(v.string()),
  list: v.optional(v.array(v.strictObject({ on: v.boolean() }))),
  level: v.optional(v.picklist(["low", "high"])),
  rows: v.optional(v.pipe(v.number(), v.minValue(1))),
  word: v.optional(v.pipe(v.string(), v.regex(/^a/, "must start with a"))),
  map: v.optional(v.record(v.pipe(v.string(), v.regex(/^a/, "must start with a")), v.number())),
});

const CASES = [
  [{ name: {} }, "name", "is a map, must be text"],
  [{ name: [] }, "name", "is a list, must be text"],
  [{ name: null }, "name", "is empty, must be text"],
  [{ list: 5 }, "list", "is 5, must be a list"],
  [{ list: [{ on: "x" }] }, "list[0].on", 'is "x", must be true or false'],
  [{ list: [{}] }, "list[0].on", "is missing"],
  [{ level: "x" }, "level", 'is "x", must be one of "low", "high"'],
  [{ rows: 0 }, "rows", "is 0, must be 1 or more"],
  [{ word: "b" }, "word", 'is "b", must start with a'],
  [{ other: 1 }, "other", "is no setting here: remove it"],
  [{ map: { b: 1 } }, "map.b", 'is "b", must start with a'],
  [5, "", "is 5, must be a map"],
] as const;

for (const [value, path, words] of CASES) {
  test(`issueText() tells of ${JSON.stringify(value)}`, () => {
    const [issue] = v.safeParse(SCHEMA, value).issues ?? [];
    assert.deepEqual([pathText(issuePath(issue!)), issueText(issue!)], [path, words]);
  });
}

test("isKeyIssue() tells a wrong key from a wrong value", () => {
  const isKey = (value: unknown) => isKeyIssue(v.safeParse(SCHEMA, value).issues![0]);
  assert.deepEqual([{ other: 1 }, { map: { b: 1 } }, { map: { a: "" } }].map(isKey), [
    true,
    true,
    false,
  ]);
});

test("a message repeats no more than a piece of a long key or value", () => {
  const schema = v.strictObject({ level: v.picklist(["low", "high"]) });
  const long = "x".repeat(10_000);
  const issuesOf = (input: unknown) => v.safeParse(schema, input).issues ?? [];
  for (const issue of [...issuesOf({ level: long }), ...issuesOf({ level: "low", [long]: 1 })]) {
    const text = `${pathText(issuePath(issue))} ${issueText(issue)}`;
    assert.ok(text.length < 300, `${text.length} characters`);
  }
});

test("mistakesText() tells twenty mistakes and how many more there are", () => {
  const lines = Array.from({ length: 25 }, (_, i) => `line ${i}`);
  assert.equal(mistakesText("c.yaml", lines.slice(0, 2)), "line 0\nline 1");
  const told = mistakesText("c.yaml", lines).split("\n");
  assert.equal(told.length, 21);
  assert.equal(told.at(-1), "Cannot read config c.yaml: there are 5 more mistakes");
});
