/**
 * Stages 1 to 3 of 7, what their connections share: ledger, index, limits, who is connected.
 *
 * @module
 */
import type { ColumnBatch } from "../../sdk/columns/column.ts";
import type { Operator, RollbackStatement } from "../../sdk/proof/rollback.ts";
import type { FrameHeader } from "../../sdk/wire/frame.ts";
import type { KeyCarrier } from "../keys/carrier.ts";
import type { EquivocationNote, RefusedNote, SuccessionNote } from "./entries.ts";
import type { IngestKind, IngestLedger } from "./ingest_ledger.ts";
import type { Refusals } from "./refusals.ts";
import { applyEntry, type StreamIndex } from "./stream_index.ts";

export interface IngestLimits {
  /** Bytes of frames in flight of one agent: 0, or enough for a frame of full size. */
  readonly windowBytes: number;
  /** Quota of one agent, in bytes of frames. */
  readonly bytesPerSecond: number;
}

/** Enough for two frames of full size; a quota far over what one host logs. */
export const DEFAULT_LIMITS: IngestLimits = {
  windowBytes: 20 * 1024 * 1024,
  bytesPerSecond: 64 * 1024 * 1024,
};

/** What ingest tells the rest of the hub. None of them may throw. */
export interface IngestEvents {
  /** A frame was appended: `batch` is its decoded body, so that nobody decodes it again. */
  recorded?(frame: RecordedFrame): void;
  refused?(note: RefusedNote): void;
  /** One agent has signed two frames for one place: an alert. */
  equivocation?(note: EquivocationNote): void;
  /** An agent's keys do not follow one another: an alert. */
  succession?(note: SuccessionNote): void;
  /** An agent has asked for a proof that cannot be made now: it goes, and comes again. */
  unproven?(error: unknown): void;
  /** The ledger has failed: the process must stop, and recover at its next start. */
  fatal(error: unknown): void;
}

export interface RecordedFrame {
  readonly index: number;
  readonly agent: string;
  readonly source: string;
  readonly header: FrameHeader;
  readonly batch: ColumnBatch;
}

export interface Ingest {
  readonly ledger: IngestLedger;
  readonly index: StreamIndex;
  /** 8 bytes. */
  readonly logId: Uint8Array;
  /** Asked at each grant: a hub whose followers lag or whose disk is filling gives window 0. */
  readonly limits: () => IngestLimits;
  readonly events: IngestEvents;
  readonly refusals: Refusals;
  /** Wall clock, ms since the epoch. */
  readonly now: () => number;
  readonly random: (size: number) => Uint8Array;
  /** Connected agents, by id in hex. */
  readonly connected: Map<string, Connected>;
  /** Statements by which the log goes on from older ones, oldest first. */
  readonly rollbacks?: readonly RollbackStatement[] | undefined;
  /** Whose signatures count under such a statement: agents are told. */
  readonly operators?: (() => readonly Operator[]) | undefined;
  /** Refuses also agents that never had a certificate: those of 0.1.0. */
  readonly mustShow?: boolean | undefined;
  /** How far an agent's clock may be from ours, in ms. */
  readonly clockLimitMs?: number | undefined;
  /** Key packages on their way to agents. */
  readonly keys?: KeyCarrier | undefined;
}

/** One connected agent. */
export interface Connected {
  readonly agent: string;
  readonly host: string;
  readonly release: string;
  /** Of the agent's start, in hex. */
  readonly boot: string;
  /** ms since the epoch. */
  readonly since: number;
  /** Ends the connection. */
  end(code: string, retryMs?: number): void;
  /** Sends a key package; absent where the agent knows of none. */
  keys?(bytes: Uint8Array): void;
}

/**
 * Appends an entry and applies it to the index, as one step: what is in the one is in the other.
 *
 * @throws {LedgerError} `full`: nothing has changed; `failed`: stop the process.
 */
export function appendEntry(
  ingest: Ingest,
  entry: { readonly kind: IngestKind; readonly keyHash: Uint8Array; readonly payload: Uint8Array },
): number {
  const { kind, keyHash, payload } = entry;
  const index = ingest.ledger.append(kind, keyHash, payload);
  applyEntry(ingest.index, {
    index,
    hubTime: BigInt(ingest.now()) * 10_000n,
    kind,
    keyHash,
    payload,
  });
  return index;
}

/** Whether an append has failed for now only. */
export function isFull(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "full";
}
