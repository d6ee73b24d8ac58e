/**
 * Scripts that make a hub's tables in another engine, and load its Parquet files there.
 *
 * In a file times are whole numbers of 100 ns since 1970 and dynamic values are JSON texts: in
 * ClickHouse they stay so, which is what its dialect reads; in Azure Data Explorer a table takes them
 * as they are, and an update policy gives their meaning to the table that queries name.
 *
 * @module
 */
import { quotedName, SQL_TYPES } from "./clickhouse/printer.ts";
import type { Dialect } from "./dialects.ts";
import { nameText } from "./kusto_text/text.ts";
import type { BoundColumn, SchemaTable } from "./syntax.ts";
import type { ScalarType } from "./types.ts";

/** Column by which rows are kept in order. */
const TIME = "TimeGenerated";
/** What is added to the name of a table for the one that takes files. */
const RAW = "_Raw";

/** The script of all `tables`, with a comment on how to load each. */
export function schemaScript(dialect: Dialect, tables: readonly SchemaTable[]): string {
  const print = dialect === "clickhouse" ? clickHouseTable : kustoTable;
  return tables.map(print).join("\n");
}

function clickHouseTable({ name, columns }: SchemaTable): string {
  const list = columns.map((column) =>
    `  ${quotedName(column.name)} ${SQL_TYPES[column.type]}${
      column.type === "datetime" ? " comment 'ticks of 100 ns since 1970-01-01'" : ""
    }`
  );
  const hasTime = columns.some((column) => column.name === TIME);
  const order = hasTime ? quotedName(TIME) : "tuple()";
  const names = columns.map((column) => quotedName(column.name)).join(", ");
  return `create table if not exists ${quotedName(name)} (
${list.join(",\n")}
) engine = MergeTree order by ${order} settings allow_nullable_key = 1;
-- insert into ${quotedName(name)} (${names})
--   select ${names} from file('${name}/*.parquet', Parquet, '${
    columns.map((column) => `${quotedName(column.name)} Nullable(${fileType(column)})`)
      .join(", ").replaceAll("'", "\\'")
  }')
--   settings input_format_null_as_default = 1, input_format_parquet_allow_missing_columns = 1;
`;
}

/** What a file holds of it, without that it may be absent. */
function fileType({ type }: BoundColumn): string {
  return type === "dynamic" ? "String" : SQL_TYPES[type].replace(/^Nullable\((.*)\)$/, "$1");
}

function kustoTable({ name, columns }: SchemaTable): string {
  const raw = nameText(`${name}${RAW}`);
  const declared = columns.map((column) => `${nameText(column.name)}:${column.type}`).join(", ");
  const taken = columns.map((column) => `${nameText(column.name)}:${rawType(column)}`).join(", ");
  const mapping = JSON.stringify(
    columns.map((column) => ({ Column: column.name, Properties: { Path: `$.${column.name}` } })),
  );
  const policy = JSON.stringify([{
    IsEnabled: true,
    Source: `${name}${RAW}`,
    Query: rawQuery({ name, columns }),
    IsTransactional: true,
  }]);
  return `.create-merge table ${nameText(name)} (${declared})

.create-merge table ${raw} (${taken})

.create-or-alter table ${raw} ingestion parquet mapping "custos" '${mapping}'

.alter table ${nameText(name)} policy update @'${policy.replaceAll("'", "''")}'

.alter table ${raw} policy retention '{"SoftDeletePeriod": "00:00:00", "Recoverability": "Disabled"}'

// .ingest into table ${raw} (h@"https://ACCOUNT.blob.core.windows.net/CONTAINER/FILE.parquet;KEY")
//   with (format="parquet", ingestionMappingReference="custos")
`;
}

function rawType({ type }: BoundColumn): ScalarType {
  if (type === "datetime") return "long";
  return type === "dynamic" ? "string" : type;
}

/** The query that gives the rows of files their meaning. */
export function rawQuery({ name, columns }: SchemaTable): string {
  const list = columns.map((column) => {
    const own = nameText(column.name);
    if (column.type === "datetime") {
      return `${own} = datetime(1970-01-01) + totimespan(${own})`;
    }
    return column.type === "dynamic" ? `${own} = parse_json(${own})` : own;
  });
  return `${nameText(`${name}${RAW}`)} | project ${list.join(", ")}`;
}

/** The table that takes files, as `rawQuery()` reads it. */
export function rawTable({ name, columns }: SchemaTable): SchemaTable {
  return {
    name: `${name}${RAW}`,
    columns: columns.map((column) => ({
      name: column.name,
      type: rawType(column),
    })),
  };
}
