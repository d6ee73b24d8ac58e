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
