/**
 * Answers queries for events from the files of one manifest snapshot.
 *
 * @module
 */
import type { EventQuery, QueryReply } from "../../sdk/api/events.ts";
import type { Engine } from "../store/engine.ts";
import type { Cell } from "../store/engine_messages.ts";
import type { FileIndexes, NeededText } from "../store/cold/open_indexes.ts";
import { filesFor } from "../store/files_for.ts";
import type { StoredColumn } from "../store/layout.ts";
import type { Manifest, Snapshot, StoredFile } from "../store/manifest.ts";
import { type ColdFiles, localFiles, type PinnedFiles } from "../store/target/cold_files.ts";
import { TIME_COLUMN } from "../store/time_span.ts";
import { type EventPlan, planEvents } from "./plan.ts";
import { type Round, roundsOf } from "./rounds.ts";
import { KEY_COLUMNS, selectCount, selectEvents, type Source } from "./select.ts";
import { jsonOf } from "./values.ts";

export interface QueryOptions {
  readonly manifest: Manifest;
  readonly engine: Engine;
  /** The store's folder. */
  readonly folder: string;
  /** Where files are; default: in `folder`, all of them. */
  readonly cold?: Pick<ColdFiles, "pin">;
  /** Rules out cold files by what they hold; without it none is. */
  readonly indexes?: FileIndexes;
  /** Time column of a table; default `TimeGenerated` for all. */
  readonly timeOf?: (table: string) => string;
}

/** What is stored of a table. */
export interface StoredTable {
  readonly name: string;
  readonly time: string;
  readonly columns: readonly StoredColumn[];
  readonly rows: number;
  readonly bytes: number;
  readonly files: number;
}

export interface Query {
  /**
   * Rows in the order of time.
   *
   * @throws {QueryError} If the query does not fit what is stored.
   * @throws {EngineError} If the engine gave no answer.
   * @throws {TargetError} If a file could not be fetched.
   */
  events(query: EventQuery, signal: AbortSignal): Promise<QueryReply>;
  /** How many rows match, whatever `limit` says. Throws as {@link events}. */
  count(query: EventQuery, signal: AbortSignal): Promise<number>;
  tables(): readonly StoredTable[];
}

export function openQuery(options: QueryOptions): Query {
  return {
    async events(query, signal) {
      using snapshot = options.manifest.pin();
      const plan = planEvents(query, snapshot);
      const rows = await firstRows(options, { plan, ...chosen(options, snapshot, plan) }, signal);
      return {
        columns: plan.shown.map(({ name, type }) => ({ name, type })),
        rows: rows.slice(0, plan.limit).map(({ cells }) => rowOf(cells, plan.shown)),
        more: rows.length > plan.limit,
      };
    },
    async count(query, signal) {
      using snapshot = options.manifest.pin();
      const plan = planEvents(query, snapshot);
      const { files } = chosen(options, snapshot, plan);
      if (files.length === 0) return 0;
      using pinned = await pin(options, files, signal);
      const source = sourceOf(options, plan, { files, paths: pinned.paths });
      const request = { ...selectCount(plan, source), files: source.paths };
      let count = 0;
      for await (const { rows } of options.engine.select(request, signal)) {
        count += Number(rows[0]?.[0]);
      }
      return count;
    },
    tables: () => tablesOf(options),
  };
}

interface Chosen {
  readonly files: readonly StoredFile[];
  /** Whether the indexes say that few rows match: to look for the last one first would cost more. */
  readonly isRare: boolean;
}

/** Files of a query whose rows are rare, of all that its times leave. */
const RARE_SHARE = 0.25;

function chosen({ indexes }: QueryOptions, snapshot: Snapshot, plan: EventPlan): Chosen {
  const { table, from, to } = plan;
  const texts = neededBy(plan);
  const within = filesFor(snapshot, { table, from, to });
  if (texts.length === 0) return { files: within, isRare: false };
  const files = filesFor(snapshot, { table, from, to, texts }, indexes);
  return { files, isRare: files.length <= within.length * RARE_SHARE };
}

/** What all rows of the plan must have in columns of type string. */
function neededBy({ where }: EventPlan): readonly (readonly NeededText[])[] {
  return where.flatMap((condition) => {
    if (condition.op !== "==" && condition.op !== "has") return [];
    const { op, column: { name: column, type }, value: { value } } = condition;
    if (type !== "string") return [];
    return [[{ column, kind: op === "==" ? "value" as const : "terms", text: String(value) }]];
  });
}

/** A row with what it is put in order by. */
interface KeyedRow {
  readonly ticks: bigint;
  readonly ledgerIndex: number;
  readonly row: number;
  readonly cells: readonly Cell[];
}

/** One row more than the limit, where there is one. */
async function firstRows(
  options: QueryOptions,
  { plan, files, isRare }: Chosen & { readonly plan: EventPlan },
  signal: AbortSignal,
): Promise<readonly KeyedRow[]> {
  const most = plan.limit + 1;
  let rows: readonly KeyedRow[] = [];
  for (const round of roundsOf(files, plan.order)) {
    using pinned = await pin(options, round.files, signal);
    const source = sourceOf(options, plan, { files: round.files, paths: pinned.paths });
    const request = { ...selectEvents(plan, { ...source, isRare }, most), files: source.paths };
    const found = [...rows];
    for await (const chunk of options.engine.select(request, signal)) {
      for (const row of chunk.rows) found.push(keyed(row));
    }
    rows = found.toSorted(plan.order === "newest" ? (a, b) => byAge(b, a) : byAge).slice(0, most);
    if (isSettled(rows[most - 1], round, plan.order)) break;
  }
  return rows;
}

/** Whether no later round can hold a row before `last`. */
function isSettled(
  last: KeyedRow | undefined,
  { settledAt }: Round,
  order: EventPlan["order"],
): boolean {
  if (last === undefined || settledAt === undefined) return false;
  return order === "newest" ? last.ticks >= settledAt : last.ticks < settledAt;
}

/** Files on the hub's disk, for as long as they are read. */
function pin(
  { cold, folder }: QueryOptions,
  files: readonly StoredFile[],
  signal: AbortSignal,
): Promise<PinnedFiles> {
  return (cold ?? localFiles(folder)).pin(files, signal);
}

function sourceOf(
  { timeOf }: QueryOptions,
  plan: EventPlan,
  { files, paths }: Pick<PinnedFiles, "paths"> & { readonly files: readonly StoredFile[] },
): Source {
  return {
    paths,
    time: timeOf?.(plan.table) ?? TIME_COLUMN,
    hasTimeless: files.some(({ timeless }) => timeless > 0),
  };
}

function keyed(row: readonly Cell[]): KeyedRow {
  return {
    ticks: BigInt(row[0] ?? 0),
    ledgerIndex: Number(row[1]),
    row: Number(row[2]),
    cells: row.slice(KEY_COLUMNS),
  };
}

function byAge(a: KeyedRow, b: KeyedRow): number {
  if (a.ticks !== b.ticks) return a.ticks < b.ticks ? -1 : 1;
  return a.ledgerIndex - b.ledgerIndex || a.row - b.row;
}

function rowOf(cells: readonly Cell[], columns: readonly StoredColumn[]): Record<string, unknown> {
  return Object.fromEntries(
    columns.map(({ name, type }, i) => [name, jsonOf(cells[i] ?? null, type)]),
  );
}

function tablesOf({ manifest, timeOf }: QueryOptions): readonly StoredTable[] {
  const { columns, files } = manifest.snapshot;
  return [...columns].map(([name, list]) => {
    const own = files.get(name) ?? [];
    return {
      name,
      time: timeOf?.(name) ?? TIME_COLUMN,
      columns: list,
      rows: own.reduce((sum, { rows }) => sum + rows, 0),
      bytes: own.reduce((sum, { bytes }) => sum + bytes, 0),
      files: own.length,
    };
  });
}
