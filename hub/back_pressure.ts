/**
 * When the hub asks agents to wait: nothing is accepted that it could not keep or would only pile up.
 *
 * @module
 */
import { DEFAULT_LIMITS, type IngestLimits } from "./ingest/ingest.ts";

/** What the hub can still take. */
export interface Room {
  /** Bytes free on the disk of the data folder. */
  readonly freeBytes: number;
  /** Durable ledger entries that the slowest of store and detect has not taken. */
  readonly behind: number;
}

/** Below it no frame is taken: ledger, store and control file keep room to work. */
export const FREE_FLOOR_BYTES = 512 * 1024 * 1024;

/** Entries that may wait; a frame has up to 8,192 rows. */
export const MOST_BEHIND = 20_000;

/** The limits for agents: a window of 0 lets their spools grow instead. */
export function limitsFor({ freeBytes, behind }: Room): IngestLimits {
  const isFull = freeBytes < FREE_FLOOR_BYTES || behind > MOST_BEHIND;
  return isFull ? { ...DEFAULT_LIMITS, windowBytes: 0 } : DEFAULT_LIMITS;
}
