/**
 * `custos-hub query --dialect D`: a query, or the hub's tables, as a text for another engine.
 *
 * The hub says which tables and functions there are; nothing is asked of its rows.
 *
 * @module
 */
import { queryKql } from "../../sdk/api/kql.ts";
import type { HubClient } from "../../sdk/client/client.ts";
import { schemaScript } from "../query/kql/dialect_schema.ts";
import { type Dialect, translateStored } from "../query/kql/dialects.ts";
import { KqlError } from "../query/kql/kql_error.ts";
import { loadLanguage } from "../query/kql/language.ts";
import type { BoundColumn, SchemaFunction, SchemaTable } from "../query/kql/syntax.ts";
import { CLR_NAMES, SCALAR_TYPES } from "../query/kql/types.ts";
import { type Call, EXIT } from "./command.ts";

const TICKS_PER_MS = 10_000n;

/** Writes the scripts of the hub's tables. */
export async function printSchema(call: Call, hub: HubClient, dialect: Dialect): Promise<number> {
  call.out(schemaScript(dialect, await tablesOf(call, hub)));
  return EXIT.ok;
}

/** Writes `kql` as a text of `dialect`; what it cannot say is told, with its place. */
export async function printQuery(
  call: Call,
  hub: HubClient,
  { kql, dialect }: { readonly kql: string; readonly dialect: Dialect },
): Promise<number> {
  const tables = await tablesOf(call, hub);
  const functions = await functionsOf(call, hub);
  try {
    const results = translateStored(kql, await loadLanguage(), {
      dialect,
      schema: { tables },
      functions,
      now: BigInt(call.now()) * TICKS_PER_MS,
    });
    const end = dialect === "clickhouse" ? ";\n" : "\n";
    call.out(results.map(({ text }) => `${text}${end}`).join("\n"));
    return EXIT.ok;
  } catch (error) {
    if (!(error instanceof KqlError)) throw error;
    const expected = error.expected === undefined ? "" : `, expected ${error.expected}`;
    call.err(`${error.message}${expected}`);
    return EXIT.failed;
  }
}

async function tablesOf(call: Call, hub: HubClient): Promise<readonly SchemaTable[]> {
  const tables = new Map<string, BoundColumn[]>();
  for (const [, table, column, type] of await shown(call, hub, ".show database schema")) {
    if (table === "") continue;
    const columns = tables.get(table!) ?? [];
    tables.set(table!, columns);
    const own = SCALAR_TYPES.find((one) => CLR_NAMES[one] === type);
    if (column !== "" && own !== undefined) columns.push({ name: column!, type: own });
  }
  return [...tables].map(([name, columns]) => ({ name, columns }));
}

async function functionsOf(
  call: Call,
  hub: HubClient,
): Promise<ReadonlyMap<string, SchemaFunction>> {
  const rows = await shown(call, hub, ".show functions");
  return new Map(rows.map(([name = "", parameters = "", body = ""]) => [
    name,
    { name, parameters, body },
  ]));
}

/** The rows of a command, as texts. */
async function shown(
  call: Call,
  hub: HubClient,
  query: string,
): Promise<readonly (readonly string[])[]> {
  const body = { query, why: "the schema, for a query in another dialect" };
  const { tables: [table] } = await hub.call(queryKql, { body, signal: call.signal });
  return (table?.rows ?? []).map((row) => row.map(String));
}
