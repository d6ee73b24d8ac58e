/**
 * From the fields of a record to a row of the declared table.
 *
 * @module
 */
import type { Json } from "../../sdk/mod.ts";
import {
  type FieldPath,
  fieldPath,
  JsonFields,
  type JsonObject,
} from "../../sdk/read/json_fields.ts";
import { boolOf, intOf, longOf, realOf, textOf } from "../../sdk/read/typed_value.ts";
import type { ColumnConfig, Config } from "./config.ts";
import { type TimeReader, timeReader } from "./time_format.ts";

/** What `emit` takes. */
export type Row = { [column: string]: Json | bigint | undefined };

interface Declared {
  readonly name: string;
  readonly field: FieldPath;
  readonly type: ColumnConfig["type"];
  readonly time: TimeReader;
}

const WRONG_TYPE = "value not of its column's type";
const NO_TIME = "time not in the declared format";

/** Makes rows. */
export class RowMaker {
  readonly #columns: readonly Declared[];
  readonly #time: { readonly field: FieldPath; readonly reader: TimeReader } | undefined;

  constructor({ columns, time }: Config) {
    const zone = time?.zone ?? Temporal.Now.timeZoneId();
    this.#columns = Object.entries(columns).map((
      [name, { type, field = name, format = "iso" }],
    ) => ({
      name,
      field: fieldPath(field),
      type,
      time: timeReader(format, zone),
    }));
    this.#time = time && { field: fieldPath(time.field), reader: timeReader(time.format, zone) };
  }

  /** The row of `record`, which it changes: what fits no column is in `AdditionalFields`. */
  rowOf(record: JsonObject, file: string, now: number): Row {
    const fields = new JsonFields(record);
    const row: Row = { FilePath: file };
    if (this.#time !== undefined) {
      const { field, reader } = this.#time;
      row["TimeGenerated"] = fields.take(field, (value) => reader.read(textOf(value).trim(), now));
      if (row["TimeGenerated"] === undefined) row["_ParseError"] = NO_TIME;
    }
    for (const { name, field, type, time: reader } of this.#columns) {
      const value = fields.at(field);
      if (value === undefined || value === null || (value === "" && type !== "string")) continue;
      const time = (text: string): bigint | undefined => reader.read(text, now);
      row[name] = fields.take(field, (one) => convert(one, type, time));
      if (row[name] === undefined) row["_ParseError"] ??= WRONG_TYPE;
    }
    row["AdditionalFields"] = fields.rest();
    return row;
  }
}

/** The value as the column takes it; undefined if it is not of its type. */
function convert(
  value: Json,
  type: ColumnConfig["type"],
  time: (text: string) => bigint | undefined,
): Json | bigint | undefined {
  switch (type) {
    case "string":
      return textOf(value);
    case "dynamic":
      return value;
    case "datetime":
      return time(textOf(value).trim());
    case "bool":
      return boolOf(value);
    case "real":
      return realOf(value);
    case "int":
      return intOf(value);
    case "long":
      return longOf(value);
  }
}
