/**
 * `npm run kql:community -- FILE [--id ID] [--grep RE] [--seed N] [--empty]`: runs queries of the community on the tables
 * of the built-in plugins and those of Azure Monitor, over made rows. Prints how many parse and bind,
 * run, and give rows; with `--empty` also those that give none.
 *
 * @module
 */
import { readFileSync } from "node:fs";
import process from "node:process";
import { parseArgs } from "node:util";
import { type Schema, type SchemaTable } from "../../hub/query/kql/syntax.ts";
import { builtinPlugins } from "../../plugins/builtin.ts";
import { azureColumns } from "./azure_columns.ts";
import { openRunner, type Outcome } from "./kql_runner.ts";
import { madeTable } from "./made_rows.ts";

interface CommunityQuery {
  readonly id: string;
  readonly query: string;
  /** It has places to fill in first. */
  readonly param: boolean;
}

/** Rows of each table for each query that reads it. */
const ROWS_EACH = 25;
/** What people save under this name, over the tables of ours. */
const SAVED = `let SQLEvent = view () { SQLSecurityAuditEvents
  | project TimeGenerated, Computer = HostName, Action = ActionName, ClientIP = ClientIp,
    CurrentUser = ServerPrincipalName, DatabaseName, ObjectName, Statement };`
  .replaceAll(/\s+/g, " ");
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    id: { type: "string" },
    grep: { type: "string" },
    seed: { type: "string" },
    empty: { type: "boolean" },
  },
});
const [file] = positionals;
if (file === undefined) {
  console.error("Cannot run: name the file of queries");
  process.exit(2);
}
const queries = readFileSync(file, "utf8").trim().split("\n")
  .map((line) => JSON.parse(line) as CommunityQuery)
  .filter(({ param }) => !param);
const schema: Schema = { tables: tablesOf() };
const relations = new Map(
  schema.tables.map(({ name }) => [name, `select * from "made ${name.replaceAll('"', '""')}"`]),
);
const runner = await openRunner(schema, relations);
const seed = Number(values.seed ?? Math.floor(Math.random() * 2 ** 31));
const options = {
  queries: queries.map(({ query }) => query),
  rowsEach: ROWS_EACH,
  now: BigInt(Date.now()) * 10_000n,
  random: randomOf(seed),
};
for (const table of schema.tables) await runner.prepare(madeTable(table, options));
const chosen = queries.filter(({ id, query }) =>
  (values.id === undefined || id === values.id) &&
  (values.grep === undefined || new RegExp(values.grep).test(query))
);
const counts = { bound: 0, ran: 0, gaveRows: 0 };
for (const { id, query } of chosen) {
  const outcome = await answer(query);
  if (outcome.kind === "rows") {
    counts.bound++;
    counts.ran++;
    if (outcome.rows.length > 0) counts.gaveRows++;
    else if (values.id !== undefined || values.empty === true) {
      console.log(`## ${id}: no rows\n${query}\n`);
    }
    continue;
  }
  if (outcome.sql !== undefined) counts.bound++;
  console.log(`## ${id}\n${query}\n-- ${outcome.message.slice(0, 600)}\n`);
}
const share = (count: number): string =>
  `${count}/${chosen.length} ${(100 * count / chosen.length).toFixed(1)} %`;
console.log(`bound     ${share(counts.bound)}`);
console.log(`ran       ${share(counts.ran)}`);
console.log(`gave rows ${share(counts.gaveRows)} (seed ${seed})`);
process.exit(0);

/**
 * What `query` gives. A text of several queries is answered query by query, as Kusto's own client
 * runs them: blank lines part them. It has run if each has.
 */
async function answer(query: string): Promise<Outcome> {
  const text = /\bSQLEvent\b/.test(query) ? `${SAVED}${query}` : query;
  const whole = await runner.run(text);
  if (whole.kind === "rows") return whole;
  const parts = text.split(/\n\s*\n/)
    .filter((part) => part.replaceAll(/^\s*\/\/.*$/gm, "").trim() !== "");
  const outcomes: Outcome[] = [];
  for (const part of parts) outcomes.push(await runner.run(part));
  const isRun = parts.length > 1 && outcomes.every(({ kind }) => kind === "rows");
  return isRun ? outcomes.toSorted((a, b) => countOf(b) - countOf(a))[0]! : whole;
}

function countOf(outcome: Outcome): number {
  return outcome.kind === "rows" ? outcome.rows.length : 0;
}

/** Columns of a plugin's table come first; those of Azure Monitor that it lacks follow. */
function tablesOf(): readonly SchemaTable[] {
  const tables = new Map<string, SchemaTable>();
  for (const plugin of builtinPlugins.values()) {
    for (const [name, { columns }] of Object.entries(plugin.tables)) {
      const own = Object.entries(columns).map(([column, { type }]) => ({ name: column, type }));
      tables.set(name, { name, columns: own });
    }
  }
  for (const [name, columns] of azureColumns()) {
    const own = tables.get(name)?.columns ?? [];
    const added = columns.filter((column) => !own.some((one) => one.name === column.name));
    tables.set(name, { name, columns: [...own, ...added] });
  }
  return [...tables.values()];
}

/** Mulberry32. */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
