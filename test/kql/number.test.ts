import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { openRunner } from "../conformance/kql_runner.ts";
import { testValues, valueOf } from "./kql_values.ts";

testValues("numbers", [
  ["7 / 2", 3],
  ["-7 / 2", -3],
  ["-7 % 3", 2],
  ["7 % -3", 1],
  ["1 / 0", null],
  ["1 % 0", null],
  ["1.0 / 0.0", "Infinity"],
  ["0.0 / 0.0", "NaN"],
  ["-7.5 % 2", 0.5],
  ["9223372036854775807 + 1", "-9223372036854775808"],
  ["gettype(int(1) + int(2))", "long"],
  ["gettype(1 + 2.0)", "real"],
  ["decimal(1) / decimal(4)", "0.25"],
  ["decimal(1) / decimal(3)", "0.333333333333333333"],
  ["decimal(1.5) * decimal(2.5)", "3.75"],
  ["decimal(1) / decimal(0)", null],
  ["abs(int(-2147483648))", 2147483648],
  ["abs(-1.5)", 1.5],
  ["abs(-1h)", "01:00:00"],
  ["sign(-3)", -1],
  ["ceiling(-1.1)", -1],
  ["round(2.5)", 3],
  ["round(-0.5)", -1],
  ["round(1234.567, -2)", 1200],
  ["sqrt(-1)", "NaN"],
  ["log(0)", "-Infinity"],
  ["log(-1)", "NaN"],
  ["log10(1000)", 3],
  ["log2(8)", 3],
  ["exp2(3)", 8],
  ["exp10(2)", 100],
  ["pow(2, -1)", 0.5],
  ["acos(2)", "NaN"],
  ["atan2(0, -1)", Math.PI],
  ["degrees(pi())", 180],
  ["gamma(5)", 24],
  ["gamma(-1)", "NaN"],
  ["isnan(real(nan))", true],
  ["isnan(real(null))", null],
  ["isfinite(1.0 / 0.0)", false],
  ["max_of(1, long(null), 3)", 3],
  ["min_of(int(null), 5)", 5],
  ["binary_shift_left(1, 63)", "-9223372036854775808"],
  ["binary_shift_right(-8, 1)", -4],
  ["binary_xor(5, 3)", 6],
  ["bitset_count_ones(-1)", 64],
  ["bin(-5.5, 1)", -6],
  ["bin(-7, 5)", -10],
  ["bin(10, 0)", null],
]);

testValues("comparisons", [
  ["1 == 1.0", true],
  ["1 == int(null)", false],
  ["int(null) == long(null)", null],
  ["1 != int(null)", true],
  ["1 < int(null)", null],
  ["real(nan) == real(nan)", false],
  ["real(nan) != real(nan)", true],
  ["not(bool(null))", null],
  ["bool(null) and false", false],
  ["5 between (1 .. 5)", true],
  ["5 !between (1 .. 4)", true],
  ["5 in (1, 5)", true],
  ["long(null) in (1, 5)", false],
  ["dynamic(5) == 5", true],
  ["dynamic('a') == 'a'", true],
  ["isnull('')", false],
  ["isempty('')", true],
  ["isnotempty(dynamic(null))", false],
  ["coalesce('', 'b')", "b"],
  ["coalesce(int(null), 5)", 5],
  ["iff(bool(null), 1, 2)", 2],
  ["case(false, 'a', true, 'b', 'c')", "b"],
]);

const long = fc.bigInt({ min: -(2n ** 63n) + 1n, max: 2n ** 63n - 1n });

test("sums, differences and products of whole numbers wrap around at 64 bits", async () => {
  const runner = await openRunner();
  const of = (value: unknown): bigint => BigInt(String(value));
  await fc.assert(
    fc.asyncProperty(long, long, async (a, b) => {
      const lets = `let a = ${a}; let b = ${b}; datatable (x: long, y: long) [${a}, ${b}]`;
      const outcome = await runner.run(`${lets} | project x + y, x - y, x * y`);
      assert.equal(outcome.kind, "rows");
      const row = outcome.kind === "rows" ? outcome.rows[0]! : [];
      const wrapped = [a + b, a - b, a * b].map((value) => BigInt.asIntN(64, value));
      assert.deepEqual(row.map(of), wrapped);
    }),
    { numRuns: 20 },
  );
});

test("bin() gives the multiple of its size that is not above the number and next to it", async () => {
  const runner = await openRunner();
  await fc.assert(
    fc.asyncProperty(fc.integer(), fc.integer({ min: 1 }), async (value, size) => {
      const found = Number(await valueOf(runner, `bin(${value}, ${size})`));
      assert.ok(found <= value && value < found + size && found % size === 0);
    }),
    { numRuns: 30 },
  );
});
