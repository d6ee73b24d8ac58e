/**
 * The ten scalar types of KQL.
 *
 * @module
 */

export const SCALAR_TYPES = [
  "bool",
  "int",
  "long",
  "real",
  "decimal",
  "string",
  "datetime",
  "timespan",
  "guid",
  "dynamic",
] as const;

export type ScalarType = (typeof SCALAR_TYPES)[number];

/** Names that KQL takes for a type besides its own. */
const ALIASES: Readonly<Record<string, ScalarType>> = {
  boolean: "bool",
  int32: "int",
  int64: "long",
  double: "real",
  date: "datetime",
  time: "timespan",
  uniqueid: "guid",
  uuid: "guid",
  object: "dynamic",
};

const NUMERIC: ReadonlySet<ScalarType> = new Set(["int", "long", "real", "decimal"]);

export function isNumeric(type: ScalarType): boolean {
  return NUMERIC.has(type);
}

/** The type that `name` means, if any. */
export function scalarTypeOf(name: string): ScalarType | undefined {
  const lower = name.toLowerCase();
  return SCALAR_TYPES.find((type) => type === lower) ?? ALIASES[lower];
}

/** Their names in .NET, as Kusto's replies and `getschema` have them. */
export const CLR_NAMES: Readonly<Record<ScalarType, string>> = {
  bool: "System.SByte",
  int: "System.Int32",
  long: "System.Int64",
  real: "System.Double",
  decimal: "System.Data.SqlTypes.SqlDecimal",
  string: "System.String",
  datetime: "System.DateTime",
  timespan: "System.TimeSpan",
  guid: "System.Guid",
  dynamic: "System.Object",
};
