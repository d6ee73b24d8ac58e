/**
 * Conditions over columns, as log sources ask them.
 *
 * @module
 */
import type { BoundExpr, BoundField, BoundTest } from "./bound_rule.ts";

/** Holds for every event. */
export const EVERY: BoundExpr = { kind: "and", of: [] };

export function all(...of: readonly BoundExpr[]): BoundExpr {
  return of.length === 1 ? of[0]! : { kind: "and", of };
}

export function any(...of: readonly BoundExpr[]): BoundExpr {
  return of.length === 1 ? of[0]! : { kind: "or", of };
}

/** `field` is one of `texts`, whatever the case. */
export function oneOf(field: BoundField | string, ...texts: readonly string[]): BoundExpr {
  return any(...texts.map((text) => textTest(field, "whole", text)));
}

/** `field` begins with one of `texts`, whatever the case. */
export function startsWith(field: BoundField | string, ...texts: readonly string[]): BoundExpr {
  return any(...texts.map((text) => textTest(field, "start", text)));
}

/** `field` is one of `numbers`. */
export function numberIn(column: string, ...numbers: readonly number[]): BoundExpr {
  const tests = numbers.map((value): BoundExpr => ({
    kind: "test",
    field: { column },
    test: { op: "number", compare: "eq", value },
  }));
  return any(...tests);
}

/** `field` has `text` at a place. */
export function textTest(
  field: BoundField | string,
  at: "whole" | "start" | "end" | "within",
  text: string,
): BoundExpr {
  const bound = typeof field === "string" ? { column: field } : field;
  return { kind: "test", field: bound, test: { op: "text", at, text, cased: false } };
}

/**
 * `test` on a field that may stand at several places. That it is missing must hold for all of them,
 * everything else for one.
 */
export function testOn(fields: readonly BoundField[], test: BoundTest): BoundExpr {
  const of = fields.map((field): BoundExpr => ({ kind: "test", field, test }));
  const isAbsence = test.op === "null" || (test.op === "exists" && !test.wanted);
  return isAbsence ? all(...of) : any(...of);
}
