import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { NativeValue } from "../define.ts";
import { callNative } from "../test_call.ts";

/** Documented examples, and values of published tables. */
const FACTS: readonly (readonly [string, readonly NativeValue[], number])[] = [
  ["gamma", [5], 24],
  ["gamma", [0.5], 1.772453850905516],
  ["gamma", [-1.5], 2.363271801207355],
  ["gamma", [170.5], 5.562092414559999e305],
  ["gamma", [0], NaN],
  ["loggamma", [100], 359.1342053695754],
  ["loggamma", [0.5], 0.5723649429247001],
  ["erf", [-3], -0.9999779095030014],
  ["erf", [1], 0.8427007929497149],
  ["erf", [4], 0.9999999845827421],
  ["erfc", [0.5], 0.4795001221869535],
  ["erfc", [5], 1.5374597944280349e-12],
  ["beta_pdf", [0.5, 10, 20], 0.746176019310951],
  ["beta_pdf", [1.5, 10, 20], NaN],
  ["beta_cdf", [0.9, 10, 20], 0.9999999999999593],
  ["beta_cdf", [0.5, 2, 3], 0.6875],
  ["beta_cdf", [0.1, -1, 20], NaN],
  ["beta_inv", [0.1, 10, 20], 0.22641502238874864],
  ["beta_inv", [0.5, 1, 1], 0.5],
  ["welch_test", [10, 2, 20, 11, 3, 25], 0.038763389014300056],
  ["convert_angle", [1.2, "Degree", "Arcminute"], 72],
  ["convert_angle", [1, "Revolution", "Radian"], 6.283185307179586],
  ["convert_energy", [1.2, "Joule", "BritishThermalUnit"], 0.00113738054437598],
  ["convert_force", [1.2, "Newton", "Decanewton"], 0.12],
  ["convert_length", [1.2, "Meter", "Foot"], 3.9370078740157477],
  ["convert_mass", [1.2, "Kilogram", "Pound"], 2.6455471462185307],
  ["convert_speed", [1.2, "MeterPerSecond", "CentimeterPerHour"], 432000],
  ["convert_temperature", [1.2, "Kelvin", "DegreeCelsius"], -271.95],
  ["convert_temperature", [100, "DegreeCelsius", "DegreeFahrenheit"], 212],
  ["convert_temperature", [100, "DegreeCelsius", "DegreeDelisle"], 0],
  ["convert_temperature", [100, "DegreeCelsius", "DegreeRoemer"], 60],
  ["convert_volume", [1.2, "CubicMeter", "AcreFoot"], 0.0009728559],
];

for (const [name, args, expected] of FACTS) {
  test(`${name}(${args.join(", ")}) gives ${expected}`, () => {
    near(callNative(name, ...args), expected, 1e-7);
  });
}

test("an absent number and a name that is no unit give no value", () => {
  assert.equal(callNative("gamma", null), null);
  assert.equal(callNative("beta_cdf", 0.5, null, 1), null);
  assert.equal(callNative("convert_length", 1, "Meter", "meter"), null);
  assert.equal(callNative("convert_temperature", null, "Kelvin", "Kelvin"), null);
});

test("bitset_count_ones() counts, also in a negative number", () => {
  assert.equal(callNative("bitset_count_ones", 42n), 3n);
  assert.equal(callNative("bitset_count_ones", -1n), 64n);
  assert.equal(callNative("bitset_count_ones", null), null);
});

test("erf() and erfc() are one together, and gamma() grows by its argument", () => {
  fc.assert(fc.property(fc.double({ min: -6, max: 6, noNaN: true }), (x) => {
    near(Number(callNative("erf", x)) + Number(callNative("erfc", x)), 1, 1e-14);
    if (Math.abs(x - Math.round(x)) > 1e-3) {
      near(callNative("gamma", x + 1), x * Number(callNative("gamma", x)), 1e-9);
    }
  }));
});

test("beta_cdf() and beta_inv() of shapes that no real can sum up are no number", () => {
  assert.ok(Number.isNaN(callNative("beta_cdf", 0.5, 2e293, Number.MAX_VALUE)));
  assert.ok(Number.isNaN(callNative("beta_cdf", 0.5, Infinity, 1)));
  assert.ok(Number.isNaN(callNative("beta_inv", 0.5, Number.MAX_VALUE, Number.MAX_VALUE)));
});

test("beta_inv() takes back what beta_cdf() made", () => {
  const shape = fc.double({ min: 0.5, max: 50, noNaN: true });
  const place = fc.double({ min: 0.01, max: 0.99, noNaN: true });
  fc.assert(fc.property(place, shape, shape, (x, a, b) => {
    const p = Number(callNative("beta_cdf", x, a, b));
    assert.ok(p >= 0 && p <= 1);
    if (p > 1e-6 && p < 1 - 1e-6) near(callNative("beta_inv", p, a, b), x, 1e-6);
  }));
});

function near(actual: NativeValue, expected: number, tolerance: number): void {
  if (Number.isNaN(expected)) return assert.ok(Number.isNaN(actual));
  const error = Math.abs(Number(actual) - expected);
  assert.ok(error <= tolerance * Math.max(Math.abs(expected), 1e-12), `${String(actual)}`);
}
