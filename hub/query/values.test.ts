import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { isoOf, jsonOf, ticksOf } from "./values.ts";

test("ticksOf() reads what isoOf() writes, for every time of 64 bits of ticks", () => {
  // The end is that of JavaScript's dates, which lies within 64 bits of ticks.
  const most = 8_640_000_000_000_000n * 10_000n;
  fc.assert(
    fc.property(fc.bigInt({ min: -most / 10n, max: most / 10n }), (ticks) => {
      assert.equal(ticksOf(isoOf(ticks)), ticks);
    }),
  );
});

for (
  const [text, ticks] of [
    ["1970-01-01T00:00:00Z", 0n],
    ["1970-01-01T00:00Z", 0n],
    ["1970-01-01T02:00:00+02:00", 0n],
    ["1970-01-01T00:00:00.0000001Z", 1n],
    ["1970-01-01T00:00:01.5Z", 15_000_000n],
    ["1969-12-31T23:59:59.9999999Z", -1n],
    ["1970-01-01T00:00:00", undefined],
    ["yesterday", undefined],
    ["1970-13-01T00:00:00Z", undefined],
  ] as const
) {
  test(`ticksOf() reads ${text} as ${ticks}`, () => assert.equal(ticksOf(text), ticks));
}

test("jsonOf() rounds nothing", () => {
  assert.equal(jsonOf("9007199254740991", "long"), 9_007_199_254_740_991);
  assert.equal(jsonOf("9007199254740993", "long"), "9007199254740993");
  assert.equal(jsonOf(Infinity, "real"), "Infinity");
  assert.equal(jsonOf("-1", "datetime"), "1969-12-31T23:59:59.9999999Z");
  assert.deepEqual(jsonOf('{"a":[1]}', "dynamic"), { a: [1] });
  assert.equal(jsonOf(null, "dynamic"), null);
});
