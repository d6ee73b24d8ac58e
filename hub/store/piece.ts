/**
 * Stage 5 of 7, store: the rows that an entry of the ledger makes. Who checks or rebuilds files asks
 * here as well.
 *
 * @module
 */
import type { Item } from "../fanout/follower.ts";
import { hubPiece, isHubTable } from "./hub_tables.ts";
import type { Piece } from "./layout.ts";

/**
 * The rows of `item`; undefined where it has none. `refused`: a frame that cannot be decoded, or is
 * of a table that is the hub's own, is in no table.
 */
export function pieceOf(item: Item): Piece | "refused" | undefined {
  if (item.frame === undefined) return hubPiece(item);
  const { agent, source } = item.frame;
  try {
    const batch = item.frame.batch();
    if (batch.rows === 0) return undefined;
    // What the hub measures is not for an agent to say.
    if (isHubTable(batch.table)) return "refused";
    return { batch, agent, source, ledgerIndex: item.index, hubTime: item.hubTime };
  } catch (error) {
    if (isPermanent(error)) return "refused";
    throw error;
  }
}

function isPermanent(error: unknown): boolean {
  return error instanceof Error && "permanent" in error && error.permanent === true;
}
