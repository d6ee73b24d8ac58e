/**
 * Looks: every reading of events leaves who read what, which rows and why.
 *
 * @module
 */
import type { Caller } from "../access/caller.ts";

/** One look, as it is recorded in the ledger. */
export interface Look {
  /** Id and name of the caller. */
  readonly who: string;
  /** The query as text. */
  readonly what: string;
  /** Rows handed out. */
  readonly rows: number;
  readonly why: string;
}

/** Makes a look durable. A route answers only after it has: no record, no rows. */
export type RecordLook = (look: Look) => Promise<void>;

/** Names `caller` in a look. */
export function lookerOf(caller: Caller): string {
  return `${caller.id} ${caller.name}`;
}
