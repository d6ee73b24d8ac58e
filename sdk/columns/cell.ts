/**
 * Single values of columns, for the edges: JSON replies, live views, `custos read`.
 *
 * @module
 */
import { MsgpackError, unpackJson } from "../wire/msgpack.ts";
import { ADDRESS_CATEGORIES } from "../scrub/address.ts";
import { tokenText } from "../scrub/token.ts";
import type { Json } from "../table.ts";
import {
  type AddressColumn,
  type Column,
  type ColumnBatch,
  entryBytes,
  type TimeColumn,
  TOKEN_BYTES,
  type TokenColumn,
} from "./column.ts";

const decoder = new TextDecoder();

/**
 * Row `row` of `column` as JSON; undefined where it is absent. Times are ISO 8601 with as many
 * fraction digits as they need (none, 3 or 7), 64-bit numbers beyond 2^53 - 1 strings, tokens
 * `kind:epoch:base32`, an address the token of the whole. A dynamic value that is no JSON is absent.
 */
export function cellOf(column: Column, row: number): Json | undefined {
  switch (column.form) {
    case "dict": {
      const index = column.indexes[row]!;
      return index === 0 ? undefined : decoder.decode(entryBytes(column.entries, index - 1));
    }
    case "text": {
      if (column.absent?.[row] === 1) return undefined;
      const bytes = entryBytes(column.rows, row);
      return column.type === "dynamic" ? jsonOf(bytes) : decoder.decode(bytes);
    }
    case "number": {
      const value = column.values[row]!;
      return Number.isNaN(value) ? undefined : value;
    }
    case "wide":
      return column.absent?.[row] === 1 ? undefined : String(column.values[row]);
    case "time":
      return timeText(column, row);
    case "bool":
      return column.values[row] === 2 ? undefined : column.values[row] === 1;
    case "token":
      return tokenCell(column, row);
    case "address":
      return addressCell(column, row);
  }
}

/** Row `row` of `batch` as an object; absent columns are left out. */
export function rowOf(batch: ColumnBatch, row: number): Record<string, Json> {
  const result: Record<string, Json> = {};
  for (const column of batch.columns) {
    const value = cellOf(column, row);
    if (value === undefined) continue;
    result[column.name] = value;
    if (column.form === "address") result[`${column.name}_Category`] = categoryCell(column, row);
  }
  return result;
}

/** Bytes that are no JSON, whoever sent them, must not stop whoever shows the other columns. */
function jsonOf(bytes: Uint8Array): Json | undefined {
  try {
    return unpackJson(bytes);
  } catch (error) {
    if (error instanceof MsgpackError) return undefined;
    throw error;
  }
}

function timeText({ ms, ticks }: TimeColumn, row: number): string | undefined {
  const value = ms[row]!;
  if (Number.isNaN(value)) return undefined;
  const date = new Date(value);
  // A wild clock is data: what no Date can hold is still shown.
  if (Number.isNaN(date.getTime())) return `${value} ms`;
  const iso = date.toISOString();
  const rest = ticks?.[row] ?? 0;
  if (rest !== 0) return `${iso.slice(0, -1)}${String(rest).padStart(4, "0")}Z`;
  return iso.endsWith(".000Z") ? `${iso.slice(0, -5)}Z` : iso;
}

function tokenCell(column: TokenColumn, row: number): string | undefined {
  const index = column.indexes[row]!;
  if (index === 0) return undefined;
  const tokens = column.tokens.length / TOKEN_BYTES;
  if (index > tokens) return decoder.decode(entryBytes(column.plain, index - tokens - 1));
  const at = (index - 1) * TOKEN_BYTES;
  return tokenText(column.kind, column.epoch, column.tokens.subarray(at, at + TOKEN_BYTES));
}

function addressCell(column: AddressColumn, row: number): string | undefined {
  const index = column.indexes[row]!;
  if (index === 0) return undefined;
  const at = (index - 1) * TOKEN_BYTES;
  return tokenText(column.kind, column.epoch, column.tokens.subarray(at, at + TOKEN_BYTES));
}

function categoryCell(column: AddressColumn, row: number): string {
  return ADDRESS_CATEGORIES[column.categories[column.indexes[row]! - 1] ?? 0] ?? "other";
}
