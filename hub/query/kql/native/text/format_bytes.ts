/**
 * `format_bytes`: a number of bytes for people.
 *
 * @module
 */
import { defineNative, type NativeFunction } from "../define.ts";
import { NativeError } from "../native_error.ts";

const UNITS = ["B", "KB", "MB", "GB", "TB", "PB", "EB", "ZB", "YB"] as const;
const UNITS_OF_1024 = UNITS.map((unit) => unit.replace(/^(.)B$/, "$1iB"));
const MAX_PRECISION = 15;

export const FORMAT_BYTES: readonly NativeFunction[] = [
  defineNative(
    "format_bytes",
    [["real", "long", "string", "long"], "string"],
    ([bytes, precision, unit, base]) =>
      bytes === null ? "" : formatBytes(bytes, {
        digits: Math.min(Math.max(Number(precision ?? 0n), 0), MAX_PRECISION),
        unit,
        base: Number(base ?? 1024n),
      }),
  ),
];

interface Format {
  readonly digits: number;
  /** The largest that fits where it is empty. */
  readonly unit: string;
  readonly base: number;
}

function formatBytes(bytes: number, { digits, unit, base }: Format): string {
  const exponent = unit === "" ? exponentOf(bytes, base) : exponentNamed(unit);
  return `${Number((bytes / base ** exponent).toFixed(digits))} ${
    unit === "" ? UNITS[exponent] : unit
  }`;
}

function exponentOf(bytes: number, base: number): number {
  let exponent = 0;
  while (exponent < UNITS.length - 1 && Math.abs(bytes) >= base ** (exponent + 1)) exponent++;
  return exponent;
}

function exponentNamed(unit: string): number {
  const same = (name: string): boolean => name.toLowerCase() === unit.toLowerCase();
  const exponent = Math.max(UNITS.findIndex(same), UNITS_OF_1024.findIndex(same));
  if (exponent >= 0) return exponent;
  throw new NativeError(
    `Cannot format bytes: unit is "${unit}", must be one of ${UNITS.join(", ")}`,
  );
}
