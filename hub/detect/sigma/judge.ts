/**
 * Judges one rule over one event, as plainly as the specification says it.
 *
 * Slow, and what the matcher is held to: it shares no code with it.
 *
 * @module
 */
import type { Json } from "../../../sdk/table.ts";
import { parseAddress } from "../../../sdk/scrub/address.ts";
import type { SigmaAt, SigmaCompare, SigmaTest, SigmaTimePart, SigmaWild } from "./ast.ts";
import type { BoundField, ExprOver, TestOver } from "./map/bound_rule.ts";

/** An event as a rule sees it. */
export interface Judged<F> {
  /** What is found under `field`, texts, numbers, booleans and null; nothing: it is missing. */
  values(field: F): readonly Json[];
  /** All values that keywords are looked for in. */
  all(): readonly Json[];
}

/** True if `expr` holds for `event`. */
export function judge<F>(expr: ExprOver<F>, event: Judged<F>): boolean {
  switch (expr.kind) {
    case "and":
      return expr.of.every((part) => judge(part, event));
    case "or":
      return expr.of.some((part) => judge(part, event));
    case "not":
      return !judge(expr.of, event);
    case "least":
      return expr.of.filter((part) => judge(part, event)).length >= expr.count;
    case "test":
      return judgeTest(
        expr.test,
        expr.field === undefined ? event.all() : event.values(expr.field),
        event,
      );
  }
}

/** A row of a table, as `rowOf` gives it. */
export function rowEvent(row: Readonly<Record<string, Json>>): Judged<BoundField> {
  return {
    values: ({ column, path = [] }) =>
      path.reduce(membersOf, itemsOf(row[column])).flatMap(itemsOf),
    all: () => leavesOf(row),
  };
}

function membersOf(values: readonly Json[], step: string): readonly Json[] {
  return values.flatMap(itemsOf).flatMap((value) => {
    if (!isObject(value) || !Object.hasOwn(value, step)) return [];
    return itemsOf(value[step]);
  });
}

function itemsOf(value: Json | undefined): readonly Json[] {
  if (value === undefined) return [];
  return isList(value) ? value.flatMap(itemsOf) : [value];
}

function leavesOf(value: Json): readonly Json[] {
  if (isList(value)) return value.flatMap(leavesOf);
  return isObject(value) ? Object.values(value).flatMap(leavesOf) : [value];
}

function isObject(value: Json): value is { readonly [name: string]: Json } {
  return typeof value === "object" && value !== null && !isList(value);
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}

function judgeTest<F>(
  test: TestOver<F>,
  values: readonly Json[],
  event: Judged<F>,
): boolean {
  switch (test.op) {
    case "null":
      return values.every((value) => value === null);
    case "exists":
      return values.some((value) => value !== null) === test.wanted;
    case "empty":
      return values.some((value) => value === null || value === "");
    case "field": {
      const others = textsOf(event.values(test.other));
      const isIt = (text: string): boolean =>
        others.some((other) => stands({ ...test, text: other }, text));
      return textsOf(values).some(isIt);
    }
    default:
      return textsOf(values).some((text) => judgeText(test, text));
  }
}

/** Values as texts; null, and what has members, is none. */
function textsOf(values: readonly Json[]): readonly string[] {
  return values.flatMap((value) =>
    value === null || typeof value === "object" ? [] : [String(value)]
  );
}

type TextTest = Exclude<SigmaTest, { readonly op: "null" | "exists" | "empty" | "field" }>;

function judgeText(test: TextTest, text: string): boolean {
  switch (test.op) {
    case "text":
      return stands(test, text);
    case "wildcard":
      return patternOf(test.parts, test.cased).test(text);
    case "regex": {
      return regexOf(test).test(text);
    }
    case "cidr":
      return isWithin(text, test.network);
    case "number":
      return NUMBER.test(text) && compares(test.compare, Number(text), test.value);
    case "time":
      return compares(test.compare, partOf(new Date(text), test.part), test.value);
  }
}

const NUMBER = /^[+-]?\d+(\.\d+)?$/;

function stands(
  test: { readonly at: SigmaAt; readonly text: string; readonly cased: boolean },
  value: string,
): boolean {
  const text = test.cased ? test.text : test.text.toLowerCase();
  const whole = test.cased ? value : value.toLowerCase();
  switch (test.at) {
    case "whole":
      return whole === text;
    case "start":
      return whole.startsWith(text);
    case "end":
      return whole.endsWith(text);
    case "within":
      return whole.includes(text);
  }
}

/** Flags that stand in the expression, such as `(?i)`, hold for all of it: rules put them first. */
function regexOf(
  { source, ignoreCase, multiLine, dotAll }: Extract<SigmaTest, { readonly op: "regex" }>,
): RegExp {
  const inner = [...source.matchAll(/\(\?([ims]+)\)/g)].map(([, letters = ""]) => letters).join("");
  const isOn = { i: ignoreCase, m: multiLine, s: dotAll };
  const flags = Object.entries(isOn).flatMap(([flag, on]) =>
    on || inner.includes(flag) ? flag : []
  );
  return new RegExp(source.replaceAll(/\(\?[ims]+\)/g, ""), flags.join(""));
}

function patternOf(parts: readonly SigmaWild[], cased: boolean): RegExp {
  const source = parts.map((part) => {
    if (part === "one") return ".";
    return part === "many" ? ".*" : part.text.replaceAll(/[\\^$.*+?()[\]{}|/]/g, "\\$&");
  });
  return new RegExp(`^${source.join("")}$`, cased ? "su" : "isu");
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

function isWithin(text: string, network: string): boolean {
  const [base = "", length = ""] = network.split("/");
  const address = parseAddress(text);
  const wanted = parseAddress(base);
  if (address === undefined || address.length !== wanted?.length) return false;
  const bits = Number(length);
  return address.every((byte, i) => {
    const kept = Math.min(8, Math.max(0, bits - i * 8));
    const mask = 0xff & ~(0xff >> kept);
    return (byte & mask) === (wanted[i]! & mask);
  });
}

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

/** ISO 8601: the week that holds the year's first Thursday is the first. */
function weekOf(time: Date): number {
  const thursday = new Date(time.getTime());
  thursday.setUTCDate(time.getUTCDate() + 4 - (time.getUTCDay() || 7));
  const year = Date.UTC(thursday.getUTCFullYear(), 0, 1);
  return Math.ceil(((thursday.getTime() - year) / 86_400_000 + 1) / 7);
}
