import assert from "node:assert/strict";
import { test } from "node:test";
import type { Json } from "../../../sdk/table.ts";
import { judge, rowEvent } from "./judge.ts";
import type { BoundTest } from "./map/bound_rule.ts";

const TEXT = { op: "text", cased: false } as const;
const REGEX = { op: "regex", ignoreCase: false, multiLine: false, dotAll: false } as const;

/** By test: values for which it holds, and those for which it does not. */
const TESTS: readonly (readonly [BoundTest, readonly Json[], readonly Json[]])[] = [
  [{ ...TEXT, at: "whole", text: "aB" }, ["ab", "AB", ["x", "ab"]], ["abc", "", null]],
  [{ ...TEXT, at: "whole", text: "aB", cased: true }, ["aB"], ["ab"]],
  [{ ...TEXT, at: "start", text: "ÄB" }, ["äbc"], ["xäb", "a"]],
  [{ ...TEXT, at: "end", text: "b" }, ["AB"], ["ba"]],
  [{ ...TEXT, at: "within", text: "." }, ["a.b"], ["ab"]],
  [{ ...TEXT, at: "within", text: "" }, ["", "a", 0], [null]],
  [{ ...TEXT, at: "whole", text: "true" }, [true, "TRUE"], [false]],
  [
    { op: "wildcard", cased: false, parts: ["many", { text: ".a*" }, "one", { text: "/" }] },
    [".A*b/", "x\n.a*?/", ".a*😀/"],
    [".a*/", ".ab/", "x.a*b/y"],
  ],
  [{ ...REGEX, source: "a.c$" }, ["xabc"], ["ABC", "abcd", "a\nc"]],
  [{ ...REGEX, source: "(?i)a.c", dotAll: true }, ["A\nC"], ["ac"]],
  [{ ...REGEX, source: "^b", multiLine: true }, ["a\nb"], ["ab"]],
  [{ op: "cidr", network: "10.128.0.0/9" }, ["10.255.1.2", "::ffff:10.128.0.0"], [
    "10.127.0.1",
    "x",
  ]],
  [{ op: "cidr", network: "fe80::/10" }, ["fe80::1%eth0", "febf::"], ["fec0::", "10.0.0.1"]],
  [{ op: "cidr", network: "0.0.0.0/0" }, ["1.2.3.4"], ["::1"]],
  [{ op: "number", compare: "eq", value: 3 }, [3, "3", "03"], ["3a", "", "0x3", null, true]],
  [{ op: "number", compare: "gte", value: 10 }, [10, "11"], [9, "9"]],
  [{ op: "number", compare: "lt", value: -1 }, ["-1.5"], ["-1"]],
  [{ op: "null" }, [null, []], ["", 0, false]],
  [{ op: "empty" }, ["", null], [0, "a", []]],
  [{ op: "exists", wanted: true }, ["", 0, false], [null, []]],
  [{ op: "time", part: "week", compare: "eq", value: 53 }, ["2027-01-03T23:59:59Z"], [
    "2027-01-04Z",
  ]],
  [{ op: "time", part: "hour", compare: "lt", value: 6 }, ["2026-01-01T05:59:00Z"], [
    "2026-01-01T06:00:00Z",
    "x",
  ]],
];

for (const [asked, yes, no] of TESTS) {
  test(`judge() holds ${JSON.stringify(asked)} for what it means, and nothing else`, () => {
    const holds = (value: Json): boolean =>
      judge({ kind: "test", field: { column: "a" }, test: asked }, rowEvent({ a: value }));
    for (const value of yes) assert.ok(holds(value), JSON.stringify(value));
    for (const value of no) assert.ok(!holds(value), JSON.stringify(value));
  });
}

test("judge() fails every test of a missing field but that it is missing", () => {
  for (const [asked] of TESTS) {
    const holds = judge({ kind: "test", field: { column: "a" }, test: asked }, rowEvent({}));
    assert.equal(holds, asked.op === "null", JSON.stringify(asked));
  }
  const missing = { op: "exists", wanted: false } as const;
  assert.ok(judge({ kind: "test", field: { column: "a" }, test: missing }, rowEvent({ b: 1 })));
});

test("judge() follows lists on a path, and looks in no member of another name", () => {
  const row = rowEvent({ a: [{ b: [{ c: "x" }, { c: ["y", "z"] }] }, { d: { c: "w" } }] });
  assert.deepEqual(row.values({ column: "a", path: ["b", "c"] }), ["x", "y", "z"]);
  assert.deepEqual(row.values({ column: "a", path: ["c"] }), []);
  assert.deepEqual(row.values({ column: "a", path: ["toString"] }), []);
});

test("judge() looks for keywords in all values of an event", () => {
  const keyword = {
    kind: "test",
    field: undefined,
    test: { ...TEXT, at: "within", text: "x" },
  } as const;
  assert.ok(judge(keyword, rowEvent({ a: 1, b: { c: ["_", "axb"] } })));
  assert.ok(!judge(keyword, rowEvent({ x: 1, b: { x: ["_"] } })));
});

test("judge() compares a field with another", () => {
  const same = { op: "field", at: "whole", other: { column: "b" }, cased: false } as const;
  const expr = { kind: "test", field: { column: "a" }, test: same } as const;
  assert.ok(judge(expr, rowEvent({ a: "X", b: "x" })));
  assert.ok(!judge(expr, rowEvent({ a: "x", b: "xy" })));
  assert.ok(!judge(expr, rowEvent({ a: "x" })));
});

test("judge() counts with least, turns round with not, and knows what holds of nothing", () => {
  const of = ["a", "b", "c"].map((text) => ({
    kind: "test",
    field: { column: "v" },
    test: { ...TEXT, at: "within", text },
  } as const));
  const least = (v: string): boolean => judge({ kind: "least", count: 2, of }, rowEvent({ v }));
  assert.ok(least("ac"));
  assert.ok(!least("aa"));
  assert.ok(judge({ kind: "not", of: of[0]! }, rowEvent({})));
  assert.ok(judge({ kind: "and", of: [] }, rowEvent({})));
  assert.ok(!judge({ kind: "or", of: [] }, rowEvent({})));
});
