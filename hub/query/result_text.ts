/**
 * Rows of a query in KQL as JSON, NDJSON and CSV.
 *
 * @module
 */
import type { KustoRow } from "./kusto/answer.ts";
import { cellText, type KustoColumn, type KustoType, type KustoValue } from "./kusto/value.ts";

/** One row as a JSON array. */
export function arrayText(row: KustoRow, columns: readonly KustoColumn[]): string {
  return `[${columns.map(({ type }, i) => jsonText(row[i] ?? null, type)).join(",")}]`;
}

/** Gives what writes a row as a JSON object; a name that comes twice gets a number. */
export function objectWriter(columns: readonly KustoColumn[]): (row: KustoRow) => string {
  const names = distinct(columns).map((name) => JSON.stringify(name));
  return (row) => {
    const members = columns.map(({ type }, i) => `${names[i]}:${jsonText(row[i] ?? null, type)}`);
    return `{${members.join(",")}}`;
  };
}

/** The first line of a CSV text (RFC 4180). */
export function csvHead(columns: readonly KustoColumn[]): string {
  return `${columns.map(({ name }) => quoted(name)).join(",")}\r\n`;
}

/** One line of it; what is absent is empty. */
export function csvLine(row: KustoRow, columns: readonly KustoColumn[]): string {
  const cells = columns.map(({ type }, i) => {
    const text = row[i] === null ? "" : cellText(row[i] ?? null, type);
    return quoted(type === "dynamic" ? text : unquoted(text));
  });
  return `${cells.join(",")}\r\n`;
}

/** Numbers that JSON readers would round are digits. */
function jsonText(value: KustoValue, type: KustoType): string {
  const text = cellText(value, type);
  if (typeof value !== "bigint" || text.startsWith('"')) return text;
  return BigInt.asIntN(54, value) === value ? text : `"${text}"`;
}

function distinct(columns: readonly KustoColumn[]): readonly string[] {
  const taken = new Set<string>();
  return columns.map(({ name }) => {
    let free = name;
    for (let n = 1; taken.has(free); n++) free = `${name}_${n}`;
    taken.add(free);
    return free;
  });
}

function unquoted(text: string): string {
  if (!text.startsWith('"')) return text;
  const value: unknown = JSON.parse(text);
  return String(value);
}

function quoted(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
