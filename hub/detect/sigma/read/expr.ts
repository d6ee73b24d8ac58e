/**
 * Builds expressions that are as flat as they can be.
 *
 * @module
 */
import type { SigmaExpr } from "../ast.ts";

/** Joins `of`; expressions of the same kind become part of it, and one alone stays itself. */
export function joined(kind: "and" | "or", of: readonly SigmaExpr[]): SigmaExpr {
  if (of.length === 1) return of[0]!;
  return { kind, of: of.flatMap((one) => one.kind === kind ? one.of : [one]) };
}

/** The opposite of `of`. */
export function negated(of: SigmaExpr): SigmaExpr {
  return of.kind === "not" ? of.of : { kind: "not", of };
}

/** At least `count` of `of`, which has that many. */
export function least(count: number, of: readonly SigmaExpr[]): SigmaExpr {
  if (count === 1) return joined("or", of);
  return count === of.length ? joined("and", of) : { kind: "least", count, of };
}
