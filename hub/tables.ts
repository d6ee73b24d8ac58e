/**
 * Tables for the API: what the store has, with the data classes that the agents' schemas declare.
 *
 * @module
 */
import type { TableEntry } from "../sdk/api/events.ts";
import type { ColumnSpec, Schema } from "../sdk/table.ts";
import type { StoredTable } from "./query/query.ts";

/** What the store makes of an address column besides its token. */
const ADDRESS_PARTS = /_(?:Category|Net[123])$/;

/** Classes whose values may name somebody: a query's plain value is not written down. */
export const GUARDED_CLASSES: ReadonlySet<string> = new Set([
  "personal",
  "customer",
  "network",
  "content",
]);

/** Tells the names of tables, and of columns whose values name nobody in any of them. */
export function plainNames(tables: readonly TableEntry[]): (name: string) => boolean {
  const columns = tables.flatMap((table) => table.columns);
  const plain = new Set([...tables, ...columns].map(({ name }) => name));
  for (const column of columns) if (GUARDED_CLASSES.has(column.class)) plain.delete(column.name);
  return (name) => plain.has(name);
}

/** Describes `stored`; a column that no schema declares is the hub's own. */
export function tableEntries(
  stored: readonly StoredTable[],
  schemas: Iterable<Schema>,
): readonly TableEntry[] {
  const specs = new Map<string, ColumnSpec>();
  for (const { name, columns } of schemas) {
    for (const [column, spec] of Object.entries(columns)) specs.set(`${name}.${column}`, spec);
  }
  return stored.map(({ name, time, columns }) => ({
    name,
    time,
    columns: columns.map((column) => {
      const own = specs.get(`${name}.${column.name}`);
      const spec = own ?? specs.get(`${name}.${column.name.replace(ADDRESS_PARTS, "")}`);
      return {
        name: column.name,
        type: column.type,
        class: spec?.class ?? "system",
        kind: spec?.kind ?? "",
        unit: spec?.unit ?? null,
      };
    }),
  }));
}
