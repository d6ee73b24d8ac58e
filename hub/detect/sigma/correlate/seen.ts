/**
 * What a correlation sees: that a rule, or another correlation, has matched.
 *
 * @module
 */
import type { Evidence } from "../../../../sdk/api/alerts.ts";

/** One match. */
export interface Seen {
  /** Id of the rule or correlation. */
  readonly rule: string;
  /** Event time; the hub's where the event has none. */
  readonly ms: number;
  /** When the hub received it; never goes back. */
  readonly hubMs: number;
  /** The text of a field of the event; undefined where it has none. */
  value(field: string): string | undefined;
  /** Made where it is to be shown. */
  evidence(): readonly Evidence[];
  /** Place of its event: the ledger entry and the row. */
  readonly place: readonly [number, number];
}
