/**
 * What a hub that has stopped holds in its ledger: for tests, benchmarks and whoever audits a copy.
 *
 * @module
 */
import type { ColumnBatch } from "../../sdk/columns/column.ts";
import { generateKeys, signer } from "../../sdk/proof/sign.ts";
import { nodeFiles } from "../../sdk/runtime/node_files.ts";
import { decodeBody, type FrameHeader, parseHeader } from "../../sdk/wire/frame.ts";
import { type LedgerEntry, openLedger } from "./ledger.ts";

export interface LedgerFrame {
  readonly header: FrameHeader;
  readonly batch: ColumnBatch;
  /** As the agent sent it. */
  readonly bytes: Uint8Array;
  /** When the hub recorded it, ticks of 100 ns since the Unix epoch. */
  readonly hubTime: bigint;
  /** In the ledger. */
  readonly index: number;
}

/** All entries of the ledger in `folder`, in their order. @throws {LedgerError} */
export async function* ledgerEntries(folder: string): AsyncGenerator<LedgerEntry> {
  // Only reads: the checkpoint that these keys sign goes nowhere.
  const keys = generateKeys();
  await using ledger = await openLedger({
    folder,
    files: nodeFiles(),
    keys,
    sign: signer(keys.privateKey),
    now: () => 0n,
    newLogId: () => new Uint8Array(8),
  });
  for (let at = 0; at < ledger.durable;) {
    const entries = await ledger.read(at);
    yield* entries;
    at += entries.length;
  }
}

/** Its frames, decoded; those whose bytes were deleted are left out. */
export async function* ledgerFrames(folder: string): AsyncGenerator<LedgerFrame> {
  for await (const { kind, payload, hubTime, index, deleted } of ledgerEntries(folder)) {
    if (kind !== "frame" || deleted !== undefined) continue;
    const header = parseHeader(payload);
    yield { header, batch: decodeBody(payload, header).batch, bytes: payload, hubTime, index };
  }
}
