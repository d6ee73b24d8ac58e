import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { openRunner } from "../conformance/kql_runner.ts";
import { testValues, valueOf } from "./kql_values.ts";

testValues("conversions", [
  ["tostring(true)", "True"],
  ["tostring(dynamic(true))", "true"],
  ["tostring(1.0)", "1.0"],
  ["tostring(1e20)", "1E+20"],
  ["tostring(0.00001)", "1E-05"],
  ["tostring(-0.0)", "-0.0"],
  ["tostring(real(-inf))", "-inf"],
  ["tostring(1d + 2s)", "1.00:00:02"],
  ["tostring(datetime(0001-01-01 00:00:00.0000001))", "0001-01-01T00:00:00.0000001Z"],
  ["tostring(decimal(1.50))", "1.5"],
  ["tostring(int(null))", ""],
  ["tostring(dynamic({'a': [1, 2.0]}))", '{"a":[1,2.0]}'],
  ["toint(' 45 ')", 45],
  ["toint('3.9')", null],
  ["toint('2147483648')", null],
  ["toint(2147483648)", -2147483648],
  ["toint(-1.9)", -1],
  ["toint(1e19)", 2147483647],
  ["tolong('0x1F')", 31],
  ["tolong('0xFFFFFFFFFFFFFFFF')", -1],
  ["tolong('9223372036854775808')", null],
  ["tolong(real(inf))", null],
  ["tolong(datetime(2020-01-01))", "637134336000000000"],
  ["tolong(dynamic('42'))", 42],
  ["tolong(dynamic(1.9))", 1],
  ["tolong(dynamic([1]))", null],
  ["toreal('1e3')", 1000],
  ["toreal('-inf')", "-Infinity"],
  ["toreal('abc')", null],
  ["tobool('tRuE')", true],
  ["tobool('-1')", true],
  ["tobool(' true')", null],
  ["tobool(0.5)", true],
  ["tobool(dynamic(0))", false],
  ["todatetime('2020-06-15 13:45')", "2020-06-15T13:45:00.0000000Z"],
  ["todatetime('15/01/2024 12:35:35')", "2024-01-15T12:35:35.0000000Z"],
  ["todatetime('2020-02-30')", null],
  ["totimespan('1.02:03:04.5')", "1.02:03:04.5000000"],
  ["totimespan('1d')", "1.00:00:00"],
  ["totimespan(864000000000)", "1.00:00:00"],
  ["toguid('0123456789ab-cdef-0123-456789abcdef')", "01234567-89ab-cdef-0123-456789abcdef"],
  ["toguid('no')", null],
  ["todecimal('3.25')", "3.25"],
  ["gettype(parse_json('1.5'))", "double"],
  ["gettype(dynamic([]))", "array"],
  ["gettype(dynamic({}))", "dictionary"],
  ["gettype(dynamic(null))", "null"],
]);

test("a number is what its text says, and a text of a time is that time", async () => {
  const runner = await openRunner();
  const real = fc.double({ noNaN: true, noDefaultInfinity: true });
  const time = fc.date({
    min: new Date("0001-01-01T00:00:00Z"),
    max: new Date("9999-12-31T23:59:59Z"),
    noInvalidDate: true,
  });
  await fc.assert(
    fc.asyncProperty(real, time, async (number, date) => {
      const kql =
        `datatable (r: real, t: datetime) [real(${number}), datetime(${date.toISOString()})] | project toreal(tostring(r)) == r and todatetime(tostring(t)) == t`;
      const outcome = await runner.run(kql);
      assert.deepEqual(outcome.kind === "rows" ? outcome.rows : outcome, [[true]]);
    }),
    { numRuns: 30 },
  );
});

test("a span is what its text says", async () => {
  const runner = await openRunner();
  const ticks = fc.bigInt({ min: -(2n ** 63n) + 1n, max: 2n ** 63n - 1n });
  await fc.assert(
    fc.asyncProperty(ticks, async (value) => {
      const expression = `tolong(totimespan(tostring(totimespan(tolong('${value}')))))`;
      assert.equal(String(await valueOf(runner, expression)), String(value));
    }),
    { numRuns: 30 },
  );
});
