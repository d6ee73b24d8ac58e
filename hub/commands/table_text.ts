/**
 * Rows as lines of a table, for a terminal.
 *
 * @module
 */
import type { Row } from "../../sdk/api/events.ts";

const WIDEST = 80;

/** Rows in columns, without those columns that no row has. */
export function tableText(names: readonly string[], rows: readonly Row[]): string {
  const shown = names.filter((name) => rows.some((row) => cellText(row[name]) !== ""));
  const lines = [shown, ...rows.map((row) => shown.map((name) => cellText(row[name])))];
  const widths = shown.map((_, i) => Math.max(...lines.map((line) => line[i]!.length)));
  return lines
    .map((line) => line.map((cell, i) => cell.padEnd(widths[i]!)).join("  ").trimEnd())
    .map((line) => `${line}\n`)
    .join("");
}

/** One line without control characters: an event must not drive the reader's terminal. */
function cellText(value: unknown): string {
  if (value === null || value === undefined) return "";
  const whole = typeof value === "string" ? value : JSON.stringify(value);
  const plain = whole.replaceAll(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, "·");
  return plain.length > WIDEST ? `${plain.slice(0, WIDEST - 1)}…` : plain;
}
