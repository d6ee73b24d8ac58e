/**
 * One query on its way: run, listed while it runs, written down when it ends.
 *
 * @module
 */
import type { Answer, Tally } from "./answer.ts";
import type { Catalog } from "./catalog.ts";
import { type FailureContext, failureText, KustoFailure } from "./failure.ts";
import type { Completion } from "./properties.ts";
import { type KustoRequest, tighterLimits } from "./request.ts";
import type { FunctionParts } from "./function_commands.ts";
import type { Running, RunningQuery } from "./running.ts";

/** One query to run. */
export interface KqlQuery {
  readonly text: string;
  readonly parameters: ReadonlyMap<string, string>;
  readonly timeoutMs: number;
  /** Id of who asks: callers take turns. */
  readonly caller?: string | undefined;
  /** Told of 100 how far it is; then rows come without any. */
  readonly onProgress?: ((percent: number) => void) | undefined;
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
  /** What they may do. */
  readonly scopes: ReadonlySet<string>;
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
  readonly functions: FunctionParts;
  /** @throws {KustoFailure} */
  run(query: KqlQuery, signal: AbortSignal): Promise<KqlAnswer>;
  /** Makes the record durable. */
  record(record: QueryRecord): Promise<void>;
  /** Told of failures that are the hub's own. */
  onFailure(error: unknown): void;
}

/** A request and who sent it. */
export interface JobRequest {
  readonly caller: KustoCaller;
  readonly request: Request;
  readonly wanted: KustoRequest;
  readonly context: FailureContext;
}

/** One request on its way. */
export interface Job extends JobRequest {
  readonly parts: KustoParts;
  readonly startedAt: number;
  readonly tally: Tally;
  sources: readonly string[];
  running: RunningQuery | undefined;
  close: () => void;
  /** Of 100, where the client wants to know. */
  percent: number;
}

export function openJob(parts: KustoParts, asked: JobRequest): Job {
  return {
    ...asked,
    parts,
    startedAt: parts.now(),
    tally: { rows: 0, bytes: 0, limits: asked.wanted.limits },
    sources: [],
    running: undefined,
    close: () => undefined,
    percent: 0,
  };
}

/** Names `request` as its client does, and as the hub does. */
export function contextOf(parts: KustoParts, { headers }: Request): FailureContext {
  const activityId = parts.newId();
  const given = headers.get("x-ms-client-request-id")?.slice(0, 200) ?? "";
  return {
    timestamp: new Date(parts.now()).toISOString(),
    clientRequestId: given === "" ? `custos;${activityId}` : given,
    activityId,
  };
}

/**
 * Runs `text` for `job` and gives what `reply` makes of its answer. A query that fails has ended
 * and is recorded before this throws.
 *
 * @throws {KustoFailure}
 */
export async function runJob(
  job: Job,
  text: string,
  reply: (answer: KqlAnswer) => Promise<Response>,
): Promise<Response> {
  const { parts, caller, wanted, context, request } = job;
  job.running = parts.running.start({
    clientRequestId: context.clientRequestId,
    activityId: context.activityId,
    caller: caller.id,
    user: caller.name,
    application: applicationOf(request),
    text: wanted.text,
  });
  const signal = AbortSignal.any([request.signal, job.running.signal]);
  try {
    const { parameters, timeoutMs } = wanted;
    const answer = await parts.run(
      { text, parameters, timeoutMs, caller: caller.id, ...progressOf(job) },
      signal,
    );
    job.sources = answer.sources;
    job.close = () => answer.close();
    job.tally.limits = tighterLimits(wanted.limits, answer.options);
    return await reply(answer);
  } catch (error) {
    // What a query fails with once it is told to stop says nothing more.
    const failure = signal.aborted ? cancelled() : asFailure(error);
    await endJob(job, failure);
    throw failure;
  }
}

function progressOf(job: Job): Pick<KqlQuery, "onProgress"> {
  if (!job.wanted.frames.progressive) return {};
  return { onProgress: (percent) => void (job.percent = percent) };
}

/** Records that rows will leave before the end is known. */
export async function recordStart(job: Job): Promise<void> {
  await job.parts.record(recordOf(job, "start", undefined));
}

/** Records the end of a query, once. */
export async function endJob(job: Job, failure: KustoFailure | undefined): Promise<void> {
  job.close();
  const { rows, bytes } = job.tally;
  const isFirst = job.running?.end({
    state: stateOf(failure),
    rows,
    bytes,
    failure: failure === undefined ? "" : failureText(failure),
  });
  if (isFirst === true) await job.parts.record(recordOf(job, "end", failure));
}

/** How it went so far. */
export function completionOf(job: Job, failure: KustoFailure | undefined): Completion {
  const { context, tally, parts, startedAt } = job;
  return { context, tally, durationMs: parts.now() - startedAt, failure };
}

/** What the caller is told of `error`; the hub's own failures are reported. */
export function reported(parts: KustoParts, error: unknown): KustoFailure {
  const failure = asFailure(error);
  if (failure.kind === "internal") parts.onFailure(failure.cause ?? failure);
  return failure;
}

/** A failure as it is; all else says nothing of itself. */
export function asFailure(error: unknown): KustoFailure {
  if (error instanceof KustoFailure) return error;
  return new KustoFailure("internal", "Cannot answer: the hub failed, its log says why", {
    cause: error,
  });
}

export async function whole(pieces: AsyncIterable<string>): Promise<Response> {
  return new Response(new Blob(await Array.fromAsync(pieces)));
}

/** Sends pieces as they come; a reader that goes before the end ends the query. */
export function streamed(
  job: Job,
  pieces: AsyncGenerator<string | Uint8Array<ArrayBuffer>>,
): Response {
  const encoder = new TextEncoder();
  return new Response(
    new ReadableStream({
      async pull(controller) {
        const { done, value } = await pieces.next();
        if (done === true) controller.close();
        else controller.enqueue(typeof value === "string" ? encoder.encode(value) : value);
      },
      async cancel() {
        await pieces.return(undefined);
        await endJob(job, cancelled());
      },
    }),
  );
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

function applicationOf({ headers }: Request): string {
  return headers.get("x-ms-app")?.slice(0, 128) ?? "";
}

function cancelled(): KustoFailure {
  return new KustoFailure("cancelled", "Query was cancelled");
}
