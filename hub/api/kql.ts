/**
 * Answers `/v1/query`.
 *
 * @module
 */
import { queryKql } from "../../sdk/api/kql.ts";
import type { ProblemCode } from "../../sdk/api/problem.ts";
import type { Media } from "../../sdk/api/route.ts";
import { answerKql, type KqlFormat } from "../query/answer_kql.ts";
import { type FailureKind, KustoFailure } from "../query/kusto/failure.ts";
import type { KustoParts } from "../query/kusto/query_job.ts";
import { type HubApp, mount } from "./mount.ts";
import { ApiError } from "./refusal.ts";

export function mountKql(app: HubApp, parts: KustoParts): void {
  mount(app, queryKql, async ({ body, query, media, caller, request }) => {
    const format = FORMATS[media] ?? "json";
    try {
      const isProven = query.proof !== undefined;
      return await answerKql(parts, { body, format, isProven, caller, request });
    } catch (error) {
      throw error instanceof KustoFailure ? refusal(error) : error;
    }
  });
}

const FORMATS: Readonly<Partial<Record<Media, KqlFormat>>> = {
  "application/x-ndjson": "ndjson",
  "text/csv": "csv",
  "application/vnd.apache.arrow.stream": "arrow",
};

const CODES: Readonly<Record<FailureKind, ProblemCode>> = {
  syntax: "input",
  semantic: "input",
  unsupported: "input",
  value: "input",
  request: "input",
  limit: "input",
  truncated: "too_large",
  missing: "missing",
  forbidden: "forbidden",
  unauthenticated: "unauthenticated",
  memory: "unavailable",
  timeout: "unavailable",
  cancelled: "unavailable",
  unavailable: "unavailable",
  throttled: "too_many",
  internal: "failed",
};

function refusal(failure: KustoFailure): ApiError {
  const { kind, message, place } = failure;
  const at = place === undefined ? "" : `:${place.line}:${place.column}`;
  const plain = message.replace(/^Cannot query: /, "");
  const expected = place?.expected === undefined ? "" : `, expected ${place.expected}`;
  const text = message.startsWith("Cannot ") && plain === message
    ? message
    : `Cannot query${at}: ${plain}${expected}`;
  return new ApiError(CODES[kind], text, { cause: failure });
}
