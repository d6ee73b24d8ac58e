import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { callNative } from "./test_call.ts";

test("decimal_divide() cuts off after 18 digits and gives nothing of a division by zero", () => {
  assert.equal(callNative("decimal_divide", "1", "3"), "0.333333333333333333");
  assert.equal(callNative("decimal_divide", "-1", "4.0"), "-0.250000000000000000");
  assert.equal(callNative("decimal_divide", "1", "0.000"), null);
  assert.equal(callNative("decimal_divide", "1", null), null);
});

test("a product of decimals divided by one of them is the other", () => {
  const cents = fc.bigInt(-(10n ** 9n), 10n ** 9n).filter((value) => value !== 0n);
  const decimal = (units: bigint): string => `${units}.0`;
  fc.assert(fc.property(cents, cents, (a, b) => {
    const product = callNative("decimal_multiply", decimal(a), decimal(b));
    assert.equal(product, `${a * b}.${"0".repeat(18)}`);
    assert.equal(callNative("decimal_divide", product, decimal(a)), `${b}.${"0".repeat(18)}`);
  }));
});
