/**
 * One line of `custos doctor`.
 *
 * @module
 */

/** `note` is said and is neither good nor bad; `fail` alone makes the exit code non-zero. */
export type FindingState = "ok" | "note" | "warn" | "fail";

export interface Finding {
  /** What was looked at, such as `disk`. */
  readonly check: string;
  readonly state: FindingState;
  /** What is so. */
  readonly what: string;
  /** What would be right; empty where nothing is to be done. */
  readonly fix: string;
}

export function ok(check: string, what: string): Finding {
  return { check, state: "ok", what, fix: "" };
}

export function warn(check: string, what: string, fix: string): Finding {
  return { check, state: "warn", what, fix };
}

export function fail(check: string, what: string, fix: string): Finding {
  return { check, state: "fail", what, fix };
}
