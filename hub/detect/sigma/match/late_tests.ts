/**
 * Tests that are made of a value when a rule asks for them.
 *
 * @module
 */
import { parseAddress } from "../../../../sdk/scrub/address.ts";
import type { SigmaCompare, SigmaTimePart } from "../ast.ts";
import { foldText } from "../regex/fold.ts";
import type { LateTest } from "./atom.ts";
import { isInNetwork } from "./networks.ts";

/** No address, number or time is longer. */
const MOST_SHORT = 64;
const NUMBER = /^[+-]?\d+(\.\d+)?$/;
const DAY_MS = 86_400_000;

/** True if `test` holds for the text `bytes[start, end)`. */
export function holdsFor(
  test: Exclude<LateTest, { readonly op: "field" }>,
  bytes: Uint8Array,
  { start, end }: { readonly start: number; readonly end: number },
): boolean {
  if (test.op === "regex") return test.regex.test(bytes, start, end);
  if (end - start > MOST_SHORT) return false;
  const text = Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString("latin1");
  switch (test.op) {
    case "cidr": {
      const address = parseAddress(text);
      return address !== undefined &&
        test.networks.some((network) => isInNetwork(address, network));
    }
    case "compare":
      return NUMBER.test(text) && compares(test.compare, Number(text), test.value);
    case "time":
      return compares(test.compare, partOf(new Date(text), test.part), test.value);
  }
}

/** True if one of `others` stands in one of `texts`. */
export function standsIn(
  { at, cased }: Extract<LateTest, { readonly op: "field" }>,
  texts: readonly string[],
  others: readonly string[],
): boolean {
  const ready = (text: string) => cased ? text : foldText(text);
  const wanted = others.map(ready);
  return texts.map(ready).some((text) => wanted.some((other) => standsAt(at, text, other)));
}

function standsAt(
  at: Extract<LateTest, { readonly op: "field" }>["at"],
  text: string,
  other: string,
): boolean {
  switch (at) {
    case "whole":
      return text === other;
    case "start":
      return text.startsWith(other);
    case "end":
      return text.endsWith(other);
    case "within":
      return text.includes(other);
  }
}

function compares(how: SigmaCompare, value: number, wanted: number): boolean {
  switch (how) {
    case "eq":
      return value === wanted;
    case "lt":
      return value < wanted;
    case "lte":
      return value <= wanted;
    case "gt":
      return value > wanted;
    case "gte":
      return value >= wanted;
  }
}

/** NaN of what is no time. */
function partOf(time: Date, part: SigmaTimePart): number {
  switch (part) {
    case "minute":
      return time.getUTCMinutes();
    case "hour":
      return time.getUTCHours();
    case "day":
      return time.getUTCDate();
    case "week":
      return weekOf(time);
    case "month":
      return time.getUTCMonth() + 1;
    case "year":
      return time.getUTCFullYear();
  }
}

/** ISO 8601: the week of a day is that of its Thursday; the first has the year's first one. */
function weekOf(time: Date): number {
  const day = Math.floor(time.getTime() / DAY_MS);
  const thursday = day + 3 - ((day + 3) % 7 + 7) % 7;
  const year = new Date(thursday * DAY_MS).getUTCFullYear();
  return Math.floor((thursday - Date.UTC(year, 0, 1) / DAY_MS) / 7) + 1;
}
