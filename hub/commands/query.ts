/**
 * `custos-hub query`: events by a query in KQL, or of one table by filters, through the API.
 *
 * @module
 */
import { type EventQuery, Filter, Operator, queryEvents } from "../../sdk/api/events.ts";
import { Instant } from "../../sdk/api/values.ts";
import * as v from "valibot";
import { type Call, choice, type Command, EXIT, required, text, UsageError } from "./command.ts";
import { clientUsage, withHub } from "./hub_client.ts";
import { DIALECTS } from "../query/kql/dialects.ts";
import { printQuery, printSchema } from "./query_dialect.ts";
import { askKql } from "./query_kql.ts";
import { tableText } from "./table_text.ts";

export const query: Command = {
  name: "query",
  summary: "Asks a hub for events: in KQL, or of one table.",
  usage: `'KQL' [--limit N] [--output table|json|ndjson|csv] [--hub URL] [--key KEY]
       custos-hub query --table TABLE [--hub URL] [--key KEY]
       [--from TIME] [--to TIME] [--where 'COLUMN OP VALUE']… [--columns A,B] [--limit N]

       custos-hub query --dialect clickhouse|kusto ['KQL' | --schema] [--hub URL] [--key KEY]

${clientUsage("events:read")}
  --from     earliest time, inclusive, such as 2026-08-01T10:00:00Z or 15m (ago)
  --to       latest time, exclusive
  --where    a filter, may be repeated; OP is one of ${Operator.options.join(" ")}
  --columns  columns to show (default: all)
  --limit    most rows (default: 100; in KQL 1000 of a table, all of ndjson and csv)
  --order    newest or oldest
  --why      why you look; kept with the record of this query
  --output   table, json or ndjson; in KQL also csv
  --dialect  does not ask: prints the query as SQL for ClickHouse, or as KQL for Azure Data Explorer
  --schema   prints what makes the hub's tables there`,
  options: {
    hub: { type: "string" },
    key: { type: "string" },
    table: { type: "string" },
    from: { type: "string" },
    to: { type: "string" },
    where: { type: "string", multiple: true },
    columns: { type: "string" },
    limit: { type: "string" },
    order: { type: "string" },
    why: { type: "string" },
    output: { type: "string" },
    dialect: { type: "string" },
    schema: { type: "boolean" },
  },
  words: 1,
  async run(call) {
    const [kql] = call.positionals;
    if (call.values["dialect"] !== undefined) return await translate(call, kql);
    if (call.values["schema"] === true) throw new UsageError("--schema needs --dialect");
    if (kql !== undefined) return await runKql(call, kql);
    const output = choice(call, "output", ["table", "json", "ndjson"]);
    const body = queryOf(call);
    return await withHub(call, "events:read", async (hub) => {
      const reply = await hub.call(queryEvents, { body, signal: call.signal });
      const names = reply.columns.map(({ name }) => name);
      if (output === "json") call.out(`${JSON.stringify(reply)}\n`);
      else if (output === "ndjson") {
        for (const row of reply.rows) call.out(`${JSON.stringify(row)}\n`);
      } else call.out(tableText(names, reply.rows));
      if (reply.more && output === "table") call.err("More rows match: see --limit");
      return EXIT.ok;
    });
  },
};

async function translate(call: Call, kql: string | undefined): Promise<number> {
  const dialect = choice(call, "dialect", DIALECTS);
  const isSchema = call.values["schema"] === true;
  if (isSchema === (kql !== undefined)) {
    throw new UsageError("--dialect needs either a query in KQL or --schema");
  }
  const stray = ["limit", "output", "why", ...TABLE_OPTIONS].find((name) =>
    call.values[name] !== undefined
  );
  if (stray !== undefined) throw new UsageError(`--${stray} is too much: --dialect asks nothing`);
  return await withHub(
    call,
    "events:read",
    (hub) =>
      kql === undefined ? printSchema(call, hub, dialect) : printQuery(call, hub, { kql, dialect }),
  );
}

/** What asks one table, and means nothing beside KQL. */
const TABLE_OPTIONS = ["table", "from", "to", "where", "columns", "order"];

async function runKql(call: Call, kql: string): Promise<number> {
  const stray = TABLE_OPTIONS.find((name) => call.values[name] !== undefined);
  if (stray !== undefined) {
    throw new UsageError(`--${stray} is too much: a query in KQL says that itself`);
  }
  const limit = text(call, "limit");
  const wanted = {
    query: kql,
    output: choice(call, "output", ["table", "json", "ndjson", "csv"]),
    limit: limit === undefined ? undefined : limitOf(limit),
    why: text(call, "why") ?? "",
  };
  return await withHub(call, "events:read", (hub) => askKql(call, hub, wanted));
}

function queryOf(call: Call): EventQuery {
  const from = timeOf(call, "from");
  const to = timeOf(call, "to");
  const columns = text(call, "columns")?.split(",").map((name) => name.trim());
  return {
    table: required(call, "table"),
    ...(from !== undefined && { from }),
    ...(to !== undefined && { to }),
    ...(columns !== undefined && { columns }),
    where: [call.values["where"] ?? []].flat().map((filter) => filterOf(String(filter))),
    limit: limitOf(text(call, "limit") ?? "100"),
    order: choice(call, "order", ["newest", "oldest"]),
    why: text(call, "why") ?? "",
  };
}

const UNIT_MS: Readonly<Record<string, number>> = {
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/** A time as it is, or `15m` as that long ago. */
function timeOf(call: Call, name: string): string | undefined {
  const value = text(call, name);
  const [, number, unit] = /^(\d{1,6})([smhd])$/.exec(value ?? "") ?? [];
  if (unit === undefined) {
    if (value === undefined || v.is(Instant, value)) return value;
    throw new UsageError(
      `--${name} is "${
        String(value)
      }", must be a time with its offset such as 2026-08-01T10:00:00Z, ` +
        "or how long ago such as 15m (s, m, h or d)",
    );
  }
  return new Date(call.now() - Number(number) * UNIT_MS[unit]!).toISOString();
}

function limitOf(value: string): number {
  if (/^[1-9]\d{0,6}$/.test(value)) return Number(value);
  throw new UsageError(`--limit is "${value}", must be a whole number from 1 on`);
}

/**
 * Reads `COLUMN OP VALUE`. A value that is a number or a truth value is one; quotes make it text.
 *
 * @throws {UsageError}
 */
export function filterOf(words: string): Filter {
  const [, column, op, value = ""] = /^\s*(\w+)\s*([=!<>]=?|[a-z]+)\s*(.*)$/s.exec(words) ?? [];
  const parsed = v.safeParse(Filter, { column, op, ...valueOf(value.trim()) });
  const needsValue = op !== "isnull" && op !== "isnotnull";
  if (parsed.success && (parsed.output.value !== undefined) === needsValue) return parsed.output;
  throw new UsageError(
    `--where must be COLUMN OP VALUE, where OP is one of ${Operator.options.join(" ")}`,
  );
}

function valueOf(value: string): { value?: string | number | boolean } {
  if (value === "") return {};
  const [, quoted] = /^["'](.*)["']$/s.exec(value) ?? [];
  if (quoted !== undefined) return { value: quoted };
  if (value === "true" || value === "false") return { value: value === "true" };
  return { value: /^-?\d{1,15}(\.\d+)?$/.test(value) ? Number(value) : value };
}
