/**
 * Values on their way between JSON and the store: times, whole numbers, JSON text.
 *
 * @module
 */
import type { ColumnType } from "../../sdk/table.ts";
import type { Cell } from "../store/engine_messages.ts";

const TICKS_PER_MS = 10_000n;
const INSTANT = /^(.*?)(?:\.(\d{1,7}))?(Z|[+-]\d{2}:\d{2})$/;

/** Ticks of 100 ns since the Unix epoch of an ISO 8601 time with its offset; undefined if none. */
export function ticksOf(text: string): bigint | undefined {
  const match = INSTANT.exec(text);
  if (match === null) return undefined;
  const [, moment = "", fraction = "", zone = ""] = match;
  const ms = Date.parse(moment + zone);
  if (Number.isNaN(ms)) return undefined;
  return BigInt(ms) * TICKS_PER_MS + BigInt(fraction.padEnd(7, "0"));
}

/** ISO 8601 in UTC with seven digits of a second. */
export function isoOf(ticks: bigint): string {
  const rest = ((ticks % TICKS_PER_MS) + TICKS_PER_MS) % TICKS_PER_MS;
  const text = new Date(Number((ticks - rest) / TICKS_PER_MS)).toISOString();
  return `${text.slice(0, -1)}${String(rest).padStart(4, "0")}Z`;
}

/** A cell of a column as JSON: times as ISO text, whole numbers beyond 2^53 - 1 as digits. */
export function jsonOf(cell: Cell, type: ColumnType): unknown {
  if (cell === null) return null;
  switch (type) {
    case "datetime":
      return isoOf(BigInt(cell));
    case "int":
    case "long": {
      const value = Number(cell);
      return Number.isSafeInteger(value) ? value : String(cell);
    }
    case "real":
      return typeof cell === "number" && !Number.isFinite(cell) ? String(cell) : cell;
    case "dynamic":
      return parsed(String(cell));
    case "bool":
    case "string":
      return cell;
  }
}

/** What a compaction of another version may have left as plain text stays text. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
