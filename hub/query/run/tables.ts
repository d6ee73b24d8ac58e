/**
 * Tables that a query in KQL may name, with all their columns: those of a snapshot, and the hub's
 * own, which are there before their first row.
 *
 * @module
 */
import { REVEAL_SCHEMA } from "../../../sdk/gap.ts";
import { HUB_SCHEMAS } from "../../store/hub_tables.ts";
import type { StoredColumn } from "../../store/layout.ts";
import type { Snapshot } from "../../store/manifest.ts";
import type { CatalogTable } from "../kusto/catalog.ts";
import { withProvenance } from "../plan.ts";

/** Columns by table. Sealed values are not among them: they are handed out under a grant alone. */
export type QueryTables = ReadonlyMap<string, readonly StoredColumn[]>;

export function queryTables({ columns }: Snapshot): QueryTables {
  const tables = new Map<string, readonly StoredColumn[]>();
  for (const [name, stored] of columns) {
    if (name !== REVEAL_SCHEMA.name) tables.set(name, withProvenance(stored));
  }
  for (const { name, columns: declared } of HUB_SCHEMAS) {
    if (tables.has(name)) continue;
    const own = Object.entries(declared).map(([column, { type }]) => ({ name: column, type }));
    tables.set(name, withProvenance(own));
  }
  return tables;
}

/** The same with how much is stored of each, by name. */
export function catalogTables(snapshot: Snapshot): readonly Omit<CatalogTable, "doc">[] {
  return [...queryTables(snapshot)].map(([name, columns]) => {
    const files = snapshot.files.get(name) ?? [];
    return {
      name,
      columns,
      rows: files.reduce((sum, { rows }) => sum + rows, 0),
      bytes: files.reduce((sum, { bytes }) => sum + bytes, 0),
      files: files.length,
    };
  }).toSorted((a, b) => a.name < b.name ? -1 : 1);
}
