/**
 * Answers one request of Kusto's protocol: reads it, runs it, writes down that it was run.
 *
 * Nothing leaves the hub before the record of the query is durable. A reply that is asked for in
 * pieces leaves while the query runs: then a record of its start comes first.
 *
 * @module
 */
import type { KustoBody } from "../../../sdk/api/kusto.ts";
import type { Answer, Tally } from "./answer.ts";
import { type Catalog, checkDatabase } from "./catalog.ts";
import { isCommand, runCommand, splitCommand } from "./command.ts";
import { type FailureContext, failureReply, failureText, KustoFailure } from "./failure.ts";
import { commandV1, queryV1 } from "./frames_v1.ts";
import { queryV2 } from "./frames_v2.ts";
import { pipedQuery } from "./piped_query.ts";
import type { Completion } from "./properties.ts";
import { type KustoRequest, readRequest, tighterLimits } from "./request.ts";
import type { Running, RunningQuery } from "./running.ts";

/** One query to run. */
export interface KqlQuery {
  readonly text: string;
  readonly parameters: ReadonlyMap<string, string>;
  readonly timeoutMs: number;
  /** Of what it is asked; default: of all that is stored, now. */
  readonly of?: QuerySpan | undefined;
}

/** A part of what is stored, as it was at a place of the ledger. */
export interface QuerySpan {
  /** Time of the query, in ticks since the Unix epoch; what came at it or later is left out. */
  readonly now: bigint;
  /** Hub time, in ticks: what came earlier is left out. */
  readonly from: bigint;
  /** Events of ledger entries before this one. */
  readonly before: number;
}

/** What it gives, and what it reads. */
export interface KqlAnswer extends Answer {
  /** Names of tables. */
  readonly sources: readonly string[];
  /** What the query's own `set` statements say, by names in lower case. */
  readonly options: ReadonlyMap<string, string>;
  /** Called once no more rows are wanted. */
  close(): void;
}

/** Who asks, with what. */
export interface KustoCaller {
  /** Stable id. */
  readonly id: string;
  readonly name: string;
}

/** One query that was run, as it is recorded. */
export interface QueryRecord {
  /** `start` where rows leave before the end is known. */
  readonly phase: "start" | "end";
  readonly caller: KustoCaller;
  readonly clientRequestId: string;
  readonly activityId: string;
  readonly application: string;
  /** Why the caller says that they look. */
  readonly why: string;
  readonly text: string;
  readonly sources: readonly string[];
  /** As HTTP has it; 200 also for a result that was cut off. */
  readonly status: number;
  readonly failure: string;
  readonly rows: number;
  readonly bytes: number;
  /** ms since the Unix epoch. */
  readonly startedAt: number;
  readonly durationMs: number;
}

/** What the protocol needs of the hub. */
export interface KustoParts {
  /** ms since the Unix epoch. */
  now(): number;
  /** A new GUID. */
  newId(): string;
  readonly version: string;
  readonly startedAt: number;
  readonly running: Running;
  catalog(): Catalog;
  /** @throws {KustoFailure} */
  run(query: KqlQuery, signal: AbortSignal): Promise<KqlAnswer>;
  /** Makes the record durable. */
  record(record: QueryRecord): Promise<void>;
  /** Told of failures that are the hub's own. */
  onFailure(error: unknown): void;
}

/** One call of a route. */
export interface KustoCall {
  readonly route: "v1" | "v2" | "mgmt";
  readonly body: KustoBody;
  readonly caller: KustoCaller;
  readonly request: Request;
}

/** One request on its way. */
interface Job extends KustoCall {
  readonly parts: KustoParts;
  readonly wanted: KustoRequest;
  readonly context: FailureContext;
  readonly startedAt: number;
  readonly tally: Tally;
  sources: readonly string[];
  close: () => void;
}

const UNREAD = { sources: [], close: () => undefined };

/** Answers `call`; what goes wrong is Kusto's error. */
export async function answerKusto(parts: KustoParts, call: KustoCall): Promise<Response> {
  const context = contextOf(parts, call.request);
  const headers = headersOf(context);
  try {
    const wanted = readRequest(call.body);
    checkDatabase(wanted.database);
    const tally: Tally = { rows: 0, bytes: 0, limits: wanted.limits };
    const startedAt = parts.now();
    const job: Job = { ...call, parts, wanted, context, startedAt, tally, ...UNREAD };
    const isDot = isCommand(wanted.text);
    if (call.route === "mgmt" && !isDot) {
      throw new KustoFailure("request", "Cannot run command: it must start with a dot");
    }
    const reply = isDot ? await command(job) : await query(job, wanted.text);
    return withHeaders(reply, headers);
  } catch (error) {
    return withHeaders(failureReply(failureOf(parts, error), context), headers);
  }
}

function contextOf(parts: KustoParts, { headers }: Request): FailureContext {
  const activityId = parts.newId();
  const given = headers.get("x-ms-client-request-id")?.slice(0, 200) ?? "";
  return {
    timestamp: new Date(parts.now()).toISOString(),
    clientRequestId: given === "" ? `custos;${activityId}` : given,
    activityId,
  };
}

function headersOf(context: FailureContext): Readonly<Record<string, string>> {
  return {
    "content-type": "application/json; charset=utf-8",
    "x-ms-client-request-id": context.clientRequestId,
    "x-ms-activity-id": context.activityId,
  };
}

function withHeaders(reply: Response, headers: Readonly<Record<string, string>>): Response {
  for (const [name, value] of Object.entries(headers)) reply.headers.set(name, value);
  return reply;
}

function failureOf(parts: KustoParts, error: unknown): KustoFailure {
  if (error instanceof KustoFailure) {
    if (error.kind === "internal") parts.onFailure(error.cause ?? error);
    return error;
  }
  parts.onFailure(error);
  return new KustoFailure("internal", "Cannot answer: the hub failed, its log says why", {
    cause: error,
  });
}

/** A command tells of names alone: it leaves no record, unless a query is made of it. */
async function command(job: Job): Promise<Response> {
  const { parts, caller, wanted, tally } = job;
  const { command: text, pipe } = splitCommand(wanted.text);
  const { version, startedAt, running } = parts;
  const catalog = parts.catalog();
  const answer = runCommand(text, { catalog, running, caller: caller.id, version, startedAt });
  if (pipe !== "") return await query(job, await pipedQuery(answer, pipe));
  const finish = () => Promise.resolve(completionOf(job, undefined));
  const pieces = job.route === "v2"
    ? queryV2(answer, { ...v2Options(job, false), finish })
    : commandV1(answer, { tally, newId: () => parts.newId(), finish });
  return await whole(pieces);
}

async function query(job: Job, text: string): Promise<Response> {
  const { parts, caller, wanted, context, request } = job;
  const running = parts.running.start({
    clientRequestId: context.clientRequestId,
    activityId: context.activityId,
    caller: caller.id,
    user: caller.name,
    application: applicationOf(request),
    text: wanted.text,
  });
  const signal = AbortSignal.any([request.signal, running.signal]);
  try {
    const { parameters, timeoutMs } = wanted;
    const answer = await parts.run({ text, parameters, timeoutMs }, signal);
    job.sources = answer.sources;
    job.close = () => answer.close();
    job.tally.limits = tighterLimits(wanted.limits, answer.options);
    return await reply(job, answer, running);
  } catch (error) {
    // What a query fails with once it is told to stop says nothing more.
    const failure = signal.aborted ? cancelled() : failureOf(parts, error);
    await ended(job, running, failure);
    throw failure;
  }
}

async function reply(job: Job, answer: Answer, running: RunningQuery): Promise<Response> {
  const { parts, tally } = job;
  const finish = async (failure: KustoFailure | undefined): Promise<Completion> => {
    await ended(job, running, failure);
    return completionOf(job, failure);
  };
  if (job.route !== "v2") {
    return await whole(queryV1(answer, { tally, newId: () => parts.newId(), finish }));
  }
  const { progressive, fragmented } = job.wanted.frames;
  const isStreamed = progressive || fragmented;
  const pieces = queryV2(answer, { ...v2Options(job, isStreamed), finish });
  if (!isStreamed) return await whole(pieces);
  await parts.record(recordOf(job, "start", undefined));
  return streamed(pieces, () => ended(job, running, cancelled()));
}

function v2Options({ tally, wanted, context }: Job, isStreamed: boolean) {
  return { tally, frames: wanted.frames, context, isStreamed };
}

/** Records the end of a query, once. */
async function ended(
  job: Job,
  running: RunningQuery,
  failure: KustoFailure | undefined,
): Promise<void> {
  job.close();
  const { rows, bytes } = job.tally;
  const isFirst = running.end({
    state: stateOf(failure),
    rows,
    bytes,
    failure: failure === undefined ? "" : failureText(failure),
  });
  if (isFirst) await job.parts.record(recordOf(job, "end", failure));
}

function stateOf(failure: KustoFailure | undefined) {
  if (failure === undefined) return "Completed";
  return failure.kind === "cancelled" ? "Cancelled" : "Failed";
}

function recordOf(
  job: Job,
  phase: QueryRecord["phase"],
  failure: KustoFailure | undefined,
): QueryRecord {
  const { caller, context, request, wanted, tally, sources, parts, startedAt } = job;
  return {
    phase,
    caller,
    clientRequestId: context.clientRequestId,
    activityId: context.activityId,
    application: applicationOf(request),
    why: wanted.why,
    text: wanted.text,
    sources,
    status: failure?.status ?? 200,
    failure: failure?.kind ?? "",
    rows: tally.rows,
    bytes: tally.bytes,
    startedAt,
    durationMs: parts.now() - startedAt,
  };
}

function completionOf(job: Job, failure: KustoFailure | undefined): Completion {
  const { context, tally, parts, startedAt } = job;
  return { context, tally, durationMs: parts.now() - startedAt, failure };
}

function applicationOf({ headers }: Request): string {
  return headers.get("x-ms-app")?.slice(0, 128) ?? "";
}

function cancelled(): KustoFailure {
  return new KustoFailure("cancelled", "Query was cancelled");
}

async function whole(pieces: AsyncIterable<string>): Promise<Response> {
  return new Response(new Blob(await Array.fromAsync(pieces)));
}

/** Sends pieces as they come; `leave` is called where the reader goes before the end. */
function streamed(pieces: AsyncGenerator<string>, leave: () => Promise<void>): Response {
  const encoder = new TextEncoder();
  return new Response(
    new ReadableStream({
      async pull(controller) {
        const { done, value } = await pieces.next();
        if (done === true) controller.close();
        else controller.enqueue(encoder.encode(value));
      },
      async cancel() {
        await pieces.return(undefined);
        await leave();
      },
    }),
  );
}
