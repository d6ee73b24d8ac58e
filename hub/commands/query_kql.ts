/**
 * `custos-hub query 'KQL'`: asks a hub in KQL.
 *
 * @module
 */
import { type KqlTable, queryKql } from "../../sdk/api/kql.ts";
import type { Row } from "../../sdk/api/events.ts";
import type { HubClient } from "../../sdk/client/client.ts";
import type * as v from "valibot";
import { type Call, EXIT } from "./command.ts";
import { tableText } from "./table_text.ts";

/** How the result is written. */
export type KqlOutput = "table" | "json" | "ndjson" | "csv";

/** What is asked. */
export interface KqlWanted {
  readonly query: string;
  readonly output: KqlOutput;
  /** Most rows; NDJSON and CSV have no limit of their own. */
  readonly limit: number | undefined;
  readonly why: string;
}

/** Most rows of a table on a terminal, where nobody says how many. */
const TABLE_ROWS = 1000;
const STREAMS = { ndjson: "application/x-ndjson", csv: "text/csv" } as const;

/** Asks `hub` and writes what it says; gives the exit code. */
export async function askKql(call: Call, hub: HubClient, wanted: KqlWanted): Promise<number> {
  const { query, why, output } = wanted;
  const limit = wanted.limit ?? (output === "table" ? TABLE_ROWS : undefined);
  const body = { query, why, ...(limit !== undefined && { limit }) };
  const input = { body, signal: call.signal };
  if (output === "ndjson" && call.isWatched === true) {
    const watched = { ...input, body: { ...body, progress: true } };
    return await write(call, withoutProgress(hub.stream(queryKql, watched, STREAMS.ndjson), call));
  }
  if (output === "ndjson" || output === "csv") {
    return await write(call, hub.stream(queryKql, input, STREAMS[output]));
  }
  const reply = await hub.call(queryKql, input);
  if (output === "json") call.out(`${JSON.stringify(reply)}\n`);
  else call.out(reply.tables.map(textOf).join("\n"));
  if (reply.more && output === "table") call.err("There are more rows: see --limit");
  return EXIT.ok;
}

/** The last line of an NDJSON reply that could not be finished. */
const ERROR_LINE = /(?:^|\n)\{"error":\{"code":[^\n]*\}\}\n$/;

/** Percent between what is shown. */
const STEP = 10;
const PROGRESS_LINE = /^\{"progress":\{"percent":(\d+)\}\}$/;

/** Whole lines of `stream`; those of progress go to standard error. */
async function* withoutProgress(
  stream: AsyncIterable<string>,
  call: Call,
): AsyncGenerator<string> {
  let rest = "";
  let shown = 0;
  for await (const text of stream) {
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    const rows = lines.filter((line) => {
      const percent = Number(PROGRESS_LINE.exec(line)?.[1]);
      if (percent >= shown + STEP) call.err(`${shown = percent} % of the rows are read`);
      return Number.isNaN(percent);
    });
    if (rows.length > 0) yield `${rows.join("\n")}\n`;
  }
  if (rest !== "") yield rest;
}

async function write(call: Call, stream: AsyncIterable<string>): Promise<number> {
  let last = "";
  for await (const text of stream) {
    call.out(text);
    last = (last + text).slice(-2000);
  }
  return ERROR_LINE.test(last) ? EXIT.failed : EXIT.ok;
}

function textOf({ columns, rows }: v.InferOutput<typeof KqlTable>): string {
  const names = columns.map(({ name }, i) =>
    columns.slice(0, i).some((before) => before.name === name) ? `${name}_${i}` : name
  );
  const objects = rows.map((row): Row =>
    Object.fromEntries(names.map((name, i) => [name, row[i]]))
  );
  return tableText(names, objects);
}
