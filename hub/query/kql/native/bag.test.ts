import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { callNative, elementsOf } from "./test_call.ts";
import type { NativeValue } from "./define.ts";
import { writeJson } from "./json.ts";

type Result = string | number | bigint | boolean | null;

const CASES: readonly (readonly [Result, string, ...NativeValue[]])[] = [
  ['["b","a"]', "bag_keys", '{"b":1,"a":2}'],
  [null, "bag_keys", "[1]"],
  [true, "bag_has_key", '{"a":{"b":null}}', "a"],
  [true, "bag_has_key", '{"a":{"b":null}}', "$.a.b"],
  [true, "bag_has_key", '{"a":[{"c d":1}]}', "$.a[0]['c d']"],
  [false, "bag_has_key", '{"a":{"b":null}}', "b"],
  ['{"a":1,"b":2,"c":3}', "bag_merge", '{"a":1,"b":2}', null, '{"b":9,"c":3}'],
  [null, "bag_merge", null, "1"],
  ["{}", "bag_merge_all", "[null]"],
  ['{"k":1}', "bag_merge_all", '[{"k":1},{"k":2},5]'],
  ['{"b":{"d":1}}', "bag_remove_keys", '{"a":1,"b":{"c":2,"d":1}}', '["a","$.b.c","x"]'],
  ['{"a":1,"b":{"c":2}}', "bag_remove_keys", '{"a":1,"b":{"c":2}}', '["$.x.c"]'],
  ['{"a":1,"b":2}', "bag_set_key", '{"a":1}', "b", "2"],
  ['{"a":{"b":2}}', "bag_set_key", '{"a":{"b":1}}', "$.a.b", "2"],
  ['{"a":1,"b":"x","c":null}', "bag_zip", '["a","b",8,"c"]', '[1,"x",2]'],
  [null, "bag_zip", '"a"', "[1]"],
  ['{"1":2,"a":null}', "bag_pack", '"1"', "2", '"a"', null],
  ['{"a":0}', "bag_without_empty", '{"a":0,"b":"","c":null}'],
  [
    `["['p']","['p'][0]","['p'][0]['x']","['q']"]`,
    "treepath",
    '{"p":[100,"abc",{"x":"y"}],"q":1}',
  ],
  ['{"a":[{"c":1,"d":2}],"b":1.0}', "dynamic_to_json", '{"b":1.0,"a":[{"d":2,"c":1}]}'],
  ["[1,2,4,8]", "set_union", "[1,2,1,4]", "[1.0,2]", "[8]"],
  ["[1]", "set_union", null, "[1,1]"],
  ["[]", "set_intersect", "[1,2]", "[2,3]", "[4]"],
  ["[2]", "set_intersect", "[1,2,2]", "[2,3]"],
  ["[1,2]", "set_difference", "[null,1,null,2,1]", "[null]"],
  [true, "set_has_element", "[1,2]", "2"],
  [null, "set_has_element", "1", "1"],
  [true, "set_equals", "[1,2,2]", "[2,1]"],
  [0.5, "jaccard_index", "[1,2,3]", "[2,3,4]"],
  ['{"x":["long","double"],"y":"string"}', "buildschema", '[{"x":1},{"x":0.5,"y":"a"}]'],
  ['{"z":{"`indexer`":["long","string"]}}', "buildschema", '[{"z":[1,"a"]},null]'],
];

for (const [result, name, ...args] of CASES) {
  test(`${name}() of ${args.join(" and ")} gives ${String(result)}`, () => {
    assert.equal(callNative(name, ...args), result);
  });
}

const set = fc.array(fc.oneof(fc.bigInt(-5n, 5n), fc.constantFrom("a", "b"), fc.constant(null)));

test("a union has each element of the intersection and of both differences once", () => {
  fc.assert(fc.property(set, set, (a, b) => {
    const [one, other] = [writeJson(a), writeJson(b)];
    const size = (name: string, ...args: readonly string[]): number =>
      elementsOf(callNative(name, ...args)).length;
    assert.equal(
      size("set_union", one, other),
      size("set_intersect", one, other) + size("set_difference", one, other) +
        size("set_difference", other, one),
    );
  }));
});
