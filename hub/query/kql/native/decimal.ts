/**
 * Products and quotients of decimals, which the engine has as reals alone.
 *
 * Decimals have 18 digits after the point; what is beyond is cut off.
 *
 * @module
 */
import { defineNative, type NativeFunction } from "./define.ts";

const SCALE = 18;
const ONE = 10n ** BigInt(SCALE);

export const DECIMALS: readonly NativeFunction[] = [
  defineNative("decimal_multiply", [["decimal", "decimal"], "decimal"], ([a, b]) => {
    if (a === null || b === null) return null;
    return textOf(unitsOf(a) * unitsOf(b) / ONE);
  }),
  defineNative("decimal_divide", [["decimal", "decimal"], "decimal"], ([a, b]) => {
    if (a === null || b === null || unitsOf(b) === 0n) return null;
    return textOf(unitsOf(a) * ONE / unitsOf(b));
  }),
];

/** `text` in units of its last digit. */
function unitsOf(text: string): bigint {
  const [whole = "0", fraction = ""] = text.replace("-", "").split(".");
  const units = BigInt(whole + fraction.slice(0, SCALE).padEnd(SCALE, "0"));
  return text.startsWith("-") ? -units : units;
}

function textOf(units: bigint): string {
  const digits = String(units < 0n ? -units : units).padStart(SCALE + 1, "0");
  return `${units < 0n ? "-" : ""}${digits.slice(0, -SCALE)}.${digits.slice(-SCALE)}`;
}
