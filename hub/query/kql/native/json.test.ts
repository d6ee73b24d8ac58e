import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type Json, parseJson, writeJson } from "./json.ts";

const json: fc.Arbitrary<Json> = fc.letrec<{ value: Json }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.constant(null),
    fc.boolean(),
    fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
    fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value === 0 ? 0 : value),
    fc.string({ unit: "binary" }),
    fc.array(tie("value"), { maxLength: 5 }),
    fc.uniqueArray(fc.tuple(fc.string(), tie("value")), { maxLength: 5, selector: ([key]) => key })
      .map((members) => new Map(members)),
  ),
})).value;

test("parseJson() gives back what writeJson() wrote, with the order of keys", () => {
  fc.assert(fc.property(json, (value) => {
    const text = writeJson(value);
    assert.deepEqual(parseJson(text), value);
    assert.equal(writeJson(parseJson(text)), text);
  }));
});

test("parseJson() takes and refuses what JSON.parse() does", () => {
  const text = fc.oneof(
    fc.json(),
    fc.string({ unit: fc.constantFrom(...Array.from('[]{},:"\\ \t\n-+.0123456789eEtrufalsn')) }),
    fc.tuple(fc.json(), fc.nat(), fc.string({ maxLength: 2 })).map(([whole, at, piece]) =>
      whole.slice(0, at % whole.length) + piece + whole.slice(at % whole.length)
    ),
  );
  const accepts = (parse: (text: string) => unknown, input: string): boolean => {
    try {
      parse(input);
      return true;
    } catch {
      return false;
    }
  };
  fc.assert(
    fc.property(text, (input) => {
      assert.equal(accepts(parseJson, input), accepts(JSON.parse, input), input);
    }),
    { numRuns: 2000 },
  );
});

test("a whole number outside 64 bits is a real, and what is not finite is written as a string", () => {
  assert.equal(parseJson("9223372036854775808"), 9223372036854775808);
  assert.equal(writeJson([NaN, Infinity, 1e300, 1, 1n]), '["NaN","Infinity",1e+300,1.0,1]');
});
