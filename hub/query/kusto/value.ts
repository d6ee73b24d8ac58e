/**
 * Kusto's scalar types and how a value of each is written in a reply: one JSON text a cell.
 *
 * | type     | value here                      | in JSON                                    |
 * | -------- | ------------------------------- | ------------------------------------------ |
 * | bool     | boolean                         | `true`                                     |
 * | int      | number                          | `42`                                       |
 * | long     | bigint                          | `9223372036854775807`, all its digits      |
 * | real     | number                          | `1.5`; text `"NaN"`, `"Infinity"`, `"-Infinity"` |
 * | decimal  | its digits                      | `"1.25"`                                   |
 * | string   | string                          | `"a"`                                      |
 * | datetime | ticks since the Unix epoch      | `"2026-01-02T03:04:05.1234567Z"`           |
 * | timespan | ticks                           | `"1.02:03:04.5000000"`                     |
 * | guid     | its text                        | `"74be27de-1e4e-49d9-b579-fe0b331d3642"`   |
 * | dynamic  | parsed JSON, or its text        | itself                                     |
 *
 * A tick is 100 ns. Absent is null in every type but string, where it is empty.
 *
 * @module
 */
import type { Json } from "../../../sdk/table.ts";
import { CLR_NAMES, type ScalarType } from "../kql/types.ts";

/** Names of the scalar types, as KQL writes them. */
export type KustoType = ScalarType;

/** A cell, by the table above. */
export type KustoValue = Json | bigint | JsonText;

/** A dynamic value as it was written: its numbers keep all their digits. */
export class JsonText {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** A column of a result. */
export interface KustoColumn {
  readonly name: string;
  readonly type: KustoType;
}

/** The last word of the name of {@link CLR_NAMES}, as version 1 of the protocol has it. */
export function shortClrName(type: KustoType): string {
  return CLR_NAMES[type].slice(CLR_NAMES[type].lastIndexOf(".") + 1);
}

/** One row as a JSON array. */
export function rowText(row: readonly KustoValue[], columns: readonly KustoColumn[]): string {
  return `[${columns.map(({ type }, i) => cellText(row[i] ?? null, type)).join(",")}]`;
}

/** `value` as JSON. */
export function cellText(value: KustoValue, type: KustoType): string {
  if (value === null) return type === "string" ? '""' : "null";
  if (typeof value === "bigint") return wholeText(value, type);
  if (typeof value === "number" && !Number.isFinite(value)) return `"${value}"`;
  return value instanceof JsonText ? value.text : JSON.stringify(value);
}

function wholeText(value: bigint, type: KustoType): string {
  if (type === "datetime") return `"${datetimeText(value)}"`;
  return type === "timespan" ? `"${timespanText(value)}"` : String(value);
}

const TICKS_PER_MS = 10_000n;
const TICKS_PER_SECOND = 10_000_000n;
const SECONDS_PER_DAY = 86_400n;

/** ISO 8601 in UTC, with as many digits of a second as it has, seven at most. */
export function datetimeText(ticks: bigint): string {
  const rest = ((ticks % TICKS_PER_SECOND) + TICKS_PER_SECOND) % TICKS_PER_SECOND;
  const text = new Date(Number((ticks - rest) / TICKS_PER_MS)).toISOString();
  return `${text.slice(0, -5)}${fractionText(rest, false)}Z`;
}

/** `[-][d.]hh:mm:ss[.fffffff]`. */
export function timespanText(ticks: bigint): string {
  const whole = ticks < 0n ? -ticks : ticks;
  const seconds = whole / TICKS_PER_SECOND;
  const days = seconds / SECONDS_PER_DAY;
  const clock = [seconds / 3600n % 24n, seconds / 60n % 60n, seconds % 60n]
    .map((part) => String(part).padStart(2, "0"))
    .join(":");
  const fraction = fractionText(whole % TICKS_PER_SECOND, true);
  return `${ticks < 0n ? "-" : ""}${days > 0n ? `${days}.` : ""}${clock}${fraction}`;
}

/** .NET writes all seven digits of a time span's second, and none that says nothing of a time's. */
function fractionText(ticks: bigint, isWhole: boolean): string {
  if (ticks === 0n) return "";
  const digits = String(ticks).padStart(7, "0");
  return `.${isWhole ? digits : digits.replace(/0+$/, "")}`;
}
