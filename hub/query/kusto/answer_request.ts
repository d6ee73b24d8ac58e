/**
 * Answers one request of Kusto's protocol: reads it, runs it, writes down that it was run.
 *
 * Nothing leaves the hub before the record of the query is durable. A reply that is asked for in
 * pieces leaves while the query runs: then a record of its start comes first.
 *
 * @module
 */
import type { KustoBody } from "../../../sdk/api/kusto.ts";
import type { Answer } from "./answer.ts";
import { checkDatabase } from "./catalog.ts";
import { isCommand, runCommand, splitCommand } from "./command.ts";
import { changeFunctions, changesFunctions } from "./function_commands.ts";
import { type FailureContext, failureReply, KustoFailure } from "./failure.ts";
import { commandV1, queryV1 } from "./frames_v1.ts";
import { queryV2 } from "./frames_v2.ts";
import { pipedQuery } from "./piped_query.ts";
import type { Completion } from "./properties.ts";
import {
  completionOf,
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
} from "./query_job.ts";
import { readRequest } from "./request.ts";

/** One call of a route. */
export interface KustoCall {
  readonly route: "v1" | "v2" | "mgmt";
  readonly body: KustoBody;
  readonly caller: KustoCaller;
  readonly request: Request;
}

type KustoJob = Job & Pick<KustoCall, "route">;

/** Answers `call`; what goes wrong is Kusto's error. */
export async function answerKusto(parts: KustoParts, call: KustoCall): Promise<Response> {
  const context = contextOf(parts, call.request);
  const headers = headersOf(context);
  try {
    const wanted = readRequest(call.body);
    checkDatabase(wanted.database);
    const { route, caller, request } = call;
    const job = { ...openJob(parts, { caller, request, wanted, context }), route };
    const isDot = isCommand(wanted.text);
    if (route === "mgmt" && !isDot) {
      throw new KustoFailure("request", "Cannot run command: it must start with a dot");
    }
    const reply = isDot ? await command(job) : await query(job, wanted.text);
    return withHeaders(reply, headers);
  } catch (error) {
    return withHeaders(failureReply(reported(parts, error), context), headers);
  }
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

/**
 * A command tells of names alone: it leaves no record, unless a query is made of it, or it changes
 * functions.
 */
async function command(job: KustoJob): Promise<Response> {
  const { parts, caller, wanted } = job;
  if (changesFunctions(wanted.text)) {
    const change = { text: wanted.text, caller, signal: job.request.signal };
    return await told(job, await changeFunctions(parts.functions, change));
  }
  const { command: text, pipe } = splitCommand(wanted.text);
  const { version, startedAt, running } = parts;
  const catalog = parts.catalog();
  const answer = runCommand(text, { catalog, running, caller: caller.id, version, startedAt });
  if (pipe !== "") return await query(job, await pipedQuery(answer, pipe));
  return await told(job, answer);
}

/** The answer of a command. */
async function told(job: KustoJob, answer: Answer): Promise<Response> {
  const { parts, tally } = job;
  const finish = () => Promise.resolve(completionOf(job, undefined));
  const pieces = job.route === "v2"
    ? queryV2(answer, { ...v2Options(job, false), finish })
    : commandV1(answer, { tally, newId: () => parts.newId(), finish });
  return await whole(pieces);
}

function query(job: KustoJob, text: string): Promise<Response> {
  return runJob(job, text, (answer) => reply(job, answer));
}

async function reply(job: KustoJob, answer: Answer): Promise<Response> {
  const { parts, tally } = job;
  const finish = async (failure: KustoFailure | undefined): Promise<Completion> => {
    await endJob(job, failure);
    return completionOf(job, failure);
  };
  if (job.route !== "v2") {
    return await whole(queryV1(answer, { tally, newId: () => parts.newId(), finish }));
  }
  const { progressive, fragmented } = job.wanted.frames;
  const isStreamed = progressive || fragmented;
  const pieces = queryV2(answer, { ...v2Options(job, isStreamed), finish });
  if (!isStreamed) return await whole(pieces);
  await recordStart(job);
  return streamed(job, pieces);
}

function v2Options(job: Job, isStreamed: boolean) {
  const { tally, wanted, context } = job;
  return { tally, frames: wanted.frames, context, isStreamed, percent: () => job.percent };
}
