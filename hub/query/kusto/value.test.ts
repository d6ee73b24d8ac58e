import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { CLR_NAMES } from "../kql/types.ts";
import { cellText, datetimeText, shortClrName, timespanText } from "./value.ts";

const CELLS = [
  [true, "bool", "true"],
  [42, "int", "42"],
  [9223372036854775807n, "long", "9223372036854775807"],
  [1.5, "real", "1.5"],
  [NaN, "real", '"NaN"'],
  [Infinity, "real", '"Infinity"'],
  [-Infinity, "real", '"-Infinity"'],
  ["1.25", "decimal", '"1.25"'],
  ['a"\n', "string", '"a\\"\\n"'],
  [null, "string", '""'],
  [null, "long", "null"],
  [null, "dynamic", "null"],
  [{ a: [1, null] }, "dynamic", '{"a":[1,null]}'],
  [17_673_302_451_234_567n, "datetime", '"2026-01-02T05:04:05.1234567Z"'],
  [0n, "datetime", '"1970-01-01T00:00:00Z"'],
  [-621_355_968_000_000_000n, "datetime", '"0001-01-01T00:00:00Z"'],
  [937_845_000_000n, "timespan", '"1.02:03:04.5000000"'],
  [-10_000_000n, "timespan", '"-00:00:01"'],
] as const;

for (const [value, type, text] of CELLS) {
  test(`cellText() writes ${String(value)} of type ${type} as ${text}`, () => {
    assert.equal(cellText(value, type), text);
  });
}

test("datetimeText() tells every tick of four digit years", () => {
  const ticks = fc.bigInt({ min: -621_355_968_000_000_000n, max: 2_534_023_007_999_999_999n });
  fc.assert(fc.property(ticks, (value) => {
    const match = /^(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2})(?:\.(\d{0,6}[1-9]))?Z$/.exec(
      datetimeText(value),
    );
    const [, moment = "", fraction = ""] = match ?? [];
    const ms = BigInt(Date.parse(`${moment}Z`));
    assert.equal(ms * 10_000n + BigInt(fraction.padEnd(7, "0")), value);
  }));
});

test("timespanText() tells every tick", () => {
  const ticks = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
  fc.assert(fc.property(ticks, (value) => {
    const match = /^(-?)(?:(\d+)\.)?(\d{2}):(\d{2}):(\d{2})(?:\.(\d{7}))?$/.exec(
      timespanText(value),
    );
    const [sign, days, hours, minutes, seconds, rest] = match!.slice(1).map((part) => part ?? "0");
    const whole = ((BigInt(days!) * 24n + BigInt(hours!)) * 60n + BigInt(minutes!)) * 60n +
      BigInt(seconds!);
    const ticksOf = whole * 10_000_000n + BigInt(rest!);
    assert.equal(sign === "-" ? -ticksOf : ticksOf, value);
  }));
});

test("CLR_NAMES and shortClrName() are .NET's names", () => {
  assert.equal(CLR_NAMES.bool, "System.SByte");
  assert.equal(shortClrName("decimal"), "SqlDecimal");
});
