/**
 * A plan as one SQL statement of ClickHouse.
 *
 * @module
 */
import { type Field, fieldOf, type Rel, type Shared, type SortKey } from "../plan.ts";
import { exprSql } from "./expr.ts";
import { type Printer, quotedName, SQL_TYPES } from "./printer.ts";
import { relSql } from "./rel.ts";
import { sortSql } from "./sort_keys.ts";

export interface ClickHousePrinted {
  readonly sql: string;
  /** Stored tables that it reads. */
  readonly tables: readonly string[];
}

interface Printable {
  readonly rel: Rel;
  readonly fields: readonly Field[];
  readonly order: readonly SortKey[];
  readonly shared: readonly Shared[];
}

/** What the statement's meaning rests on: it says so itself, whatever a server's own are. */
const SETTINGS: Readonly<Record<string, number | string>> = {
  aggregate_functions_null_for_empty: 0,
  cast_keep_nullable: 0,
  decimal_check_overflow: 1,
  enable_materialized_cte: 1,
  group_by_use_nulls: 0,
  join_use_nulls: 1,
  output_format_json_escape_forward_slashes: 0,
  output_format_json_quote_denormals: 1,
  prefer_column_name_to_alias: 1,
  session_timezone: "UTC",
  short_circuit_function_evaluation: "enable",
  transform_null_in: 0,
  union_default_mode: "ALL",
};

export function printClickHouse({ rel, fields, order, shared }: Printable): ClickHousePrinted {
  const tables = new Map<string, string>();
  const printer: Printer = {
    tables,
    expr: (expr) => exprSql(expr, printer),
    rel: (input) => relSql(input, printer),
  };
  const withs = shared.map(({ id, rel: part, isMaterialized }) =>
    `s${id} as ${isMaterialized ? "materialized " : ""}(${printer.rel(part)})`
  );
  const columns = fields.map((field, i) =>
    `CAST(${printer.expr(fieldOf(field))} AS ${SQL_TYPES[field.type]}) as ${
      quotedName(shownName(fields, i))
    }`
  );
  const list = columns.length === 0 ? "1 as nothing" : columns.join(", ");
  const sorted = order.length === 0 ? "" : ` order by ${sortSql(order, printer)}`;
  const inner = printer.rel(rel);
  const stored = [...tables].map(([name, relation]) =>
    `${relation} as (select * from ${quotedName(name)})`
  );
  const all = [...stored, ...withs];
  const settings = Object.entries(SETTINGS).map(([name, value]) =>
    `${name} = ${typeof value === "number" ? value : `'${value}'`}`
  );
  const sql = `${
    all.length === 0 ? "" : `with ${all.join(", ")} `
  }select ${list} from (${inner})${sorted} settings ${settings.join(", ")}`;
  return { sql, tables: [...tables.keys()] };
}

/** A name that an earlier column has, which KQL allows only where it makes none itself. */
function shownName(fields: readonly Field[], at: number): string {
  const { name } = fields[at]!;
  const before = fields.slice(0, at).filter((field) => field.name === name).length;
  return name === "" || before > 0 ? `${name}_${at}` : name;
}
