/**
 * How the hub says no: one JSON shape for every failure.
 *
 * @module
 */
import * as v from "valibot";

/** Why a call failed. Stable: callers may switch on it. */
export const ProblemCode = v.picklist([
  "input",
  "unauthenticated",
  "forbidden",
  "host",
  "origin",
  "missing",
  "conflict",
  "too_large",
  "too_many",
  "failed",
  "unavailable",
]);
export type ProblemCode = v.InferOutput<typeof ProblemCode>;

/** The body of every reply that is not a success. */
export const Problem = v.object({
  error: v.object({ code: ProblemCode, message: v.string() }),
});
export type Problem = v.InferOutput<typeof Problem>;

/** The HTTP status of each code. */
export const STATUS_OF: Readonly<Record<ProblemCode, number>> = {
  input: 400,
  unauthenticated: 401,
  forbidden: 403,
  host: 403,
  origin: 403,
  missing: 404,
  conflict: 409,
  too_large: 413,
  too_many: 429,
  failed: 500,
  unavailable: 503,
};
