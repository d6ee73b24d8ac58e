import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { isArray, type Json } from "../json.ts";
import { NativeError } from "../native_error.ts";
import { NATIVES } from "../natives.ts";

const { run } = NATIVES.get("n_series_fit_poly")!;

function fit(y: readonly number[], x: readonly number[] | null, degree: bigint | null) {
  const value = run([[...y], x === null ? null : [...x], degree]);
  assert.ok(isArray(value));
  return value;
}

test("series_fit_poly() gives back the polynomial that a series is of", () => {
  const factors = fc.array(fc.integer({ min: -9, max: 9 }), { minLength: 1, maxLength: 5 });
  fc.assert(
    fc.property(factors, fc.integer({ min: 6, max: 30 }), (wanted, count) => {
      const x = Array.from({ length: count }, (_, i) => i / 4 - 2);
      const y = x.map((one) => wanted.reduce((sum, factor) => sum * one + factor, 0));
      const found = fit(y, x, BigInt(wanted.length - 1))[1];
      assert.ok(isArray(found!));
      for (const [i, factor] of wanted.entries()) {
        assert.ok(
          Math.abs(Number(found[i]) - factor) < 1e-6,
          `${String(found)} for ${wanted.join()}`,
        );
      }
    }),
  );
});

test("series_fit_poly() of degree 1 is the line of series_fit_line()", () => {
  const numbers = fc.array(fc.integer({ min: -1000, max: 1000 }), { minLength: 2, maxLength: 40 });
  const line = NATIVES.get("n_series_fit_line")!;
  fc.assert(
    fc.property(numbers, (y) => {
      const [, coefficients, , rvariance] = fit(y, null, null);
      const [, slope, , rest, interception] = line.run([y]) as readonly Json[];
      assert.ok(isArray(coefficients!));
      const near = (a: Json, b: Json | undefined): boolean =>
        Math.abs(Number(a) - Number(b)) <= 1e-6 * Math.max(1, Math.abs(Number(b)));
      assert.ok(near(coefficients[0]!, slope));
      assert.ok(near(coefficients[1]!, interception));
      assert.ok(near(rvariance!, rest));
    }),
  );
});

test("series_fit_poly() gives nothing for series that are too short or do not fit together", () => {
  assert.equal(run([[1, 2], null, 2n]), null);
  assert.equal(run([[1, 2, 3], [1, 2], 1n]), null);
  assert.equal(run([[1, "x", 3], null, 1n]), null);
  assert.equal(run([null, null, 1n]), null);
});

test("series_fit_poly() refuses a degree that is out of bounds", () => {
  assert.throws(() => run([[1, 2, 3], null, 33n]), NativeError);
  assert.throws(() => run([[1, 2, 3], null, -1n]), NativeError);
});
