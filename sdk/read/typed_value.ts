/**
 * Values of logs as columns take them.
 *
 * @module
 */
import type { Json } from "../table.ts";

/** The value as text: a string as it is, anything else as JSON. */
export function textOf(value: Json): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** A finite number, or a text that is one; undefined for anything else. */
export function realOf(value: Json): number | undefined {
  const text = textOf(value).trim();
  if (!/^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i.test(text)) return undefined;
  const number = Number(text);
  return Number.isFinite(number) ? number : undefined;
}

/** A whole number of 32 bits with its sign; undefined for anything else. */
export function intOf(value: Json): number | undefined {
  const whole = longOf(value);
  return typeof whole === "number" && (whole | 0) === whole ? whole : undefined;
}

/** A whole number of 64 bits, as a `number` as far as that is exact; undefined for anything else. */
export function longOf(value: Json): number | bigint | undefined {
  const text = textOf(value).trim();
  if (!/^[+-]?\d{1,19}$/.test(text)) return undefined;
  const whole = BigInt(text.replace("+", ""));
  if (BigInt.asIntN(64, whole) !== whole) return undefined;
  const number = Number(whole);
  return Number.isSafeInteger(number) ? number : whole;
}

const BOOLS: ReadonlyMap<string, boolean> = new Map([
  ...["true", "yes", "1", "t"].map((word) => [word, true] as const),
  ...["false", "no", "0", "f"].map((word) => [word, false] as const),
]);

/** A boolean, or a word that says so; undefined for anything else. */
export function boolOf(value: Json): boolean | undefined {
  return BOOLS.get(textOf(value).trim().toLowerCase());
}
