/**
 * `.show tables`, `.show databases schema as json` and their like.
 *
 * @module
 */
import {
  type Catalog,
  type CatalogTable,
  checkDatabase,
  cslSchema,
  DATABASE,
  databaseSchema,
  entityName,
  functionNamed,
  tableNamed,
  tableSchema,
} from "./catalog.ts";
import { columnsOf, type DotCommand } from "./dot_command.ts";
import { FUNCTION_COLUMNS, functionRow } from "./function_row.ts";
import { CLR_NAMES } from "../kql/types.ts";
import type { KustoValue } from "./value.ts";

/** A name, bare or in quotes and brackets. */
const NAME = String.raw`(\[ ?'[^']+' ?\]|\[ ?"[^"]+" ?\]|"[^"]+"|'[^']+'|[\w.-]+)`;
const LIST = String.raw`(\([^)]*\))`;
const DATABASE_ID = "00000000-0000-0000-0000-000000000000";
const VERSION = "v1.0";

function pattern(text: string): RegExp {
  const source = text
    .replaceAll(" ", " +")
    .replaceAll("NAME", () => NAME)
    .replaceAll("LIST", () => LIST);
  return new RegExp(`^${source}$`, "i");
}

const TABLE_COLUMNS = columnsOf("TableName DatabaseName Folder DocString");
const SCHEMA_COLUMNS = columnsOf("TableName Schema DatabaseName Folder DocString");
const DETAIL_COLUMNS = columnsOf(
  `TableName DatabaseName Folder DocString TotalExtents:long TotalExtentSize:real
   TotalOriginalSize:real TotalRowCount:long`,
);

const databases: DotCommand = {
  usage: ".show databases",
  pattern: pattern(String.raw`\.show (?:cluster )?databases?(?: details)?`),
  columns: columnsOf(
    `DatabaseName PersistentStorage Version IsCurrent:bool DatabaseAccessMode PrettyName
     ReservedSlot1:bool DatabaseId:guid InTransitionTo SuspensionState`,
  ),
  run: () => [[DATABASE, "", VERSION, true, "ReadOnly", "", null, DATABASE_ID, "", ""]],
};

const schemaAsJson: DotCommand = {
  usage: ".show databases schema as json",
  pattern: pattern(
    String.raw`\.show (?:(?:cluster )?databases(?: LIST)? |cluster )schema as json`,
  ),
  columns: columnsOf("ClusterSchema"),
  run: ({ catalog }, [list]) => {
    checkList(list);
    return [[schemaText(catalog)]];
  },
};

const databaseSchemaAsJson: DotCommand = {
  usage: ".show database [NAME] schema as json",
  pattern: pattern(String.raw`\.show (?:database (?:NAME )?)?schema as json`),
  columns: columnsOf("DatabaseSchema"),
  run: ({ catalog }, [name]) => {
    checkDatabase(bare(name));
    return [[schemaText(catalog)]];
  },
};

const schemaAsScript: DotCommand = {
  usage: ".show database [NAME] schema as csl script",
  pattern: pattern(String.raw`\.show database (?:NAME )?schema as csl(?: script)?`),
  columns: columnsOf("DatabaseSchemaScript"),
  run: ({ catalog }, [name]) => {
    checkDatabase(bare(name));
    return catalog.tables.map((table) => [
      `.create-merge table ${entityName(table.name)} (${cslSchema(table)})`,
    ]);
  },
};

const schema: DotCommand = {
  usage: ".show databases schema",
  pattern: pattern(
    String.raw`\.show (?:(?:cluster )?databases?(?: (?!schema)NAME| LIST)? )?schema(?: details)?`,
  ),
  columns: columnsOf(
    `DatabaseName TableName ColumnName ColumnType IsDefaultTable:bool IsDefaultColumn:bool
     PrettyName Version Folder DocString`,
  ),
  run: ({ catalog }, [name, list]) => {
    checkDatabase(bare(name));
    checkList(list);
    const rest = [false, false, "", VERSION, "", ""];
    return [
      [DATABASE, "", "", "", ...rest],
      ...catalog.tables.flatMap((table) => [
        [DATABASE, table.name, "", "", ...rest],
        ...table.columns.map((column) => [
          DATABASE,
          table.name,
          column.name,
          CLR_NAMES[column.type],
          ...rest,
        ]),
      ]),
    ];
  },
};

const tables: DotCommand = {
  usage: ".show tables",
  pattern: pattern(String.raw`\.show tables(?: LIST)?`),
  columns: TABLE_COLUMNS,
  run: ({ catalog }, [list]) => chosen(catalog, list).map(headOf),
};

const tableDetails: DotCommand = {
  usage: ".show tables details",
  pattern: pattern(String.raw`\.show (?:tables(?: LIST)?|table NAME) details`),
  columns: DETAIL_COLUMNS,
  run: ({ catalog }, [list, name]) => {
    const wanted = name === "" ? chosen(catalog, list) : [tableNamed(catalog, bare(name))];
    return wanted.map((table) => [
      ...headOf(table),
      BigInt(table.files),
      table.bytes,
      table.bytes,
      BigInt(table.rows),
    ]);
  },
};

const tableColumns: DotCommand = {
  usage: ".show table NAME",
  pattern: pattern(String.raw`\.show table NAME`),
  columns: columnsOf(
    `AttributeName AttributeType ExtentsCount:long MinDateTime:datetime MaxDateTime:datetime
     Folder DocString`,
  ),
  run: ({ catalog }, [name]) => {
    const table = tableNamed(catalog, bare(name));
    return table.columns.map((column) => [
      column.name,
      CLR_NAMES[column.type],
      BigInt(table.files),
      null,
      null,
      "",
      "",
    ]);
  },
};

const tableCsl: DotCommand = {
  usage: ".show table NAME cslschema",
  pattern: pattern(String.raw`\.show table NAME (?:cslschema|schema as csl)`),
  columns: SCHEMA_COLUMNS,
  run: ({ catalog }, [name]) => {
    const table = tableNamed(catalog, bare(name));
    return [[table.name, cslSchema(table), DATABASE, "", table.doc]];
  },
};

const tableJson: DotCommand = {
  usage: ".show table NAME schema as json",
  pattern: pattern(String.raw`\.show table NAME schema as json`),
  columns: SCHEMA_COLUMNS,
  run: ({ catalog }, [name]) => {
    const table = tableNamed(catalog, bare(name));
    return [[table.name, JSON.stringify(tableSchema(table)), DATABASE, "", table.doc]];
  },
};

const functions: DotCommand = {
  usage: ".show functions",
  pattern: pattern(String.raw`\.show functions`),
  columns: FUNCTION_COLUMNS,
  run: ({ catalog }) => catalog.functions.map(functionRow),
};

const oneFunction: DotCommand = {
  usage: ".show function NAME",
  pattern: pattern(String.raw`\.show function NAME`),
  columns: FUNCTION_COLUMNS,
  run: ({ catalog }, [name]) => [functionRow(functionNamed(catalog, bare(name)))],
};

/** Commands about what there is, the more special ones first. */
export const SCHEMA_COMMANDS: readonly DotCommand[] = [
  databases,
  schemaAsJson,
  databaseSchemaAsJson,
  schemaAsScript,
  schema,
  tableDetails,
  tables,
  tableCsl,
  tableJson,
  tableColumns,
  functions,
  oneFunction,
];

function headOf({ name, doc }: CatalogTable): KustoValue[] {
  return [name, DATABASE, "", doc];
}

function schemaText(catalog: Catalog): string {
  return JSON.stringify({ Plugins: [], Databases: { [DATABASE]: databaseSchema(catalog) } });
}

/** The tables of a list such as `(A, ['B'])`; all where there is none. */
function chosen(catalog: Catalog, list = ""): readonly CatalogTable[] {
  const names = namesOf(list);
  return names.length === 0 ? catalog.tables : names.map((name) => tableNamed(catalog, name));
}

function checkList(list = ""): void {
  for (const name of namesOf(list)) checkDatabase(name);
}

function namesOf(list: string): readonly string[] {
  return list.replaceAll(/^\(|\)$/g, "").split(",").map((name) => bare(name.trim()))
    .filter((name) => name !== "");
}

/** A name without brackets and quotes. */
export function bare(name = ""): string {
  return name.replace(/^\[ ?/, "").replace(/ ?\]$/, "").replace(/^(["'])(.*)\1$/, "$2");
}
