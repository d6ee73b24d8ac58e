/**
 * The frames in a hub's ledger, decoded.
 *
 * @module
 */
import { openLedger } from "../hub/ledger/ledger.ts";
import type { ColumnBatch } from "../sdk/columns/column.ts";
import { generateKeys, signer } from "../sdk/proof/sign.ts";
import { nodeFiles } from "../sdk/runtime/node_files.ts";
import { decodeBody, parseHeader } from "../sdk/wire/frame.ts";

export interface LedgerFrame {
  readonly batch: ColumnBatch;
  /** When the hub recorded it, ms since the epoch. */
  readonly hubTimeMs: number;
}

/** All frames of the ledger in `folder`, whose hub must have stopped. */
export async function* framesOf(folder: string): AsyncGenerator<LedgerFrame> {
  // Only reads: the checkpoint that these keys sign goes nowhere.
  const keys = generateKeys();
  await using ledger = await openLedger({
    folder,
    files: nodeFiles(),
    keys,
    sign: signer(keys.privateKey),
    now: () => BigInt(Date.now()) * 10_000n,
    newLogId: () => new Uint8Array(8),
  });
  for (let at = 0; at < ledger.durable;) {
    const entries = await ledger.read(at);
    if (entries.length === 0) return;
    for (const { kind, payload, hubTime } of entries) {
      if (kind !== "frame") continue;
      const { batch } = decodeBody(payload, parseHeader(payload));
      yield { batch, hubTimeMs: Number(hubTime / 10_000n) };
    }
    at += entries.length;
  }
}
