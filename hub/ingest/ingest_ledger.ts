/**
 * What ingest needs of the ledger.
 *
 * @module
 */
import type { Checkpoint } from "../../sdk/proof/checkpoint.ts";

/** Kinds of entries that ingest writes. */
export type IngestKind = "frame" | "schema" | "epoch" | "agent" | "note" | "succession";

/** One entry as {@link IngestLedger.read} gives it. */
export interface IngestEntry {
  readonly index: number;
  /** When the hub recorded it, in ticks of 100 ns since the epoch. */
  readonly hubTime: bigint;
  readonly kind: string;
  readonly keyHash: Uint8Array;
  readonly payload: Uint8Array;
  /** Of a frame whose bytes were deleted: its payload is the header alone. */
  readonly deleted?: { readonly cursor?: Uint8Array };
}

export interface IngestLedger {
  /** Entries appended so far. */
  readonly size: number;
  /** Covers all durable entries. */
  readonly checkpoint: Checkpoint;
  /** Gives the entry's index; it is not durable yet. */
  append(kind: IngestKind, keyHash: Uint8Array, payload: Uint8Array): number;
  /** All that was appended before the call is durable when it resolves. */
  commit(): Promise<Checkpoint>;
  /** Proves that the tree of `size` entries begins with that of `before`. */
  readonly tiles: {
    consistency(before: number, size: number): Promise<readonly Uint8Array[]>;
  };
  /** Durable entries from `from` on, of about `maxBytes` and at least one; empty at the end. */
  read(from: number, options?: { readonly maxBytes?: number }): Promise<readonly IngestEntry[]>;
}
