/**
 * Tables whose rows are the hub's own notes: no agent can write one.
 *
 * @module
 */
import type { Schema } from "../../sdk/table.ts";
import type { Item } from "../fanout/follower.ts";
import { CLOCK_SCHEMA, clockPiece } from "./clock_table.ts";
import type { Piece } from "./layout.ts";
import { QUERY_LOG_SCHEMA, queryLogPiece } from "./query_log_table.ts";

export const HUB_SCHEMAS: readonly Schema[] = [CLOCK_SCHEMA, QUERY_LOG_SCHEMA];

const NAMES: ReadonlySet<string> = new Set(HUB_SCHEMAS.map(({ name }) => name));

/** Whether `table` is the hub's own. */
export function isHubTable(table: string): boolean {
  return NAMES.has(table);
}

/** The row that an entry without a frame makes, if it makes one. */
export function hubPiece(item: Item): Piece | undefined {
  return clockPiece(item) ?? queryLogPiece(item);
}
