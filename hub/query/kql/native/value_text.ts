/**
 * Values as the text that `tostring()` gives, and texts as values: what has no short SQL.
 *
 * @module
 */
import { textOfTimespan, ticksOfDatetime, ticksOfTimespan } from "../time_text.ts";
import { defineNative, type NativeFunction } from "./define.ts";

export const VALUE_TEXTS: readonly NativeFunction[] = [
  defineNative(
    "real_text",
    [["real"], "string"],
    ([value]) => value === null ? "" : realText(value),
  ),
  defineNative(
    "timespan_text",
    [["timespan"], "string"],
    ([value]) => value === null ? "" : textOfTimespan(value),
  ),
  defineNative(
    "parse_timespan",
    [["string"], "timespan"],
    ([text]) => ticksOfTimespan(text) ?? null,
  ),
  defineNative(
    "parse_datetime",
    [["string"], "datetime"],
    ([text]) => ticksOfDatetime(text) ?? null,
  ),
];

/** The shortest digits that give the number back; with an exponent from 1E+15 and below 0.0001. */
export function realText(value: number): string {
  if (Number.isNaN(value)) return "NaN";
  if (!Number.isFinite(value)) return value > 0 ? "inf" : "-inf";
  const [digits = "", exponentText = "0"] = value.toExponential().split("e");
  const exponent = Number(exponentText);
  if (exponent >= 15 || exponent < -4) {
    const size = String(Math.abs(exponent)).padStart(2, "0");
    return `${digits}E${exponent < 0 ? "-" : "+"}${size}`;
  }
  const plain = Object.is(value, -0) ? "-0" : String(value);
  return plain.includes(".") ? plain : `${plain}.0`;
}
