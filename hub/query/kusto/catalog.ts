/**
 * What can be asked for: the hub's one database, its tables and their columns.
 *
 * @module
 */
import { KustoFailure } from "./failure.ts";
import { CLR_NAMES } from "../kql/types.ts";
import type { KustoColumn } from "./value.ts";

/** A table that can be asked for. */
export interface CatalogTable {
  readonly name: string;
  readonly doc: string;
  readonly columns: readonly KustoColumn[];
  /** As stored. */
  readonly rows: number;
  readonly bytes: number;
  readonly files: number;
}

/** A function that can be called. */
export interface CatalogFunction {
  readonly name: string;
  /** Such as `(x: long)`. */
  readonly parameters: string;
  /** Such as `{ T | take x }`. */
  readonly body: string;
  readonly doc: string;
  readonly folder: string;
}

/** All that can be asked for. */
export interface Catalog {
  readonly tables: readonly CatalogTable[];
  readonly functions: readonly CatalogFunction[];
}

/** The hub's database. */
export const DATABASE = "custos";
/** What a client sends that was told no database. */
const DEFAULT_DATABASES: ReadonlySet<string> = new Set(["", "netdefaultdb", DATABASE]);

/** @throws {KustoFailure} If `name` is no database of the hub. */
export function checkDatabase(name: string): void {
  if (DEFAULT_DATABASES.has(name.trim().toLowerCase())) return;
  throw new KustoFailure(
    "missing",
    `Cannot find database "${name.slice(0, 64)}": the hub's one database is "${DATABASE}"`,
  );
}

/** @throws {KustoFailure} If there is no table of that name. */
export function tableNamed({ tables }: Catalog, name: string): CatalogTable {
  const table = tables.find((candidate) => candidate.name === name);
  if (table !== undefined) return table;
  throw new KustoFailure("missing", `Cannot find table "${name.slice(0, 128)}": see .show tables`);
}

/** @throws {KustoFailure} If there is no function of that name. */
export function functionNamed({ functions }: Catalog, name: string): CatalogFunction {
  const found = functions.find((candidate) => candidate.name === name);
  if (found !== undefined) return found;
  const shown = name.slice(0, 128);
  throw new KustoFailure("missing", `Cannot find function "${shown}": see .show functions`);
}

/** The columns of a table as `name:type,…`, names quoted where they are no words. */
export function cslSchema({ columns }: CatalogTable): string {
  return columns.map(({ name, type }) => `${entityName(name)}:${type}`).join(",");
}

/** `name` as KQL writes it. */
export function entityName(name: string): string {
  return /^[A-Za-z_]\w*$/.test(name) ? name : `['${name.replaceAll(/['\\]/g, "\\$&")}']`;
}

/** One table in the JSON of a schema. */
export function tableSchema(table: CatalogTable) {
  return {
    Name: table.name,
    Folder: "",
    DocString: table.doc,
    EntityType: "Table",
    OrderedColumns: table.columns.map(({ name, type }) => ({
      Name: name,
      Type: CLR_NAMES[type],
      CslType: type,
      DocString: "",
    })),
  };
}

/** One function in the JSON of a schema. */
function functionSchema({ name, parameters, body, doc, folder }: CatalogFunction) {
  return {
    Name: name,
    InputParameters: [],
    Parameters: parameters,
    Body: body,
    Folder: folder,
    DocString: doc,
    FunctionKind: "Unknown",
    OutputColumns: [],
  };
}

/** The database in the JSON of a schema. */
export function databaseSchema({ tables, functions }: Catalog) {
  return {
    Name: DATABASE,
    Tables: Object.fromEntries(tables.map((table) => [table.name, tableSchema(table)])),
    MajorVersion: 1,
    MinorVersion: 0,
    Functions: Object.fromEntries(functions.map((one) => [one.name, functionSchema(one)])),
    ExternalTables: {},
    MaterializedViews: {},
    EntityGroups: {},
    Graphs: {},
    StoredQueryResults: {},
    DatabaseAccessMode: "ReadOnly",
  };
}
