/**
 * What a correlation measures of the matches in a span, and whether its condition holds.
 *
 * @module
 */
import type { SigmaExpr } from "../ast.ts";
import type { Bound, SigmaCorrelation } from "../correlation.ts";
import type { Point } from "./point.ts";

/** Points from `start` up to `end` of a list that is sorted by time. */
export interface Span {
  readonly list: readonly Point[];
  readonly start: number;
  /** Exclusive. */
  readonly end: number;
  /** Matches that each point stands for. */
  readonly each: number;
}

/** The measure of `span`; undefined where there is nothing to measure. */
export function measure({ type, condition, rules }: SigmaCorrelation, span: Span) {
  switch (type) {
    case "event_count":
      return (span.end - span.start) * span.each;
    case "value_count":
      return new Set(pointsOf(span).map(({ value }) => value)).size * span.each;
    case "value_sum":
      return sumOf(span) * span.each;
    case "value_avg":
      return span.end > span.start ? sumOf(span) / (span.end - span.start) : undefined;
    case "value_percentile":
    case "value_median":
      return percentileOf(span, condition.kind === "bounds" ? condition.percentile ?? 50 : 50);
    case "temporal":
      return new Set(pointsOf(span).map(({ rule }) => rule)).size;
    case "temporal_ordered":
      return chainOf(span, rules.length).length;
  }
}

/** Whether the condition holds for `span`. */
export function holds(correlation: SigmaCorrelation, span: Span): boolean {
  const { condition, rules, type } = correlation;
  if (condition.kind === "bounds") {
    if (isTooFew(correlation, span)) return false;
    const value = measure(correlation, span);
    return value !== undefined && isWithin(value, condition.bounds);
  }
  const present = type === "temporal"
    ? pointsOf(span).map(({ rule }) => rule)
    : chainOf(span, rules.length);
  return judged(condition.expr, new Set(present.map((rule) => rules[rule]!)));
}

/**
 * Whether more matches can only make the condition true: it is then found at once, else when its
 * time is over.
 */
export function isFoundAtOnce({ type, condition }: SigmaCorrelation): boolean {
  if (condition.kind === "rules") return !hasNot(condition.expr);
  const isUpward = condition.bounds.every(({ compare }) => compare === "gt" || compare === "gte");
  return isUpward && type !== "value_avg" && type !== "value_percentile" && type !== "value_median";
}

/** The number of matches from which on the condition may hold; 0 where nothing is known. */
export function leastOf({ condition }: SigmaCorrelation): number {
  if (condition.kind !== "bounds") return 0;
  return condition.bounds.reduce((most, { value }) => Math.max(most, value), 0);
}

/** There are no more values, and no more rules, than matches: then nothing need be measured. */
function isTooFew({ type, condition }: SigmaCorrelation, span: Span): boolean {
  if (condition.kind !== "bounds" || /sum|avg|percentile|median/.test(type)) return false;
  const most = (span.end - span.start) * span.each;
  return condition.bounds.some(({ compare, value }) =>
    compare === "gt" ? most <= value : compare === "gte" && most < value
  );
}

function isWithin(value: number, bounds: readonly Bound[]): boolean {
  return bounds.every(({ compare, value: bound }) => {
    switch (compare) {
      case "gt":
        return value > bound;
      case "gte":
        return value >= bound;
      case "lt":
        return value < bound;
      case "lte":
        return value <= bound;
      case "eq":
        return value === bound;
      case "neq":
        return value !== bound;
    }
  });
}

function pointsOf({ list, start, end }: Span): readonly Point[] {
  return list.slice(start, end);
}

function numbersOf(span: Span): readonly number[] {
  return pointsOf(span).map(({ value }) => Number(value));
}

function sumOf(span: Span): number {
  return numbersOf(span).reduce((sum, value) => sum + value, 0);
}

/** By linear interpolation between the closest ranks. */
function percentileOf(span: Span, percentile: number): number | undefined {
  const numbers = numbersOf(span).toSorted((a, b) => a - b);
  if (numbers.length === 0) return undefined;
  const rank = percentile / 100 * (numbers.length - 1);
  const below = numbers[Math.floor(rank)]!;
  const above = numbers[Math.ceil(rank)]!;
  return below + (above - below) * (rank - Math.floor(rank));
}

/** The longest chain of rules, by their places, whose matches follow one another in time. */
function chainOf(span: Span, rules: number): readonly number[] {
  const best: (readonly number[])[] = Array.from({ length: rules }, () => []);
  for (const { rule } of pointsOf(span)) {
    let before: readonly number[] = [];
    for (let i = 0; i < rule; i++) if (best[i]!.length > before.length) before = best[i]!;
    if (before.length + 1 > best[rule]!.length) best[rule] = [...before, rule];
  }
  return best.reduce((longest, one) => one.length > longest.length ? one : longest, []);
}

/** As deep as a condition may be. */
function judged(expr: SigmaExpr, present: ReadonlySet<string>): boolean {
  switch (expr.kind) {
    case "and":
      return expr.of.every((one) => judged(one, present));
    case "or":
      return expr.of.some((one) => judged(one, present));
    case "least":
      return expr.of.filter((one) => judged(one, present)).length >= expr.count;
    case "not":
      return !judged(expr.of, present);
    case "test":
      return present.has(expr.field ?? "");
  }
}

function hasNot(expr: SigmaExpr): boolean {
  if (expr.kind === "not") return true;
  return expr.kind !== "test" && expr.of.some(hasNot);
}
