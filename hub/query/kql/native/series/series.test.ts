import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { callForNumbers, callNative, textOf } from "../test_call.ts";

const TRAFFIC =
  "[80,139,87,110,68,54,50,51,53,133,86,141,97,156,94,149,95,140,77,61,50,54,47,133,72,152,94,148," +
  "105,162,101,160,87,63,53,55,54,151,103,189,108,183,113,175,113,178,90,71,62,62,65,165,109,181," +
  "115,182,121,178,114,170]";
const HOLES = "[null,111,null,36,41,null,null,16,61,33,null,null]";

/** Documented examples. */
const FACTS: readonly (readonly [string, readonly (string | number | boolean | null)[], string])[] =
  [
    ["series_add", ["[1,2,4]", "[4,2,1]"], "[5,4,5]"],
    ["series_add", ["[1,2.5,null,3]", "[4,2,1]"], "[5,4.5,null,null]"],
    ["series_multiply", ["[1,2,4]", "3"], "[3,6,12]"],
    ["series_divide", ["[1,2,4]", "[4,2,1]"], "[0.25,1.0,4.0]"],
    ["series_pow", ["[1,2,3,4]", "[1,2,3,0.5]"], "[1.0,4.0,27.0,2.0]"],
    ["series_less_equals", ["[1,2,4]", "[4,2,1]"], "[true,true,false]"],
    ["series_not_equals", ["[1,2,4]", "[4,2,1]"], "[true,false,true]"],
    ["series_abs", ['[-6.5,0,8,"x"]'], "[6.5,0,8,null]"],
    ["series_sign", ["[-6,0,8]"], "[-1,0,1]"],
    ["series_ceiling", ["[-1.5,1,2.5]"], "[-1.0,1.0,3.0]"],
    ["series_log", ["[-1,0,1]"], '["NaN","-Infinity",0.0]'],
    ["series_fill_forward", [HOLES, null], "[null,111,111,36,41,41,41,16,61,33,33,33]"],
    ["series_fill_backward", [HOLES, null], "[111,111,36,36,41,16,16,16,61,33,null,null]"],
    ["series_fill_const", [HOLES, "0.0"], "[0,111,0,36,41,0,0,16,61,33,0,0]"],
    ["series_fill_const", ["[1,-1,2]", "0", "-1"], "[1,0,2]"],
    ["series_fill_linear", [HOLES], "[111,111,73,36,41,32,24,16,61,33,33,33]"],
    ["series_fill_linear", ["[null,111.0,null,36.0]", null, false], "[null,111.0,73.5,36.0]"],
    ["series_fill_linear", ["[null,null]", null, true, "3.14159"], "[3.14159,3.14159]"],
    ["series_fir", ["[0,0,10,20,40]", "[1,1]"], "[0.0,0.0,5.0,15.0,30.0]"],
    ["series_fir", ["[0,0,2,2,3]", "[1,-1]", false, false], "[0.0,0.0,2.0,0.0,1.0]"],
    ["series_iir", ["[10,30,0]", "[1]", "[1,-1]"], "[10.0,40.0,40.0]"],
    [
      "series_seasonal",
      ["[8,12,14,12,10,10,12,14,12,10,10,12,14,12,10,10,12,14,12,10]"],
      "[10.0,12.0,14.0,12.0,10.0,10.0,12.0,14.0,12.0,10.0,10.0,12.0,14.0,12.0,10.0,10.0,12.0,14.0,12.0,10.0]",
    ],
    [
      "series_seasonal",
      ["[1,3,5,2,4,6,1,3,5,2,4,6]"],
      "[0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0]",
    ],
  ];

for (const [name, args, expected] of FACTS) {
  test(`${name}(${args.join(", ")}) gives ${expected}`, () => {
    assert.equal(callNative(name, ...args), expected);
  });
}

test("series_seasonal() takes a period that is given", () => {
  const series = "[1,3,5,2,4,6,1,3,5,2,4,6]";
  assert.deepEqual(
    callForNumbers("series_seasonal", series, 3n),
    [1.5, 3.5, 5.5, 1.5, 3.5, 5.5, 1.5, 3.5, 5.5, 1.5, 3.5, 5.5],
  );
});

test("what is no array has no series", () => {
  for (const name of ["series_abs", "series_stats", "series_fit_line", "series_seasonal"]) {
    assert.equal(callNative(name, '{"a":1}'), null);
    assert.equal(callNative(name, null), null);
  }
  assert.equal(callNative("series_add", "1", "2"), null);
});

test("series_stats() and series_stats_dynamic() give the documented statistics", () => {
  const series = "[23,46,23,87,4,8,3,75,2,56,13,75,32,16,29]";
  const stats = [2, 8, 87, 3, 32.8, 28.50363385354827, 812.4571428571429];
  for (const [i, value] of stats.entries()) {
    near((callForNumbers("series_stats", series) as number[])[i], value);
  }
  assert.equal(
    callNative("series_stats_dynamic", "[10,20]"),
    '{"min":10.0,"min_idx":0,"max":20.0,"max_idx":1,"avg":15.0,"stdev":7.0710678118654755,' +
      '"variance":50.0,"sum":30.0,"len":2}',
  );
  assert.equal(callNative("series_stats", "[1,null]"), null);
  assert.deepEqual(callForNumbers("series_stats", "[null,5]", true), [5, 1, 5, 1, 5, 0, 0]);
});

test("products and similarities are the documented ones", () => {
  assert.equal(callNative("series_dot_product", "[1,2,4]", "[4,2,1]"), 12);
  assert.equal(callNative("series_dot_product", "[1,2,4]", "1"), 7);
  assert.equal(callNative("series_dot_product", "[1,2,4]", "[1]"), null);
  assert.equal(callNative("series_magnitude", "[1,2,3,4]"), 5.477225575051661);
  near(
    callNative("series_cosine_similarity", "[0.1,0.2,0.1,0.2]", "[1,2,3,4]"),
    0.9237604307034012,
  );
  near(callNative("series_pearson_correlation", "[0,0,5]", "[0,0,5]"), 1);
  assert.equal(callNative("series_sum", "[1,2,3.5]"), 6.5);
  assert.equal(callNative("series_product", "[2,2.5]"), 5);
});

test("series_fit_line() gives the documented line", () => {
  const result = callForNumbers("series_fit_line", "[2,5,6,8,11,15,17,18,25,26,30,30]") as number[];
  const expected = [0.982900730884447, 2.730769230769231, 98.62878787878789, 1.686480186480187];
  for (const [i, value] of expected.entries()) near(result[i], value);
  near(result[4], -1.6666666666666716);
  near((result[5] as unknown as number[])[11], 31.102564102564102);
});

test("series_fit_2lines() breaks the documented series in two", () => {
  const series = "[1,2.2,2.5,4.7,5.0,12,10.3,10.3,9,8.3,6.2]";
  const points = (callForNumbers("series_fit_2lines", series) as number[][])[4]!;
  const expected = [0.98, 2.03, 3.08, 4.13, 5.18, 11.942857142857143, 10.905714285714286];
  for (const [i, value] of expected.entries()) near(points[i], value);
  const bag = callForNumbers("series_fit_2lines_dynamic", series) as Record<string, unknown>;
  assert.deepEqual(bag.line_fit, points);
  assert.equal(bag.split_idx, 5);
});

test("series_periods_detect() finds the documented week, and only it", () => {
  const [periods, scores] = callForNumbers(
    "series_periods_detect",
    TRAFFIC,
    0,
    50,
    2n,
  ) as number[][];
  assert.deepEqual(periods, [14, 0]);
  assert.ok(scores![0]! > 0.7 && scores![1] === 0);
});

test("series_periods_validate() scores a period that is there and none that is not", () => {
  const [periods, scores] = callForNumbers(
    "series_periods_validate",
    TRAFFIC,
    14,
    10,
    3,
  ) as number[][];
  assert.deepEqual(periods, [14, 10, 3]);
  assert.ok(scores![0]! > 0.7);
  assert.deepEqual(scores!.slice(1), [0, 0]);
});

test("series_decompose() parts add up, and its season is the median of each place", () => {
  const values = fc.array(fc.integer({ min: -1000, max: 1000 }), { minLength: 1, maxLength: 60 });
  fc.assert(fc.property(values, fc.integer({ min: 0, max: 9 }), (series, period) => {
    for (const kind of ["avg", "linefit", "none"]) {
      const parts = callForNumbers(
        "series_decompose",
        JSON.stringify(series),
        BigInt(period),
        kind,
      );
      const [baseline, seasonal, trend, rest] = parts as number[][];
      for (const [at, value] of series.entries()) {
        near(baseline![at], seasonal![at]! + trend![at]!);
        near(baseline![at]! + rest![at]!, value);
        if (period > 0) assert.equal(seasonal![at], seasonal![at % period]);
      }
    }
  }));
});

test("series_decompose_anomalies() marks the dip and the spike of a weekly series", () => {
  const series = Array.from(
    { length: 840 },
    (_, t) =>
      (Math.floor(t / 24) % 7 >= 5 ? 10 : 15) - Math.floor(t % 24 / 10) ** 2 + Math.sin(t * t) / 2,
  );
  series[150]! -= 8;
  series[300]! += 8;
  const [flags, scores, baseline] = callForNumbers(
    "series_decompose_anomalies",
    textOf(series),
    3,
  ) as number[][];
  assert.equal(flags![150], -1);
  assert.equal(flags![300], 1);
  assert.equal(flags!.filter((flag) => flag !== 0).length, 2);
  assert.ok(scores![300]! > 3);
  assert.equal(baseline!.length, 840);
});

test("series_decompose_forecast() learns nothing from the points to forecast", () => {
  const series = [...Array.from({ length: 20 }, (_, t) => t % 5 + t), ...Array(5).fill(0)];
  const forecastOf = (values: readonly number[]): number[] => {
    const parts = callForNumbers(
      "series_decompose_forecast",
      JSON.stringify(values),
      5n,
      5n,
      "linefit",
    );
    return (parts as number[][])[0]!;
  };
  const forecast = forecastOf(series);
  const untouched = forecastOf([...series.slice(0, 20), 9, 9, 9, 9, 9]);
  assert.deepEqual(forecast, untouched);
  assert.ok(forecast[24]! > forecast[19]!);
});

test("series_outliers() scores Tukey's own kind in ranges between the quartiles", () => {
  assert.deepEqual(
    callForNumbers("series_outliers", "[0,1,2,3,4,null,14,-5]", "tukey"),
    [-0.5 / 3, 0, 0, 0, 0.5 / 3, 0, 10.5 / 3, -5.5 / 3],
  );
  assert.throws(() => callNative("series_outliers", "[1]", "other"), { code: "value" });
  assert.throws(() => callNative("series_outliers", "[1]", "ctukey", null, 5, 95), {
    code: "value",
  });
});

test("series_ifft() takes back what series_fft() made, at any length", () => {
  const values = fc.array(fc.integer({ min: -1000, max: 1000 }), { minLength: 1, maxLength: 40 });
  fc.assert(fc.property(values, (series) => {
    const [real, imaginary] = callForNumbers("series_fft", JSON.stringify(series)) as number[][];
    near(real![0], series.reduce((sum, value) => sum + value, 0), 1e-6);
    const back = callForNumbers("series_ifft", JSON.stringify(real), JSON.stringify(imaginary));
    for (const [at, value] of series.entries()) near((back as number[][])[0]![at], value, 1e-6);
  }));
});

test("series_fft() is the sum that defines it", () => {
  const series = [3, 1, 4, 1, 5, 9, 2];
  const [real, imaginary] = callForNumbers("series_fft", JSON.stringify(series)) as number[][];
  for (let k = 0; k < series.length; k++) {
    const angle = (n: number): number => -2 * Math.PI * k * n / series.length;
    near(real![k], series.reduce((sum, x, n) => sum + x * Math.cos(angle(n)), 0));
    near(imaginary![k], series.reduce((sum, x, n) => sum + x * Math.sin(angle(n)), 0));
  }
});

test("more periods than are validated at once are refused", () => {
  assert.throws(
    () => callNative("series_periods_validate", TRAFFIC, ...Array<number>(17).fill(14)),
    {
      code: "value",
    },
  );
});

test("a filter over its bound is refused", () => {
  const filter = JSON.stringify(Array(1025).fill(1));
  assert.throws(() => callNative("series_fir", "[1]", filter), { code: "value" });
  assert.throws(() => callNative("series_iir", "[1]", filter, "[1]"), { code: "value" });
});

test("a series of 200,000 elements has a fit, periods and outliers", () => {
  const series = textOf(Float64Array.from({ length: 200_000 }, (_, i) => i % 1000));
  assert.equal((callForNumbers("series_fit_2lines", series) as unknown[]).length, 15);
  assert.deepEqual(
    (callForNumbers("series_periods_detect", series, 10, 2000, 1n) as number[][])[0],
    [1000],
  );
  assert.equal((callForNumbers("series_outliers", series) as unknown[]).length, 200_000);
});

function near(actual: unknown, expected: number, tolerance = 1e-9): void {
  const error = Math.abs(Number(actual) - expected);
  assert.ok(error <= tolerance * Math.max(1, Math.abs(expected)), `${String(actual)} ${expected}`);
}
