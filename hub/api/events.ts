/**
 * Answers `/v1/events/query`.
 *
 * @module
 */
import {
  type EventQuery,
  type Filter,
  queryEvents,
  type QueryReply,
  type TableEntry,
} from "../../sdk/api/events.ts";
import { REVEAL_SCHEMA } from "../../sdk/gap.ts";
import { GUARDED_CLASSES } from "../tables.ts";
import { lookerOf, type RecordLook } from "./look.ts";
import { type HubApp, mount } from "./mount.ts";
import { ApiError } from "./refusal.ts";

/** What the event routes need of the hub. */
export interface EventParts {
  tables(): readonly TableEntry[];
  query(query: EventQuery, signal: AbortSignal): Promise<QueryReply>;
  readonly recordLook: RecordLook;
}

/** Most names that a refusal lists. */
const MOST_NAMED = 60;

const TOKEN = /^[a-z0-9_-]{1,32}:\d{1,10}:[a-z2-7]{26}$/;

export function mountEvents(app: HubApp, parts: EventParts): void {
  mount(app, queryEvents, async ({ body, caller, media, request }) => {
    const table = tableOf(parts.tables(), body.table);
    checkColumns(body, table);
    const reply = await parts.query(body, request.signal);
    await parts.recordLook({
      who: lookerOf(caller),
      what: queryText(body, table),
      rows: reply.rows.length,
      why: body.why,
    });
    return media === "application/x-ndjson" ? ndjson(reply) : reply;
  });
}

/** @throws {ApiError} If there is none of that name. */
function tableOf(tables: readonly TableEntry[], name: string): TableEntry {
  if (name === REVEAL_SCHEMA.name) {
    throw new ApiError(
      "forbidden",
      "Cannot query: sealed values are handed out under a grant alone",
    );
  }
  const table = tables.find((entry) => entry.name === name);
  if (table !== undefined) return table;
  const known = tables.length === 0 ? "none has come yet" : `must be one of ${named(tables)}`;
  throw new ApiError("missing", `Cannot query: there is no table ${name}, ${known}`);
}

function named(things: readonly { readonly name: string }[]): string {
  const names = things.map(({ name }) => name).toSorted();
  const rest = names.length - MOST_NAMED;
  return names.slice(0, MOST_NAMED).join(", ") + (rest > 0 ? ` and ${rest} more` : "");
}

function checkColumns(query: EventQuery, table: TableEntry): void {
  const known = new Set(table.columns.map(({ name }) => name));
  const asked = [...query.where.map(({ column }) => column), ...query.columns ?? []];
  const unknown = asked.find((name) => !known.has(name));
  if (unknown !== undefined) {
    throw new ApiError(
      "input",
      `Cannot query: table ${table.name} has no column ${unknown}, ` +
        `must be one of ${named(table.columns)}`,
    );
  }
}

/** The query as it is written down. */
export function queryText(query: EventQuery, table: TableEntry): string {
  const { why: _, where, ...rest } = query;
  return JSON.stringify({ ...rest, where: where.map((filter) => withheld(filter, table)) });
}

function withheld(filter: Filter, table: TableEntry): Filter {
  const declared = table.columns.find(({ name }) => name === filter.column);
  if (declared !== undefined && !GUARDED_CLASSES.has(declared.class)) return filter;
  if (filter.value === undefined || isTokens(String(filter.value))) return filter;
  return { ...filter, value: "(plain value withheld)" };
}

/** One token, or a list of them. */
function isTokens(value: string): boolean {
  return value.split(",").every((one) => TOKEN.test(one.trim()));
}

function ndjson(reply: QueryReply): Response {
  const text = reply.rows.map((row) => `${JSON.stringify(row)}\n`).join("");
  return new Response(text, { headers: { "content-type": "application/x-ndjson" } });
}
