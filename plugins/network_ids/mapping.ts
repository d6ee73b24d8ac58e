/**
 * From members of an event to columns.
 *
 * @module
 */
import type { Json, RowOf } from "../../sdk/mod.ts";
import { type FieldPath, fieldPath, type JsonFields } from "../../sdk/read/json_fields.ts";
import { intOf, longOf, realOf, textOf } from "../../sdk/read/typed_value.ts";
import { networkIds, type NetworkIdsColumns } from "./table.ts";

export type Row = RowOf<NetworkIdsColumns>;
type Column = keyof NetworkIdsColumns;

/** Which members a column may come from; the first that fits counts. */
export type Mapping = Readonly<Partial<Record<Column, readonly string[]>>>;

interface Rule {
  readonly column: Column;
  readonly paths: readonly FieldPath[];
  readonly convert: (value: Json) => Json | bigint | undefined;
}

/** A mapping, made ready. */
export type Rules = readonly Rule[];

export function rulesOf(...mappings: readonly Mapping[]): Rules {
  return mappings.flatMap((mapping) =>
    Object.entries(mapping).flatMap(([name, paths]) => {
      const column = Object.keys(networkIds.columns).find((known): known is Column =>
        known === name
      );
      return column === undefined
        ? []
        : [{ column, paths: paths.map(fieldPath), convert: converterOf(column) }];
    })
  );
}

/** Moves members to `row`; a column that has a value keeps it. */
export function applyRules(rules: Rules, fields: JsonFields, row: Record<string, unknown>): void {
  for (const { column, paths, convert } of rules) {
    for (const path of paths) {
      if (row[column] !== undefined) break;
      row[column] = fields.take(path, convert);
    }
  }
}

function converterOf(column: Column): Rule["convert"] {
  switch (networkIds.columns[column].type) {
    case "int":
      return intOf;
    case "long":
      return longOf;
    case "real":
      return (seconds) => millisecondsOf(seconds);
    case "dynamic":
      return (value) => value;
    default:
      return scalarText;
  }
}

/** A text, or a number as text; lists and objects are no value of a column of text. */
function scalarText(value: Json): string | undefined {
  return typeof value === "object" ? undefined : textOf(value);
}

function millisecondsOf(seconds: Json): number | undefined {
  const value = realOf(seconds);
  // Sensors count to the microsecond: beyond that it is rounding.
  return value === undefined ? undefined : Math.round(value * 1e6) / 1000;
}
