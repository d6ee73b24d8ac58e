/**
 * `custos-hub query`: events of one table, through the API.
 *
 * @module
 */
import { type EventQuery, Filter, Operator, queryEvents, type Row } from "../../sdk/api/events.ts";
import { Instant } from "../../sdk/api/values.ts";
import * as v from "valibot";
import { type Call, choice, type Command, EXIT, required, text, UsageError } from "./command.ts";
import { clientUsage, withHub } from "./hub_client.ts";

const WIDEST = 80;

export const query: Command = {
  name: "query",
  summary: "Asks a hub for events of one table.",
  usage: `--table TABLE [--hub URL] [--key KEY]
       [--from TIME] [--to TIME] [--where 'COLUMN OP VALUE']… [--columns A,B] [--limit N]

${clientUsage("events:read")}
  --from     earliest time, inclusive, such as 2026-08-01T10:00:00Z or 15m (ago)
  --to       latest time, exclusive
  --where    a filter, may be repeated; OP is one of ${Operator.options.join(" ")}
  --columns  columns to show (default: all)
  --limit    most rows (default: 100)
  --order    newest or oldest
  --why      why you look; kept with the record of this query
  --output   table, json or ndjson`,
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
  },
  async run(call) {
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
  if (/^[1-9]\d{0,4}$/.test(value)) return Number(value);
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

/** Rows in columns, without those columns that no row has. */
export function tableText(names: readonly string[], rows: readonly Row[]): string {
  const shown = names.filter((name) => rows.some((row) => cellText(row[name]) !== ""));
  const lines = [shown, ...rows.map((row) => shown.map((name) => cellText(row[name])))];
  const widths = shown.map((_, i) => Math.max(...lines.map((line) => line[i]!.length)));
  return lines
    .map((line) => line.map((cell, i) => cell.padEnd(widths[i]!)).join("  ").trimEnd())
    .map((line) => `${line}\n`)
    .join("");
}

/** One line without control characters: an event must not drive the reader's terminal. */
function cellText(value: unknown): string {
  if (value === null || value === undefined) return "";
  const whole = typeof value === "string" ? value : JSON.stringify(value);
  const plain = whole.replaceAll(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, "·");
  return plain.length > WIDEST ? `${plain.slice(0, WIDEST - 1)}…` : plain;
}
