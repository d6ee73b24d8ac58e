/**
 * Which plain forms a column of a type may have: for who holds a batch to its schema.
 *
 * @module
 */
import type { ColumnType } from "../table.ts";
import type { Column } from "./column.ts";

/** Whether `column` holds plain values of `type`. */
export function isPlainOf(column: Column, type: ColumnType): boolean {
  return typeOf(column) === type;
}

/**
 * The type of column that has the form of `column`; undefined of tokens and addresses, which may
 * stand for any value.
 */
function typeOf(column: Column): ColumnType | undefined {
  switch (column.form) {
    case "dict":
      return "string";
    case "text":
    case "number":
      return column.type;
    case "wide":
      return "long";
    case "time":
      return "datetime";
    case "bool":
      return "bool";
    case "token":
    case "address":
      return undefined;
  }
}
