/**
 * `.show queries`, `.cancel query`, and what the hub says of itself.
 *
 * @module
 */
import { columnsOf, type DotCommand } from "./dot_command.ts";
import { DATABASE } from "./catalog.ts";
import type { Run } from "./running.ts";
import type { KustoValue } from "./value.ts";

const TICKS_PER_MS = 10_000n;

const version: DotCommand = {
  usage: ".show version",
  pattern: /^\.show version$/i,
  columns: columnsOf("BuildVersion BuildTime:datetime ServiceType ProductVersion ServiceOffering"),
  run: (context) => [[
    context.version,
    ticks(context.startedAt),
    "Engine",
    `custos ${context.version}`,
    '{"Type":"custos"}',
  ]],
};

const cluster: DotCommand = {
  usage: ".show cluster",
  pattern: /^\.show cluster(?: details)?$/i,
  columns: columnsOf("NodeId Address Name StartTime:datetime IsAdmin:bool"),
  run: ({ startedAt }) => [["custos", "", "custos", ticks(startedAt), true]],
};

const views: DotCommand = {
  usage: ".show materialized-views",
  pattern: /^\.show (?:materialized-views|external tables)$/i,
  columns: columnsOf("TableName TableType Folder DocString"),
  run: () => [],
};

const queries: DotCommand = {
  usage: ".show queries",
  pattern: /^\.show (running )?queries$/i,
  columns: columnsOf(
    `ClientActivityId Text Database StartedOn:datetime LastUpdatedOn:datetime Duration:timespan
     State RootActivityId:guid User FailureReason TotalCpu:timespan Application
     ResultSetStatistics:dynamic`,
  ),
  run: ({ running, caller }, [only]) =>
    running.list(caller)
      .filter(({ state }) => only === "" || state === "InProgress")
      .map(queryRow),
};

const cancel: DotCommand = {
  usage: '.cancel query "CLIENT REQUEST ID"',
  pattern: /^\.cancel (?:running )?query (["']?)(.+?)\1(?: with \(.*\))?$/i,
  columns: columnsOf("ClientRequestId Result"),
  run: ({ running, caller }, [, id = ""]) => [[
    id,
    running.cancel(caller, id) > 0 ? "Cancelled" : "NotFound",
  ]],
};

/** Commands about queries and the hub. */
export const QUERY_COMMANDS: readonly DotCommand[] = [
  version,
  cluster,
  views,
  queries,
  cancel,
];

function queryRow(run: Run): readonly KustoValue[] {
  const { startedAt, endedAt = startedAt } = run;
  return [
    run.clientRequestId,
    run.text,
    DATABASE,
    ticks(startedAt),
    ticks(endedAt),
    ticks(endedAt - startedAt),
    run.state,
    run.activityId,
    run.user,
    run.failure,
    null,
    run.application,
    { TableCount: 1, TableRows: run.rows, TableSize: run.bytes },
  ];
}

function ticks(ms: number): bigint {
  return BigInt(Math.round(ms)) * TICKS_PER_MS;
}
