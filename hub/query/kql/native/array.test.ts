import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { callNative, elementsOf } from "./test_call.ts";
import type { NativeValue } from "./define.ts";
import { isArray, writeJson } from "./json.ts";

type Result = string | number | bigint | boolean | null;

const CASES: readonly (readonly [Result, string, ...NativeValue[]])[] = [
  ["[1,2,1.0]", "array_concat", "[1,2]", null, "[1.0]"],
  [null, "array_concat", null, '"a"'],
  ["[1,20,3]", "array_iff", "[true,false,1]", "[1,2,3]", "[10,20,30]"],
  ['["y","n",null]', "array_iff", '[true,0,"x"]', '"y"', '"n"'],
  ["[1,null]", "array_iff", "[true,true]", "[1]", "[2]"],
  [1n, "array_index_of", "[5,15]", "15.0"],
  [-1n, "array_index_of", "[5,15]", '"15"'],
  [4n, "array_index_of", '["a","b","a","c","b"]', '"b"', -3n],
  [4n, "array_index_of", '["a","b","a","c","b"]', '"b"', 0n, -1n, 2n],
  [-1n, "array_index_of", '["a","b","a","c","b"]', '"b"', 2n, 2n],
  [null, "array_index_of", '"b"', '"b"'],
  ["[4,5]", "array_slice", "[1,2,3,4,5]", -2n, -1n],
  ["[1,2]", "array_slice", "[1,2]", 0n, 100n],
  ["[]", "array_slice", "[1,2]", 0n, -5n],
  ["[]", "array_slice", "[1,2]", 7n, 9n],
  ["[[1,2],[3,4,5],[6]]", "array_split", "[1,2,3,4,5,6]", "[2,5]"],
  ["[[1,2],[3]]", "array_split", "[1,2,3]", "-1"],
  ["[3,null,null]", "array_shift_left", "[1,2,3]", 2n],
  ['["c","",""]', "array_shift_left", '["a","b","c"]', 2n],
  ["[-1,1,2]", "array_shift_right", "[1,2,3]", 1n, "-1"],
  ["[3,-1,-1]", "array_shift_right", "[1,2,3]", -2n, "-1"],
  ["[3,1,2]", "array_rotate_left", "[1,2,3]", -1n],
  ["[]", "array_rotate_right", "[]", 2n],
  ["[3,2,1]", "array_reverse", "[1,2,3]"],
  [6.5, "array_sum", '[1,2.5,"x",3]'],
  ["1--3", "strcat_array", "[1,null,3]", "-"],
  ['[["A",{}],[1,"B"],[1.5,null]]', "zip", '["A",1,1.5]', '[{},"B"]'],
  ['["x","x"]', "repeat", '"x"', 2n],
  [null, "repeat", '"x"', -1n],
  ["[1,4,7]", "range_long", 1n, 8n, 3n],
  ["[3,1]", "range_long", 3n, 0n, -2n],
  ["[]", "range_long", 3n, 0n, 2n],
  ["[0.0,0.5,1.0]", "range_real", 0, 1, 0.5],
];

for (const [result, name, ...args] of CASES) {
  test(`${name}() of ${args.join(" and ")} gives ${String(result)}`, () => {
    assert.equal(callNative(name, ...args), result);
  });
}

test("range_long() refuses a step of 0", () => {
  assert.throws(() => callNative("range_long", 1n, 2n, 0n), { name: "NativeError" });
});

const array = fc.array(fc.oneof(fc.constant(null), fc.bigInt(-9n, 9n), fc.string()));

test("an array that is rotated to the left and back is what it was", () => {
  fc.assert(fc.property(array, fc.bigInt(-50n, 50n), (values, count) => {
    const json = writeJson(values);
    const there = callNative("array_rotate_left", json, count);
    assert.equal(callNative("array_rotate_right", there, count), json);
  }));
});

test("the parts of an array in a row are the array", () => {
  fc.assert(fc.property(array, fc.nat(20), (values, at) => {
    const json = writeJson(values);
    const parts = callNative("array_split", json, String(at));
    const joined = elementsOf(parts).flatMap((part) => isArray(part) ? part : []);
    assert.equal(writeJson(joined), json);
  }));
});

test("array_sort_asc() sorts numbers by size and keeps each element", () => {
  const number = fc.oneof(
    fc.bigInt(-99n, 99n),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
  );
  fc.assert(fc.property(fc.array(number), (values) => {
    const [sorted = null] = elementsOf(callNative("array_sort_asc", true, writeJson(values)));
    assert.ok(isArray(sorted));
    // JSON has no zero below zero.
    const expected = values.map((value) => Number(value) + 0).toSorted((a, b) => a - b);
    assert.deepEqual(sorted.map((value) => Number(value) + 0), expected);
  }));
});

const SORTED: readonly (readonly [string, string, ...NativeValue[]])[] = [
  ["[[1,2,3,null]]", "array_sort_asc", null, "[null,3,1,2]"],
  ["[[null,1,2,3]]", "array_sort_asc", false, "[null,3,1,2]"],
  ["[[3,2,1,null]]", "array_sort_desc", true, "[null,3,1,2]"],
  ['[[1,2],["b","a"],null]', "array_sort_asc", true, "[2,1]", '["a","b"]', "[1]"],
  ['[["B","a"]]', "array_sort_asc", true, '["a","B"]'],
  ["[null]", "array_sort_asc", true, '"x"'],
];

for (const [result, name, ...args] of SORTED) {
  test(`${name}() of ${args.join(" and ")} gives ${String(result)}`, () => {
    assert.equal(callNative(name, ...args), result);
  });
}
