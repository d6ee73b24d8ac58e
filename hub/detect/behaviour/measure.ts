/**
 * What is measured of one entity in one window, row by row.
 *
 * @module
 */
import type { Evidence } from "../../../sdk/api/alerts.ts";
import type { ColumnBatch } from "../../../sdk/columns/column.ts";
import type { Facts } from "../detector.ts";
import { addTo, countOf, type Distinct, hashOf } from "../learn/distinct.ts";
import { lensOf } from "../lens.ts";
import { numbersOf } from "../numbers.ts";
import type { BehaviourRule, Feature } from "../rule.ts";
import { selectorOf } from "../select.ts";

/** A window that is open; plain JSON. */
export interface Window {
  /** ms since the Unix epoch. */
  readonly startMs: number;
  /** Hub time at which it is closed, ms. */
  readonly dueMs: number;
  rows: number;
  /** By feature: what has been added up, null as long as there is nothing. */
  readonly sums: (number | null)[];
  /** By feature: hashes of the values of `distinct`, empty for others. */
  readonly values: readonly Distinct[];
  /** The first rows. */
  readonly evidence: Evidence[];
}

/** Values that the entity is known to have had, by feature: those of `new` alone. */
export type Known = readonly number[][];

/** Values of one feature that are kept of one entity. */
export const MOST_KNOWN = 128;

export function newWindow(rule: BehaviourRule, startMs: number, dueMs: number): Window {
  return {
    startMs,
    dueMs,
    rows: 0,
    sums: rule.features.map(({ is }) => is === "sum" ? null : 0),
    values: rule.features.map(() => []),
    evidence: [],
  };
}

/** Adds one row to a window. */
export type Take = (row: number, ms: number, to: { window: Window; known: Known }) => void;

/**
 * Makes the taker for one batch.
 *
 * The taker's maker throws {@link ConditionError} where a column cannot be measured as a rule asks.
 */
export function takerOf(rule: BehaviourRule): (batch: ColumnBatch, facts: Facts) => Take {
  const features = rule.features.map((feature) => ({
    feature,
    select: feature.where.length === 0 ? undefined : selectorOf(feature.where),
  }));
  return (batch, facts) => {
    const hashes = new Map<string, Hashes>();
    const hashesOf = (column: string): Hashes => {
      const made = hashes.get(column) ?? hashesBy(batch, facts, column);
      hashes.set(column, made);
      return made;
    };
    const takes = features.map(({ feature, select }, i) => {
      const take = takeOf(rule, feature, { batch, hashesOf, at: i });
      if (select === undefined) return take;
      const marks = new Uint8Array(batch.rows);
      for (const row of select(batch, facts)) marks[row] = 1;
      const guarded: Take = (row, ms, to) => marks[row] === 1 && take(row, ms, to);
      return guarded;
    });
    return (row, ms, to) => {
      to.window.rows++;
      for (const take of takes) take(row, ms, to);
    };
  };
}

function takeOf(
  rule: BehaviourRule,
  { is, column = "" }: Feature,
  { batch, hashesOf, at }: {
    readonly batch: ColumnBatch;
    readonly hashesOf: (column: string) => Hashes;
    readonly at: number;
  },
): Take {
  switch (is) {
    case "count":
    case "share":
      return (_row, _ms, { window }) => add(window, at, 1);
    case "off_hours":
      return (_row, ms, { window }) => add(window, at, isOff(rule.hours, ms) ? 1 : 0);
    case "sum": {
      const number = numbersOf(batch, column) ?? (() => NaN);
      return (row, _ms, { window }) => {
        const value = number(row);
        if (Number.isFinite(value)) add(window, at, value);
      };
    }
    case "distinct": {
      const hash = hashesOf(column);
      return (row, _ms, { window }) => {
        const value = hash(row);
        if (value !== undefined) addTo(window.values[at]!, value);
      };
    }
    case "new": {
      const hash = hashesOf(column);
      return (row, _ms, { window, known }) => {
        const value = hash(row);
        if (value !== undefined && isNew(known[at]!, value)) add(window, at, 1);
      };
    }
  }
}

function add({ sums }: Window, at: number, value: number): void {
  const sum = (sums[at] ?? 0) + value;
  sums[at] = Math.max(-Number.MAX_VALUE, Math.min(Number.MAX_VALUE, sum));
}

/** The least recent ones are forgotten. */
function isNew(known: number[], value: number): boolean {
  const at = known.lastIndexOf(value);
  if (at >= 0 && at === known.length - 1) return false;
  if (at >= 0) known.splice(at, 1);
  known.push(value);
  if (known.length > MOST_KNOWN) known.shift();
  return at < 0;
}

/** By row, what stands for the value; undefined is absent. */
type Hashes = (row: number) => number | undefined;

/** The hashes of `column`; each value of a dictionary is hashed once. */
function hashesBy(batch: ColumnBatch, facts: Facts, column: string): Hashes {
  const lens = lensOf(batch, facts, column);
  if (lens === undefined) return () => undefined;
  const of = (row: number): number | undefined => {
    const text = lens.text(row);
    return text === undefined ? undefined : hashOf(text);
  };
  const codes = lens.codes();
  const known: (number | undefined)[] = [];
  return (row) => {
    const code = codes === undefined ? row + 1 : codes[row]!;
    return code === 0 ? undefined : known[code] ??= of(row);
  };
}

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** 1970-01-01 was a Thursday. */
function isOff([from, to]: BehaviourRule["hours"], ms: number): boolean {
  const day = (Math.floor(ms / DAY_MS) + 3) % 7;
  const hour = Math.floor(ms / HOUR_MS) % 24;
  return day >= 5 || hour < from || hour >= to;
}

/** By feature the number that was measured; NaN is absent. */
export function measured({ features }: BehaviourRule, window: Window): readonly number[] {
  return features.map(({ is }, i) => {
    const sum = window.sums[i] ?? NaN;
    switch (is) {
      case "count":
      case "sum":
      case "new":
        return sum;
      case "distinct":
        return countOf(window.values[i]!);
      case "share":
      case "off_hours":
        return window.rows === 0 ? NaN : sum / window.rows;
    }
  });
}
