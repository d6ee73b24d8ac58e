/**
 * Counters that an operator names: a number out of any small file of /proc or /sys.
 *
 * @module
 */
import type { Reading } from "./counter.ts";
import { numberOf, rowsOfWords } from "./proc_text.ts";

/** Where the number stands. Without `field` and `pattern` it is the first of the file. */
export interface CustomCounter {
  readonly object: string;
  readonly counter: string;
  readonly instance: string;
  readonly file: string;
  /** First word of the number's line, with or without a colon. */
  readonly field?: string | undefined;
  /** Text right before the number. */
  readonly pattern?: string | undefined;
  /** Which number after it, from 1. */
  readonly column: number;
  readonly kind: "gauge" | "rate";
  readonly scale: number;
}

/** Reads one counter from its file's text; its value is NaN where the number is not there. */
export function customReading(counter: CustomCounter, text: string): Reading {
  const { object, instance, kind, scale } = counter;
  return { object, counter: counter.counter, instance, kind, scale, value: find(counter, text) };
}

function find({ field, pattern, column }: CustomCounter, text: string): number {
  if (pattern !== undefined) {
    const at = text.indexOf(pattern);
    return at < 0 ? NaN : nthNumber(text.slice(at + pattern.length), column);
  }
  if (field === undefined) return nthNumber(text, column);
  const row = rowsOfWords(text).find(([name]) => name === field || name === `${field}:`);
  return row === undefined ? NaN : nthNumber(row.slice(1).join(" "), column);
}

function nthNumber(text: string, n: number): number {
  const numbers = text.split(/[^0-9.-]+/).map(numberOf).filter((value) => !Number.isNaN(value));
  return numbers[n - 1] ?? NaN;
}
