/**
 * The questions that `bench:query` asks of the log table, and the most CPU that each may take.
 *
 * @module
 */
import { sqlFiles } from "../hub/store/sql_text.ts";
import type { EventQuery } from "../sdk/api/events.ts";
import { LOG_TABLE } from "./log_table.ts";

/** What a look at one row of the table gave, for questions that must find something. */
export interface Known {
  readonly traceId: string;
  readonly computer: string;
  readonly time: Date;
}

export interface Question {
  readonly name: string;
  /** For 10 million rows. */
  readonly mostMs: number;
  /** As the API asks it, or SQL over given files. */
  readonly ask: Partial<EventQuery> | ((files: readonly string[]) => string);
  /** As ClickHouse is asked. */
  readonly clickHouse: string;
}

const TEN_MINUTES_MS = 600_000;
const NEEDLE = "[12345] took 99";

export function questions({ traceId, computer, time }: Known): readonly Question[] {
  const [from, to] = [time, new Date(time.getTime() + TEN_MINUTES_MS)];
  const ch = (at: Date): string => `fromUnixTimestamp64Milli(${at.getTime()})`;
  const table = "bench.zstd3";
  const columns = ["TimeGenerated", "Computer", "Message"];
  return [
    {
      name: "host and 10 minutes",
      mostMs: 30,
      ask: {
        columns,
        where: [{ column: "Computer", op: "==", value: computer }],
        from: from.toISOString(),
        to: to.toISOString(),
      },
      clickHouse: `select ${columns.join(", ")} from ${table} where Computer = '${computer}'
        and TimeGenerated >= ${ch(from)} and TimeGenerated < ${ch(to)} order by TimeGenerated desc`,
    },
    {
      name: "latest 100 errors",
      mostMs: 100,
      ask: { columns, where: [{ column: "Level", op: "==", value: 5 }], limit: 100 },
      clickHouse: `select ${columns.join(", ")} from ${table} where Level = 5
        order by TimeGenerated desc limit 100`,
    },
    {
      name: "one id, no time",
      mostMs: 50,
      ask: { where: [{ column: "TraceId", op: "==", value: traceId }] },
      clickHouse: `select * from ${table} where TraceId = '${traceId}'`,
    },
    {
      name: "top hosts",
      mostMs: 100,
      ask: (files) =>
        `select "Computer", count(*) from ${sqlFiles(files)} group by 1 order by 2 desc limit 10`,
      clickHouse: `select Computer, count() from ${table} group by 1 order by 2 desc limit 10`,
    },
    {
      name: "hours by source",
      mostMs: 450,
      ask: (files) =>
        `select "TimeGenerated" // 36000000000, "SourceName", count(*) from ${sqlFiles(files)}
         group by 1, 2 order by 1, 2`,
      clickHouse: `select toStartOfHour(TimeGenerated), SourceName, count() from ${table}
        group by 1, 2 order by 1, 2`,
    },
    {
      name: "substring of all",
      mostMs: 600,
      ask: (files) =>
        `select count(*) from ${sqlFiles(files)} where contains("Message", '${NEEDLE}')`,
      clickHouse: `select count() from ${table} where position(Message, '${NEEDLE}') > 0`,
    },
  ];
}

/** A whole query of the API. */
export function eventQuery(ask: Partial<EventQuery>): EventQuery {
  return { table: LOG_TABLE, where: [], limit: 1_000, order: "newest", why: "bench", ...ask };
}
