/**
 * What is asked of a storage, and whether an answer has exactly the rows of the beginning of the
 * ledger: all of those before some entry and none of later ones.
 *
 * @module
 */
import type { EventQuery } from "../../sdk/api/events.ts";
import { DAY_MS, type MadeRow } from "./made_ledger.ts";
import type { StorageLife } from "./storage_life.ts";

export const KINDS = [
  "all",
  "word",
  "days",
  "top",
  "count",
  "events",
  "events-word",
  "events-days",
  "events-count",
] as const;

export interface Question {
  readonly kind: (typeof KINDS)[number];
  readonly table: string;
  readonly word: string;
  readonly day: number;
  readonly order: "newest" | "oldest";
}

/** Rows as they came, or only how many. */
export type Found = readonly FoundRow[] | number;

interface FoundRow {
  readonly index: number;
  readonly row: number;
  readonly n: number;
}

/** Whether the question is about a row. */
export function isAsked({ kind, table, word, day }: Question, row: MadeRow, of: string): boolean {
  if (kind !== "all" && of !== table) return false;
  if (kind === "word" || kind === "events-word") return row.word === word;
  if (kind !== "days" && kind !== "events-days") return true;
  return row.time !== undefined && row.time >= day * DAY_MS && row.time < (day + 2) * DAY_MS;
}

export async function ask(question: Question, asked: StorageLife): Promise<Found> {
  return question.kind.startsWith("events")
    ? await askEvents(question, asked)
    : await askKql(question, asked);
}

async function askEvents(question: Question, { query, life }: StorageLife): Promise<Found> {
  const { kind, table, word, day, order } = question;
  const wanted: EventQuery = {
    table,
    columns: ["_LedgerIndex", "_Row", "N"],
    where: kind === "events-word" ? [{ column: "Word", op: "==", value: word }] : [],
    limit: 10_000,
    order,
    why: "",
    ...(kind === "events-days" && { from: isoOf(day), to: isoOf(day + 2) }),
  };
  if (kind === "events-count") return await query.count(wanted, life.signal);
  const { rows } = await query.events(wanted, life.signal);
  return rows.map((row) => foundRow([row["_LedgerIndex"], row["_Row"], row["N"]]));
}

async function askKql(question: Question, { kql, life }: StorageLife): Promise<Found> {
  const query = {
    text: textOf(question),
    parameters: new Map<string, string>(),
    timeoutMs: 240_000,
  };
  const answer = await kql.run(query, life.signal);
  try {
    const rows: (readonly unknown[])[] = [];
    for await (const chunk of answer.tables[0]!.chunks) rows.push(...chunk);
    return question.kind === "count" ? Number(rows[0]![0]) : rows.map(foundRow);
  } finally {
    answer.close();
  }
}

function textOf({ kind, table, word, day }: Question): string {
  const shown = "| project _LedgerIndex, _Row, N";
  switch (kind) {
    case "all":
      return `union A, B ${shown}`;
    case "word":
      return `${table} | where Word == "${word}" ${shown}`;
    case "days":
      return `${table} | where TimeGenerated >= datetime(${
        isoOf(day)
      }) and TimeGenerated < datetime(${isoOf(day + 2)}) ${shown}`;
    case "top":
      return `${table} | top 10000 by N ${shown}`;
    default:
      return `${table} | count`;
  }
}

function isoOf(day: number): string {
  return new Date(day * DAY_MS).toISOString();
}

function foundRow([index, row, n]: readonly unknown[]): FoundRow {
  return { index: Number(index), row: Number(row), n: Number(n) };
}

/** What is wrong with an answer, undefined where nothing is. */
export interface Judged {
  /** For each entry of the ledger, the rows that the question is about. */
  readonly wanted: readonly (readonly MadeRow[])[];
  /** Entries that were stored when the question was asked. */
  readonly stored: number;
}

export function wrongOf(found: Found, { wanted, stored }: Judged): string | undefined {
  const most = wanted.length;
  if (typeof found === "number") {
    let count = 0;
    for (let prefix = 0; prefix <= most; prefix++) {
      if (prefix >= stored && count === found) return undefined;
      count += wanted[prefix]?.length ?? 0;
    }
    return `${found} rows are those of no prefix from ${stored} to ${most}`;
  }
  const byEntry = Map.groupBy(found, ({ index }) => index);
  const strange = [...byEntry.keys()].find((index) => wanted[index] === undefined);
  if (strange !== undefined) return `entry ${strange} is not in the ledger`;
  let isOver = false;
  for (const [index, rows] of wanted.entries()) {
    if (rows.length === 0) continue;
    const got = byEntry.get(index) ?? [];
    if (got.length === 0) {
      if (index < stored) return `entry ${index} is missing, ${stored} were stored`;
      isOver = true;
      continue;
    }
    if (isOver) return `entry ${index} is there, one before it is not`;
    const told = new Set(got.map(({ row, n }) => `${row}/${n}`));
    const isWhole = rows.every(({ row, n }) => told.has(`${row}/${n}`));
    if (got.length !== rows.length || told.size !== rows.length || !isWhole) {
      return `entry ${index} has ${got.length} rows (${told.size} different), not ${rows.length}`;
    }
  }
  return undefined;
}
