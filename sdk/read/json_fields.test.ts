import assert from "node:assert/strict";
import test from "node:test";
import { fieldPath, JsonFields, type JsonObject } from "./json_fields.ts";
import { boolOf, intOf, longOf, realOf } from "./typed_value.ts";

test("JsonFields takes members out, and the objects that are empty then", () => {
  const object: JsonObject = { a: { b: { c: 1 }, d: 2 }, "x.y": 3, x: { y: 4 }, n: null };
  const fields = new JsonFields(object);
  assert.equal(fields.take(fieldPath("a.b.c"), longOf), 1);
  assert.equal(fields.take(fieldPath("x.y"), longOf), 3);
  assert.equal(fields.take(fieldPath("x.y"), longOf), 4);
  assert.equal(fields.take(fieldPath("a.d"), boolOf), undefined);
  assert.equal(fields.take(fieldPath("n"), () => 1), undefined);
  assert.deepEqual(fields.rest(), { a: { d: 2 }, n: null });
});

test("JsonFields finds nothing that an object has from elsewhere", () => {
  const fields = new JsonFields({ a: {} });
  for (const name of ["toString", "__proto__", "a.constructor", "a.__proto__.x", ""]) {
    assert.equal(fields.at(fieldPath(name)), undefined, name);
  }
});

test("longOf(), intOf(), realOf() and boolOf() take what is of their type, nothing else", () => {
  assert.equal(longOf("9223372036854775807"), 9223372036854775807n);
  assert.equal(longOf("9223372036854775808"), undefined);
  assert.equal(longOf(1.5), undefined);
  assert.equal(intOf(2_147_483_647), 2_147_483_647);
  assert.equal(intOf(2_147_483_648), undefined);
  assert.equal(realOf("1e400"), undefined);
  assert.equal(realOf(".5"), 0.5);
  assert.equal(realOf("0x10"), undefined);
  assert.equal(boolOf("T"), true);
  assert.equal(boolOf("maybe"), undefined);
  assert.equal(boolOf([]), undefined);
});
