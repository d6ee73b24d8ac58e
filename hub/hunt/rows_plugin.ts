/**
 * Reads NDJSON that other programs have made of events: what `custos read` prints, and events of
 * Windows as the `evtx` crate (`{"Event": {"System": …}}`) or Winlogbeat (`{"winlog": …}`) has them.
 *
 * @module
 */
import * as v from "valibot";
import { builtinPlugins } from "../../plugins/builtin.ts";
import { AGENT, GAP } from "../../sdk/gap.ts";
import { definePlugin, type Plugin } from "../../sdk/plugin.ts";
import { isoTicks } from "../../sdk/read/time_text.ts";
import type { TailCursor } from "../../sdk/read/io.ts";
import type { ColumnSpec, Json, Table } from "../../sdk/table.ts";
import { windowsRow } from "./windows_json.ts";

/** Its name for `--plugin`: it is none of an agent's. */
export const ROWS = "rows";

/** Longest line, and most bytes that are read at once. */
const LIMITS = { maxLineBytes: 4 * 1024 * 1024, chunkBytes: 8 * 1024 * 1024 };

/** All tables of all plugins, and those of the agent itself. */
function tables(): Readonly<Record<string, Table>> {
  const all = [...builtinPlugins.values()].flatMap((plugin) => Object.entries(plugin.tables));
  return { ...Object.fromEntries(all), Gap: GAP, CustosAgent: AGENT };
}

export function rowsPlugin(): Plugin {
  const known = tables();
  return definePlugin.stream({
    name: ROWS,
    version: "1.0.0",
    summary: "Events as NDJSON",
    filesKey: "files",
    config: v.strictObject({ files: v.array(v.string()) }),
    needs: {},
    tables: known,
    start: (): TailCursor => ({}),
    async *stream({ config, io, emit, reject }, cursor) {
      for await (const { bytes, cut, cursor: next } of io.tail(config.files, cursor, LIMITS)) {
        for (const line of linesOf(bytes)) {
          const row = cut === undefined ? rowOf(line, known) : "line too long";
          const why = typeof row === "string" ? row : emitted(emit, row);
          if (why !== undefined) reject({ bytes: line, why, table: "Syslog" });
        }
        yield next;
      }
    },
  });
}

function* linesOf(bytes: Uint8Array): Iterable<Uint8Array> {
  for (let at = 0; at < bytes.length;) {
    const end = bytes.indexOf(10, at);
    const line = bytes.subarray(at, end < 0 ? bytes.length : end);
    if (line.some((byte) => byte > 32)) yield line;
    at = end < 0 ? bytes.length : end + 1;
  }
}

interface TableRow {
  readonly table: string;
  readonly row: Readonly<Record<string, unknown>>;
}

function emitted(
  emit: Readonly<Record<string, (row: Readonly<Record<string, never>>) => void>>,
  { table, row }: TableRow,
): string | undefined {
  try {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the writer checks each value
    emit[table]?.(row as Readonly<Record<string, never>>);
    return undefined;
  } catch (error) {
    if (error instanceof TypeError) return "no row of its table";
    throw error;
  }
}

/** The row of a line; why there is none. */
function rowOf(line: Uint8Array, known: Readonly<Record<string, Table>>): TableRow | string {
  const value = parsed(line);
  if (value === undefined) return "no JSON object";
  const { table, row } = value;
  if (typeof table === "string" && isObject(row)) {
    const columns = Object.hasOwn(known, table) ? known[table]?.columns : undefined;
    return columns === undefined ? "no table of this name" : { table, row: typed(row, columns) };
  }
  const windows = windowsRow(value);
  const columns = known["WindowsEvent"]?.columns ?? {};
  return windows === undefined
    ? "no event of a known shape"
    : { table: "WindowsEvent", row: typed(windows, columns) };
}

function parsed(line: Uint8Array): Readonly<Record<string, Json>> | undefined {
  try {
    const value: Json = JSON.parse(new TextDecoder().decode(line));
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** The values of declared columns, as a writer takes them. */
function typed(
  row: Readonly<Record<string, Json>>,
  columns: Readonly<Record<string, ColumnSpec>>,
): Readonly<Record<string, unknown>> {
  const values: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(row)) {
    const spec = Object.hasOwn(columns, name) ? columns[name] : undefined;
    if (spec === undefined || (value === null && spec.type !== "dynamic")) continue;
    const isTime = spec.type === "datetime" && typeof value === "string";
    const isLong = spec.type === "long" && typeof value === "string";
    values[name] = isTime ? isoTicks(value) : isLong ? wholeOf(value) : value;
  }
  return values;
}

function wholeOf(text: string): bigint | string {
  return /^-?\d{1,20}$/.test(text) ? BigInt(text) : text;
}

function isObject(value: Json | undefined): value is { readonly [name: string]: Json } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
