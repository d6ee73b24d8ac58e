/**
 * The scalar types of KQL.
 *
 * @module
 */

export type ScalarType =
  | "bool"
  | "int"
  | "long"
  | "real"
  | "decimal"
  | "string"
  | "datetime"
  | "timespan"
  | "guid"
  | "dynamic";
