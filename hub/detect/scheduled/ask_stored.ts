/**
 * Asks scheduled rules' queries of the store, once it has all that they are about.
 *
 * @module
 */
import type { KqlAnswer } from "../../query/kusto/query_job.ts";
import { type FailureKind, KustoFailure } from "../../query/kusto/failure.ts";
import { cellText, type KustoColumn, type KustoValue } from "../../query/kusto/value.ts";
import type { KqlQueries } from "../../query/run/kql_queries.ts";
import { type Found, MOST_ROWS, type TextRow } from "./findings.ts";
import { RefusedQuery, type SchedulerOptions } from "./scheduler.ts";

export interface AskOptions {
  readonly kql: Pick<KqlQueries, "run">;
  /** Resolves when the store has all entries before `entry`, or `signal` aborts. */
  readonly stored: (entry: number, signal: AbortSignal) => Promise<void>;
}

/** Longest time for one query. */
const TIMEOUT_MS = 120_000;
const TICKS_PER_MS = 10_000n;

/** These pass by themselves; what else fails is the query's own. */
const PASSING: ReadonlySet<FailureKind> = new Set(["cancelled", "throttled", "unavailable"]);

/** What {@link SchedulerOptions.ask} wants. */
export function askStored({ kql, stored }: AskOptions): SchedulerOptions["ask"] {
  return async (text, { entry, fromMs, toMs }, signal) => {
    await stored(entry, signal);
    const of = {
      now: BigInt(toMs) * TICKS_PER_MS,
      before: entry,
      from: BigInt(fromMs) * TICKS_PER_MS,
    };
    try {
      const query = { text, parameters: new Map<string, string>(), timeoutMs: TIMEOUT_MS, of };
      return await foundIn(await kql.run(query, signal));
    } catch (error) {
      if (!(error instanceof KustoFailure) || PASSING.has(error.kind)) throw error;
      throw new RefusedQuery(`The query cannot be answered: ${error.message}`, { cause: error });
    }
  };
}

async function foundIn(answer: KqlAnswer): Promise<Found> {
  try {
    const [table] = answer.tables;
    const rows: TextRow[] = [];
    let count = 0;
    for await (const chunk of table?.chunks ?? []) {
      count += chunk.length;
      for (const row of chunk.slice(0, Math.max(0, MOST_ROWS - rows.length))) {
        rows.push(row.map((value, i) => textOf(value, table?.columns[i])));
      }
    }
    const columns = (table?.columns ?? []).map(({ name }) => name);
    return { columns, rows, count, tables: answer.sources };
  } finally {
    answer.close();
  }
}

function textOf(value: KustoValue, column: KustoColumn | undefined): string | undefined {
  if (value === null || column === undefined) return undefined;
  const text = cellText(value, column.type);
  return typeof value === "string" ? value : text.replace(/^"(.*)"$/, "$1");
}
