/**
 * Tables that a query in KQL may name, with all their columns: those of a snapshot, and the hub's
 * own, which are there before their first row.
 *
 * @module
 */
import { REVEAL_SCHEMA } from "../../../sdk/gap.ts";
import { HUB_SCHEMAS } from "../../store/hub_tables.ts";
import type { ColumnSpec, Schema } from "../../../sdk/table.ts";
import { NET_COLUMNS, type StoredColumn } from "../../store/layout.ts";
import type { Snapshot } from "../../store/manifest.ts";
import type { CatalogTable } from "../kusto/catalog.ts";
import { withProvenance } from "../plan.ts";

/** Columns by table. Sealed values are not among them: they are handed out under a grant alone. */
export type QueryTables = ReadonlyMap<string, readonly StoredColumn[]>;

/**
 * The stored columns of each table, and behind them those that `schemas`, which agents have sent,
 * declare and no event had a value for: a query may name what has not come yet.
 */
export function queryTables({ columns }: Snapshot, schemas: Iterable<Schema>): QueryTables {
  const tables = new Map<string, readonly StoredColumn[]>(columns);
  for (const { name, columns: declared } of [...schemas, ...HUB_SCHEMAS]) {
    const stored = tables.get(name) ?? [];
    const known = new Set(stored.map((column) => column.name.toLowerCase()));
    const absent = Object.entries(declared).flatMap(partsOf);
    tables.set(name, [
      ...stored,
      ...absent.filter((column) => !known.has(column.name.toLowerCase())),
    ]);
  }
  tables.delete(REVEAL_SCHEMA.name);
  return new Map([...tables].map(([name, list]) => [name, withProvenance(list)]));
}

/** The columns that the store makes of one. */
function partsOf([name, { type, class: is }]: [string, ColumnSpec]): readonly StoredColumn[] {
  if (is !== "network") return [{ name, type }];
  return ["", "_Category", ...NET_COLUMNS].map((part) => ({
    name: `${name}${part}`,
    type: "string",
  }));
}

/** The same with how much is stored of each, by name. */
export function catalogTables(
  snapshot: Snapshot,
  schemas: Iterable<Schema>,
): readonly Omit<CatalogTable, "doc">[] {
  return [...queryTables(snapshot, schemas)].map(([name, columns]) => {
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
