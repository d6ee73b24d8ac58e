/**
 * From the fields of a record to a row of the declared table.
 *
 * @module
 */
import type { Json } from "../../sdk/mod.ts";
import type { ColumnConfig, Config } from "./config.ts";
import { type TimeReader, timeReader } from "./time_format.ts";

/** By name, as the log has them. */
export type Fields = ReadonlyMap<string, Json>;

/** What `emit` takes. */
export type Row = { [column: string]: Json | bigint | undefined };

interface Declared {
  readonly name: string;
  readonly field: string;
  readonly type: ColumnConfig["type"];
  readonly time: TimeReader;
}

const WRONG_TYPE = "value not of its column's type";
const NO_TIME = "time not in the declared format";

/** Makes rows. */
export class RowMaker {
  readonly #columns: readonly Declared[];
  readonly #time: { readonly field: string; readonly reader: TimeReader } | undefined;

  constructor({ columns, time }: Config) {
    const zone = time?.zone ?? Temporal.Now.timeZoneId();
    this.#columns = Object.entries(columns).map((
      [name, { type, field = name, format = "iso" }],
    ) => ({
      name,
      field,
      type,
      time: timeReader(format, zone),
    }));
    this.#time = time && { field: time.field, reader: timeReader(time.format, zone) };
  }

  /** The row of `fields`: what fits no column is in `AdditionalFields`. `now` is in ms. */
  rowOf(fields: Fields, file: string, now: number): Row {
    const row: Row = { FilePath: file };
    const rest = new Map(fields);
    const time = this.#time;
    if (time !== undefined) {
      const [value, path] = valueAt(fields, time.field);
      row["TimeGenerated"] = time.reader.read(textOf(value), now);
      if (row["TimeGenerated"] === undefined) row["_ParseError"] = NO_TIME;
      else remove(rest, path);
    }
    for (const { name, field, type, time: reader } of this.#columns) {
      const [value, found] = valueAt(fields, field);
      if (value === undefined || value === null || (value === "" && type !== "string")) continue;
      const converted = convert(value, type, (text) => reader.read(text, now));
      if (converted === undefined) row["_ParseError"] ??= WRONG_TYPE;
      else {
        row[name] = converted;
        remove(rest, found);
      }
    }
    if (rest.size > 0) row["AdditionalFields"] = Object.fromEntries(rest);
    return row;
  }
}

/** A field by its name or, where none has it, by the names of objects that it is in. */
function valueAt(fields: Fields, name: string): readonly [Json | undefined, readonly string[]] {
  const whole = fields.get(name);
  if (whole !== undefined || !name.includes(".")) return [whole, [name]];
  const path = name.split(".");
  let value = fields.get(path[0]!);
  for (const step of path.slice(1)) {
    if (!isObject(value) || !Object.hasOwn(value, step)) return [undefined, path];
    value = value[step];
  }
  return [value, path];
}

/** Takes out what has a column; objects on the way to it stay, without it. */
function remove(rest: Map<string, Json>, [first = "", ...steps]: readonly string[]): void {
  const value = rest.get(first);
  if (steps.length === 0) rest.delete(first);
  else if (value !== undefined) {
    const left = without(value, steps);
    if (isObject(left) && Object.keys(left).length === 0) rest.delete(first);
    else rest.set(first, left);
  }
}

function without(value: Json, [step = "", ...steps]: readonly string[]): Json {
  if (!isObject(value)) return value;
  const entries = Object.entries(value).flatMap(([name, member]) => {
    if (name !== step) return [[name, member] as const];
    return steps.length === 0 ? [] : [[name, without(member, steps)] as const];
  });
  return Object.fromEntries(entries);
}

export function isObject(value: Json | undefined): value is { readonly [key: string]: Json } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function textOf(value: Json | undefined): string {
  if (value === undefined || value === null) return "";
  return typeof value === "string" ? value.trim() : JSON.stringify(value);
}

/** The value as the column takes it; undefined if it is not of its type. */
function convert(
  value: Json,
  type: ColumnConfig["type"],
  time: (text: string) => bigint | undefined,
): Json | bigint | undefined {
  switch (type) {
    case "string":
      return typeof value === "string" ? value : JSON.stringify(value);
    case "dynamic":
      return value;
    case "datetime":
      return time(textOf(value));
    case "bool":
      return BOOLS.get(textOf(value).toLowerCase());
    case "real":
      return realOf(textOf(value));
    case "int":
    case "long":
      return wholeOf(textOf(value), type === "int" ? 31n : 63n);
  }
}

const BOOLS: ReadonlyMap<string, boolean> = new Map([
  ["true", true],
  ["yes", true],
  ["1", true],
  ["false", false],
  ["no", false],
  ["0", false],
]);

function realOf(text: string): number | undefined {
  if (!/^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i.test(text)) return undefined;
  const value = Number(text);
  return Number.isFinite(value) ? value : undefined;
}

/** A `number` as far as that is exact, else a `bigint`; undefined over so many bits. */
function wholeOf(text: string, bits: bigint): number | bigint | undefined {
  if (!/^[+-]?\d{1,19}$/.test(text)) return undefined;
  const value = BigInt(text.replace("+", ""));
  if (value >= 1n << bits || value < -(1n << bits)) return undefined;
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}
