/**
 * Answers `/v1/query`. What is recorded, and when, is as of Kusto's protocol.
 *
 * @module
 */
import type { KqlBody } from "../../sdk/api/kql.ts";
import { arrowBatch, arrowSchema } from "./arrow/batches.ts";
import { END } from "./arrow/messages.ts";
import type { Answer, AnswerTable, KustoRow, Tally } from "./kusto/answer.ts";
import { isCommand, runCommand, splitCommand } from "./kusto/command.ts";
import { failureText, KustoFailure } from "./kusto/failure.ts";
import { changeFunctions, changesFunctions } from "./kusto/function_commands.ts";
import { withProofs } from "./kusto/proof_column.ts";
import {
  contextOf,
  endJob,
  type Job,
  type KustoCaller,
  type KustoParts,
  openJob,
  recordStart,
  reported,
  runJob,
  streamed,
  whole,
} from "./kusto/query_job.ts";
import { readRequest } from "./kusto/request.ts";
import { arrayText, csvHead, csvLine, objectWriter } from "./result_text.ts";

/** How the rows are written. */
export type KqlFormat = "json" | "ndjson" | "csv" | "arrow";

const TYPES: Readonly<Record<KqlFormat, string>> = {
  json: "application/json",
  ndjson: "application/x-ndjson",
  csv: "text/csv",
  arrow: "application/vnd.apache.arrow.stream",
};

/** One call of the route. */
export interface KqlCall {
  readonly body: KqlBody;
  readonly format: KqlFormat;
  readonly isProven: boolean;
  readonly caller: KustoCaller;
  readonly request: Request;
}

/** @throws {KustoFailure} */
export async function answerKql(parts: KustoParts, call: KqlCall): Promise<Response> {
  const { caller, request, body } = call;
  const wanted = readRequest({
    csl: body.query,
    properties: {
      Options: {
        request_description: body.why,
        results_progressive_enabled: body.progress && call.format === "ndjson",
        ...(body.timeoutMs !== undefined && { servertimeout: body.timeoutMs / 1000 }),
        ...(body.limit !== undefined && { truncationmaxrecords: body.limit }),
      },
      Parameters: body.parameters,
    },
  });
  const job = openJob(parts, { caller, request, wanted, context: contextOf(parts, request) });
  try {
    if (isCommand(wanted.text)) return await answered(job, await commandAnswer(job), call);
    return await runJob(job, wanted.text, (answer) => answered(job, answer, call));
  } catch (error) {
    throw reported(parts, error);
  }
}

async function commandAnswer({ parts, caller, wanted, request }: Job): Promise<Answer> {
  if (changesFunctions(wanted.text)) {
    const change = { text: wanted.text, caller, signal: request.signal };
    return await changeFunctions(parts.functions, change);
  }
  const { command, pipe } = splitCommand(wanted.text);
  if (pipe !== "") {
    throw new KustoFailure("request", "Cannot run command: it is piped into a query");
  }
  const { version, startedAt, running } = parts;
  return runCommand(command, {
    catalog: parts.catalog(),
    running,
    caller: caller.id,
    version,
    startedAt,
  });
}

async function answered(job: Job, answer: Answer, call: KqlCall): Promise<Response> {
  const tables = call.isProven ? answer.tables.map(withProofs) : answer.tables;
  if (call.format === "json") {
    return withType(await whole(jsonReply(job, tables)), call.format);
  }
  const [table, second] = tables;
  if (table === undefined || second !== undefined) {
    throw new KustoFailure("request", "Cannot write several results in one text: ask for JSON");
  }
  await recordStart(job);
  return withType(streamed(job, finished(job, table, call)), call.format);
}

function withType(reply: Response, format: KqlFormat): Response {
  reply.headers.set("content-type", TYPES[format]);
  return reply;
}

async function* jsonReply(job: Job, tables: readonly AnswerTable[]): AsyncGenerator<string> {
  let more = false;
  yield '{"tables":[';
  for (const [i, { name, columns, chunks, render = {} }] of tables.entries()) {
    const head = JSON.stringify({ name, columns, render });
    yield `${i === 0 ? "" : ","}${head.slice(0, -1)},"rows":[`;
    let isFirst = true;
    for await (const texts of limited(chunks, job.tally, (row) => arrayText(row, columns))) {
      more ||= texts.isCut;
      if (texts.rows.length > 0) yield (isFirst ? "" : ",") + texts.rows.join(",");
      isFirst &&= texts.rows.length === 0;
    }
    yield "]}";
  }
  // Where nobody named a limit, that the result is not whole is an error.
  const failure = more && !hasLimit(job) ? tooLarge(job.tally) : undefined;
  await endJob(job, failure);
  if (failure !== undefined) throw failure;
  yield `],"more":${more}}`;
}

type Piece = string | Uint8Array<ArrayBuffer>;

/** The rows of `table`; a failure that comes late is told as the format can. */
async function* finished(job: Job, table: AnswerTable, call: KqlCall): AsyncGenerator<Piece> {
  try {
    const isCut = yield* call.format === "arrow" ? batches(job, table) : lines(job, table, call);
    if (isCut && !hasLimit(job)) throw tooLarge(job.tally);
    await endJob(job, undefined);
  } catch (error) {
    const failure = reported(job.parts, error);
    await endJob(job, failure);
    if (call.format !== "ndjson") throw failure;
    const { kind } = failure;
    yield `${JSON.stringify({ error: { code: kind, message: failureText(failure) } })}\n`;
  }
}

/** Gives whether rows were left out. */
async function* lines(
  job: Job,
  { columns, chunks }: AnswerTable,
  { format }: KqlCall,
): AsyncGenerator<string, boolean> {
  let shown = 0;
  if (format === "csv") yield csvHead(columns);
  const object = objectWriter(columns);
  const write = format === "csv"
    ? (row: KustoRow) => csvLine(row, columns)
    : (row: KustoRow) => `${object(row)}\n`;
  for await (const texts of limited(chunks, job.tally, write)) {
    if (texts.rows.length > 0) yield texts.rows.join("");
    else if (job.percent > shown) {
      shown = job.percent;
      yield `${JSON.stringify({ progress: { percent: shown } })}\n`;
    }
    if (texts.isCut) return true;
  }
  return false;
}

/** Gives whether rows were left out. */
async function* batches(
  { tally }: Job,
  { columns, chunks }: AnswerTable,
): AsyncGenerator<Piece, boolean> {
  yield arrowSchema(columns);
  for await (const chunk of chunks) {
    const rows = chunk.slice(0, tally.limits.records - tally.rows);
    const bytes = arrowBatch(rows, columns);
    if (tally.bytes + bytes.length > tally.limits.bytes) return true;
    tally.rows += rows.length;
    tally.bytes += bytes.length;
    if (rows.length > 0) yield bytes;
    if (rows.length < chunk.length) {
      yield END;
      return true;
    }
  }
  yield END;
  return false;
}

interface Texts {
  readonly rows: readonly string[];
  /** Whether rows were left out: these are the last ones. */
  readonly isCut: boolean;
}

async function* limited(
  chunks: AnswerTable["chunks"],
  tally: Tally,
  write: (row: KustoRow) => string,
): AsyncGenerator<Texts> {
  for await (const chunk of chunks) {
    const rows: string[] = [];
    for (const row of chunk) {
      const text = write(row);
      const bytes = Buffer.byteLength(text);
      const { limits } = tally;
      if (tally.rows >= limits.records || tally.bytes + bytes > limits.bytes) {
        yield { rows, isCut: true };
        return;
      }
      tally.rows++;
      tally.bytes += bytes;
      rows.push(text);
    }
    yield { rows, isCut: false };
  }
}

function hasLimit({ tally, wanted }: Job): boolean {
  return wanted.hasRowLimit && tally.rows >= tally.limits.records;
}

function tooLarge({ rows, bytes }: Tally): KustoFailure {
  return new KustoFailure(
    "truncated",
    `the result is larger than ${rows} rows or ${bytes} bytes ` +
      "(E_QUERY_RESULT_SET_TOO_LARGE): ask for less, or name a limit",
  );
}
