/**
 * How a part of the hub refuses a call: thrown anywhere below a route, answered in one place.
 *
 * @module
 */
import { type Problem, type ProblemCode, STATUS_OF } from "../../sdk/api/problem.ts";

/** Why a call was refused. `code` is stable; the message goes to the caller. */
export class ApiError extends Error {
  override readonly name = "ApiError";
  readonly code: ProblemCode;
  /** Seconds after which the same call may succeed. */
  readonly retryAfter: number | undefined;

  constructor(
    code: ProblemCode,
    message: string,
    options?: ErrorOptions & { retryAfter?: number },
  ) {
    super(message, options);
    this.code = code;
    this.retryAfter = options?.retryAfter;
  }
}

/** What the caller is told of `error`. What is no {@link ApiError} says nothing about itself. */
export function apiErrorOf(error: unknown): ApiError {
  if (error instanceof ApiError) return error;
  return new ApiError("failed", "Cannot answer: the hub failed, its log says why");
}

/** The reply to a call that was refused. */
export function refusalOf({ code, message }: ApiError): Response {
  const body: Problem = { error: { code, message } };
  return Response.json(body, { status: STATUS_OF[code] });
}

/** When to call again, and with what. */
export function addHints(headers: Headers, { code, retryAfter }: ApiError): void {
  if (retryAfter !== undefined) headers.set("retry-after", String(retryAfter));
  if (code === "unauthenticated") headers.set("www-authenticate", "Bearer");
}
