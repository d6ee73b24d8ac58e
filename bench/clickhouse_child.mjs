/**
 * ClickHouse in a process of its own: reads Parquet files into a table, says what it takes on disk
 * and what queries cost. Started by `clickhouse.ts`.
 *
 * `node clickhouse_child.mjs CHDB FOLDER` with the request as JSON on standard input.
 *
 * @module
 */
import { readFileSync } from "node:fs";

/**
 * @typedef {{ name: string, type: string }} ColumnOf
 * @typedef {{ files: string, time: string, columns: ColumnOf[], queries: Record<string, string> }} Asked
 */

const [program = "", folder = ""] = process.argv.slice(2);
/** @type {Asked} */
const asked = JSON.parse(readFileSync(0, "utf8"));
const { default: chdb } = await import(program);
const session = new chdb.Session(folder);
const LOW = 10_000;
// Files that were written on other days may have other columns.
const UNION = "schema_inference_mode = 'union'";

/** @type {(sql: string) => string} */
const run = (sql) => String(session.query(sql, "CSV")).trim();
/** @type {(name: string) => string} */
const quoted = (name) => "`" + name.replaceAll("`", "") + "`";

/** How ClickHouse's own advice would declare a column. @type {(column: ColumnOf) => string} */
function typeOf({ name, type }) {
  const from = `file('${asked.files}', Parquet)`;
  /** @type {(what: string) => number} */
  const one = (what) => Number(run(`select ${what} from ${from} settings ${UNION}`));
  const absent = one(`countIf(isNull(${quoted(name)}))`) > 0;
  const own = { int: "Int32", long: "Int64", real: "Float64", bool: "Bool" }[type];
  if (type === "datetime") {
    const time = one(`countIf(${quoted(name)} % 10000 != 0)`) > 0
      ? "DateTime64(7)"
      : "DateTime64(3)";
    return absent ? `Nullable(${time})` : time;
  }
  if (own !== undefined) return absent ? `Nullable(${own})` : own;
  const text = absent ? "Nullable(String)" : "String";
  const different = one(`uniq(${quoted(name)})`);
  return different <= LOW ? `LowCardinality(${text})` : text;
}

const declared = asked.columns.map((column) => ({ ...column, as: typeOf(column) }));
const shown = declared.map(({ name, type }) =>
  type === "datetime" ? `fromUnixTimestamp64Nano(${quoted(name)} * 100)` : quoted(name)
);
/** @type {Record<string, number>} */
const bytes = {};
run("create database bench engine = Atomic");
for (const [table, codec] of [["lz4", ""], ["zstd3", " codec(ZSTD(3))"]]) {
  const columns = declared.map(({ name, as }) => `${quoted(name)} ${as}${codec}`);
  run(
    `create table bench.${table} (${columns.join(", ")}) engine = MergeTree order by ${
      quoted(asked.time)
    } settings allow_nullable_key = 1`,
  );
  run(
    `insert into bench.${table} select ${
      shown.join(", ")
    } from file('${asked.files}', Parquet) settings ${UNION}`,
  );
  run(`optimize table bench.${table} final`);
  bytes[table] = Number(
    run(`select sum(bytes_on_disk) from system.parts where active and table = '${table}'`),
  );
}
/** @type {Record<string, number>} */
const columns = {};
for (const { name } of asked.columns) {
  columns[name] = Number(
    run(
      `select data_compressed_bytes from system.columns
       where database = 'bench' and table = 'zstd3' and name = '${name.replaceAll("'", "")}'`,
    ),
  );
}
/** @type {Record<string, number>} */
const cpuMs = {};
for (const [name, sql] of Object.entries(asked.queries)) {
  cpuMs[name] = Infinity;
  for (let round = 0; round < 3; round++) {
    const before = process.cpuUsage();
    run(`${sql} settings max_threads = 2, use_query_condition_cache = 0`);
    const { user, system } = process.cpuUsage(before);
    cpuMs[name] = Math.min(cpuMs[name], (user + system) / 1000);
  }
}
console.log(JSON.stringify({ version: run("select version()"), bytes, columns, cpuMs }));
session.close();
