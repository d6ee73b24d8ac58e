import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { callNative } from "./test_call.ts";
import type { NativeValue } from "./define.ts";

type Result = string | number | bigint | boolean | null;

const CASES: readonly (readonly [Result, string, ...NativeValue[]])[] = [
  [2n, "indexof", "abcdefg", "cde", 1n, 4n],
  [2n, "indexof", "abcdefg", "cde", 1n, 2n],
  [-1n, "indexof", "abcdefg", "cde", 3n, 4n],
  [2n, "indexof", "abcdefg", "cde", -5n],
  [9n, "indexof", "abcdefgabcdefg", "cde", 1n, 12n, 2n],
  [-1n, "indexof", "abcdefgabcdefg", "cde", 1n, -1n, 3n],
  [1n, "indexof", "😀b", "b", 0n],
  [3n, "countof", "aaaa", "aa"],
  [2n, "countof", "ababa", "aba"],
  [0n, "countof", "abc", ""],
  ["dog cat", "replace_strings", "cat dog", '["cat","dog"]', '["dog","cat"]'],
  ["a-", "replace_strings", "abc", '["b","c"]', '["-"]'],
  ["abc", "replace_strings", "abc", "null", "[1]"],
  ["John", "extract_json", "$.name", '{"name":"John"}'],
  ["2", "extract_json", "$.a[1].b", '{"a":[1,{"b":2}]}'],
  ['{"b":2}', "extract_json", "$['a']", '{"a":{"b":2}}'],
  ["", "extract_json", "$.a", "{"],
];

for (const [result, name, ...args] of CASES) {
  test(`${name}() of ${args.map((arg) => JSON.stringify(String(arg))).join(" and ")} gives ${String(result)}`, () => {
    assert.equal(callNative(name, ...args), result);
  });
}

test("indexof() finds what String.indexOf() finds, in code points", () => {
  const text = fc.string({ unit: fc.constantFrom("a", "b", "é", "😀") });
  fc.assert(fc.property(text, text, (whole, part) => {
    const at = whole.indexOf(part);
    const expected = at < 0 ? -1n : BigInt(Array.from(whole.slice(0, at)).length);
    assert.equal(callNative("indexof", whole, part, 0n), expected);
  }));
});
