/**
 * Columns that Azure Monitor has on every table: queries written for it may name them.
 *
 * Only a query that names one sees it, so that others are not shown columns without a value.
 *
 * @module
 */
import { sqlName, sqlText } from "../../store/sql_text.ts";
import type { StoredColumn } from "../../store/layout.ts";

/** The table's own name. */
const TYPE_COLUMN = "Type";

const SYSTEM_COLUMNS: readonly StoredColumn[] = [
  { name: TYPE_COLUMN, type: "string" },
  { name: "TenantId", type: "string" },
  { name: "SourceSystem", type: "string" },
  { name: "ManagementGroupName", type: "string" },
  { name: "_ResourceId", type: "string" },
  { name: "_SubscriptionId", type: "string" },
  { name: "_ItemId", type: "string" },
  { name: "_BilledSize", type: "real" },
  { name: "_IsBillable", type: "string" },
];

/** Those that `text` names, and a table with `columns` does not have: its own `type` is another. */
export function systemColumns(
  text: string,
  columns: readonly StoredColumn[],
): readonly StoredColumn[] {
  const own = new Set(columns.map(({ name }) => name.toLowerCase()));
  return SYSTEM_COLUMNS.filter(({ name }) =>
    !own.has(name.toLowerCase()) &&
    new RegExp(`(?<![A-Za-z0-9_])${name}(?![A-Za-z0-9_])`).test(text)
  );
}

/**
 * `select` of `table` with its name in {@link TYPE_COLUMN}, where that is a system column: events have
 * no value for it.
 */
export function withType(select: string, table: string, columns: readonly StoredColumn[]): string {
  if (!columns.some(({ name }) => name === TYPE_COLUMN)) return select;
  const type = sqlName(TYPE_COLUMN);
  return `select * replace (coalesce(${type}, ${sqlText(table)}) as ${type}) from (${select})`;
}
