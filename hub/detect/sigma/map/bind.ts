/**
 * Binds Sigma rules to our tables: log sources to tables and conditions, fields to columns.
 *
 * @module
 */
import type { AddressCategory } from "../../../../sdk/scrub/address.ts";
import type { SigmaExpr, SigmaTest } from "../ast.ts";
import type { SigmaRule } from "../rule.ts";
import type { BoundExpr, BoundField, BoundRule, Feed } from "./bound_rule.ts";
import { testOn, textTest } from "./conditions.ts";
import { feedsOfRule } from "./log_source.ts";

/** `rule` over each table that feeds it; none: no table has such events. */
export function bindRule(rule: SigmaRule): readonly BoundRule[] {
  return feedsOfRule(rule).map((feed) => ({
    rule,
    table: feed.table,
    where: feed.where,
    expr: bindExpr(rule.expr, feed),
    shown: rule.fields.flatMap(feed.fields),
  }));
}

function bindExpr(expr: SigmaExpr, feed: Feed): BoundExpr {
  switch (expr.kind) {
    case "and":
    case "or":
      return flat(expr.kind, expr.of.map((part) => bindExpr(part, feed)));
    case "least":
      return { ...expr, of: expr.of.map((part) => bindExpr(part, feed)) };
    case "not":
      return { kind: "not", of: bindExpr(expr.of, feed) };
    case "test":
      return bindTest(expr, feed);
  }
}

/**
 * Of a scrubbed address its category is known alone: that of these stands for them. A column of
 * addresses of Windows has `-` where there is none.
 */
const CATEGORIES: ReadonlyMap<string, AddressCategory> = new Map([
  ["127.0.0.1", "loopback"],
  ["::1", "loopback"],
  ["0.0.0.0", "unspecified"],
  ["::", "unspecified"],
  ["-", "other"],
]);

/** The category that stands for what `test` asks for; rules ask whether `-` is in it, too. */
function categoryOf(test: SigmaTest): AddressCategory | undefined {
  if (test.op !== "text") return undefined;
  return test.at === "whole" || test.text === "-" ? CATEGORIES.get(test.text) : undefined;
}

function isOf(category: AddressCategory, { column, path }: BoundField): readonly BoundExpr[] {
  return path === undefined ? [textTest(`${column}_Category`, "whole", category)] : [];
}

/** Without an expression of the same kind within: the matcher sees tests of one field together. */
function flat(kind: "and" | "or", of: readonly BoundExpr[]): BoundExpr {
  return { kind, of: of.flatMap((part) => (part.kind === kind ? part.of : [part])) };
}

function bindTest(
  { field, test }: { readonly field: string | undefined; readonly test: SigmaTest },
  feed: Feed,
): BoundExpr {
  if (field === undefined) {
    if (test.op === "field") throw new TypeError("A test of two fields needs both");
    return { kind: "test", field: undefined, test };
  }
  const asked = feed.ask?.(field, test);
  if (asked !== undefined) return asked;
  const fields = feed.fields(field);
  if (test.op === "null") {
    // Windows writes an empty value where there is none.
    return flat("or", [testOn(fields, test), testOn(fields, { op: "empty" })]);
  }
  if (test.op !== "field") {
    const category = categoryOf(test);
    if (category === undefined) return testOn(fields, test);
    return flat("or", [testOn(fields, test), ...fields.flatMap((one) => isOf(category, one))]);
  }
  const { other, ...rest } = test;
  const others = feed.fields(other);
  return {
    kind: "or",
    of: others.map((bound) => testOn(fields, { ...rest, other: bound })),
  };
}
