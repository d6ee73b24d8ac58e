/**
 * What the SQL of a scalar function is made of.
 *
 * @module
 */
import { KqlError } from "../../kql_error.ts";
import type { Call, Expr } from "../../plan.ts";
import { SQL_TYPES } from "../printer.ts";

export const DECIMAL = SQL_TYPES.decimal;

/** Ticks from 0001-01-01 to the Unix epoch: what is added to a datetime so that it is positive. */
export const EPOCH = "621355968000000000";
export const TICKS = {
  microsecond: "10",
  millisecond: "10000",
  second: "10000000",
  minute: "600000000",
  hour: "36000000000",
  day: "864000000000",
  week: "6048000000000",
} as const;
/** The first and last tick that a datetime can be. */
const FIRST = "-621355968000000000";
const LAST = "2534023007999999999";

/** Text that may stand in SQL more than once: a name or a literal. */
const PLAIN = /^(?:"[^"]*"|[a-z_]\w*(?:\.[a-z_]\w*)?|'[^']*'|\(?-?\d+(?:\.\d+)?\)?)(?:::[a-z]+)?$/i;

/**
 * Gives `body` names for `args` that it may use as often as it likes; what is more than a name or a
 * literal is computed once.
 */
export function once(args: readonly string[], body: (...names: string[]) => string): string {
  if (args.every((arg) => PLAIN.test(arg))) return body(...args);
  for (let index = 0;; index++) {
    const bound = `v${index}`;
    if (args.some((arg) => arg.includes(bound))) continue;
    const names = args.map((arg, i) => PLAIN.test(arg) ? arg : `${bound}.a${i}`);
    const text = body(...names);
    // A lambda within that has the same variable would hide this one.
    if (text.includes(`lambda ${bound}:`)) continue;
    const fields = args.flatMap((arg, i) => PLAIN.test(arg) ? [] : [`a${i} := ${arg}`]);
    return `list_transform([struct_pack(${fields.join(", ")})], lambda ${bound}: ${text})[1]`;
  }
}

/** The value of a constant text argument in lower case, such as the part of a date. */
export function wordOf(call: Call, index: number): string {
  return textOf(call, index).toLowerCase();
}

/** @throws {KqlError} If the argument is no constant. */
export function textOf(call: Call, index: number): string {
  const text = constantText(call.args[index]);
  if (text !== undefined) return text;
  throw new KqlError({
    code: "unsupported",
    message: `argument ${index + 1} of ${call.name}() is not a constant`,
    expected: "a string literal",
  });
}

export function constantText(arg: Expr | undefined): string | undefined {
  return arg?.kind === "literal" && typeof arg.value === "string" ? arg.value : undefined;
}

/** The value of a constant whole number. */
export function constantWhole(arg: Expr | undefined): bigint | undefined {
  return arg?.kind === "literal" && typeof arg.value === "bigint" ? arg.value : undefined;
}

/** The low 64 bits of a HUGEINT. */
export function wrapLong(sql: string): string {
  const offset = "9223372036854775808";
  return `(((((${sql}) + ${offset}) & 18446744073709551615::HUGEINT) - ${offset}))::BIGINT`;
}

/** The low 32 bits of a BIGINT. */
export function wrapInt(sql: string): string {
  return `(((((${sql}) & 4294967295) + 2147483648) & 4294967295) - 2147483648)::INTEGER`;
}

/** A datetime from a HUGEINT of ticks; absent outside of the years 1 to 9999. */
export function datetimeOf(sql: string): string {
  return inRange(sql, FIRST, LAST);
}

/** A timespan from a HUGEINT of ticks; absent outside of 64 bits. */
export function timespanOf(sql: string): string {
  return inRange(sql, "-9223372036854775808", "9223372036854775807");
}

function inRange(sql: string, first: string, last: string): string {
  const low = `${first}::HUGEINT - 1`;
  const high = `${last}::HUGEINT + 1`;
  return `nullif(nullif(least(greatest(${sql}, ${low}), ${high}), ${low}), ${high})::BIGINT`;
}
