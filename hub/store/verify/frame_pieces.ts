/**
 * The rows that a span of the ledger makes in one table, a bounded number at once.
 *
 * @module
 */
import { openItems } from "../../fanout/items.ts";
import type { SourceName } from "../../fanout/source_names.ts";
import type { Ledger, LedgerEntry } from "../../ledger/ledger.ts";
import type { Piece } from "../layout.ts";
import { pieceOf } from "../piece.ts";

export interface PieceSource {
  readonly ledger: Pick<Ledger, "read">;
  readonly sourceName: SourceName;
}

export interface PieceSpan {
  /** Of all tables where it is left out. */
  readonly table?: string;
  /** Ledger indexes, both inclusive. */
  readonly first: number;
  readonly last: number;
  /** Entries that may have rows of the table: the others are not decoded. */
  readonly isWanted: (entry: LedgerEntry) => boolean;
}

const READ_BYTES = 2 * 1024 * 1024;
/** What one list has at most, but for a single frame. */
const MAX_ROWS = 131_072;
const MAX_RAW_BYTES = 96 * 1024 * 1024;

/** Lists of pieces, in the order of the ledger. */
export async function* piecesIn(
  { ledger, sourceName }: PieceSource,
  span: PieceSpan,
): AsyncGenerator<readonly Piece[]> {
  const items = openItems({ sourceName });
  let pieces: Piece[] = [];
  let [rows, bytes] = [0, 0];
  for (let at = span.first; at <= span.last;) {
    const entries = await ledger.read(at, { maxBytes: READ_BYTES });
    if (entries.length === 0) break;
    at = entries.at(-1)!.index + 1;
    const wanted = entries.filter((entry) => entry.index <= span.last && span.isWanted(entry));
    for (const item of await items(wanted)) {
      const piece = pieceOf(item);
      if (piece === undefined || piece === "refused") continue;
      if (span.table !== undefined && piece.batch.table !== span.table) continue;
      pieces.push(piece);
      rows += piece.batch.rows;
      bytes += item.frame?.header.rawBytes ?? 0;
      if (rows < MAX_ROWS && bytes < MAX_RAW_BYTES) continue;
      yield pieces;
      pieces = [];
      [rows, bytes] = [0, 0];
    }
  }
  if (pieces.length > 0) yield pieces;
}
