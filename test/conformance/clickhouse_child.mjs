/**
 * ClickHouse in a process of its own: one statement a line as JSON, one answer a line. Started by
 * `clickhouse_runner.ts`.
 *
 * `node clickhouse_child.mjs CHDB FOLDER`
 *
 * @module
 */
import { createInterface } from "node:readline";

const [program = "", folder = ""] = process.argv.slice(2);
const { default: chdb } = await import(program);
const session = new chdb.Session(folder);
session.query("set output_format_json_quote_64bit_integers = 1");

for await (const line of createInterface({ input: process.stdin })) {
  try {
    const text = String(session.query(JSON.parse(line), "JSONCompactEachRow"));
    const rows = text.split("\n").filter((row) => row !== "").map((row) => JSON.parse(row));
    process.stdout.write(`${JSON.stringify({ rows })}\n`);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    process.stdout.write(`${JSON.stringify({ error: message })}\n`);
  }
}
session.close();
