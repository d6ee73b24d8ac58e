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

/** The reply to a call that failed. What is no {@link ApiError} says nothing about itself. */
export function refusalOf(error: unknown): Response {
  const refusal = error instanceof ApiError
    ? error
    : new ApiError("failed", "Cannot answer: the hub failed, its log says why");
  const body: Problem = { error: { code: refusal.code, message: refusal.message } };
  const headers = new Headers({ "content-type": "application/json" });
  if (refusal.retryAfter !== undefined) headers.set("retry-after", String(refusal.retryAfter));
  if (refusal.code === "unauthenticated") headers.set("www-authenticate", "Bearer");
  return new Response(JSON.stringify(body), { status: STATUS_OF[refusal.code], headers });
}
