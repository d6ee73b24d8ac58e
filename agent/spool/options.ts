/**
 * What the spool is given, and what it is to a source.
 *
 * @module
 */
import type { Files } from "../../sdk/runtime/files.ts";
import type { Priority } from "../../sdk/table.ts";
import type { Chain } from "./reseal.ts";
import type { SpoolError } from "./spool_error.ts";

export interface SpoolOptions {
  readonly folder: string;
  readonly files: Files;
  /** 16 bytes. */
  readonly agent: Uint8Array;
  /** Wall clock, ms since the Unix epoch. */
  readonly now: () => number;
  /** The JSON of a schema by its hash in hex, for frames sealed in this process. */
  readonly schemaJson: (hash: string) => string | undefined;
  /** The agent ran before: where there is no spool, it was lost. */
  readonly isExpected?: boolean;
  /** Called when frames have become durable or streams have changed: wakes the sender. */
  readonly onChange?: () => void;
  readonly limits?: Partial<SpoolLimits>;
}

export interface SpoolLimits {
  /** Budget on the disk; default 1 GiB, of which the last fifth is for `audit` alone. */
  readonly maxBytes: number;
  /** Free space left to others; default 256 MiB. */
  readonly floorBytes: number;
  /** Default 8 MiB, at most a sixteenth of the budget. */
  readonly segmentBytes: number;
  /** Preallocated for gap frames on a full disk; default 1 MiB. */
  readonly reserveBytes: number;
  /** Newest frames kept in memory; default 16 MiB. */
  readonly cacheBytes: number;
  /** Acknowledged segments kept against a hub that loses them; default 16 MiB, at most an eighth. */
  readonly retainAckedBytes: number;
  /** Default 64 MiB. */
  readonly quarantineBytes: number;
}

const DEFAULT_LIMITS: SpoolLimits = {
  maxBytes: 1024 ** 3,
  floorBytes: 256 * 1024 ** 2,
  segmentBytes: 8 * 1024 ** 2,
  reserveBytes: 1024 ** 2,
  cacheBytes: 16 * 1024 ** 2,
  retainAckedBytes: 16 * 1024 ** 2,
  quarantineBytes: 64 * 1024 ** 2,
};

/**
 * Fills `given` up with the defaults, made smaller for a small budget: what is kept of acknowledged
 * frames and the segment that is being written must leave most of it to new ones, or a spool that
 * was full once would be full for ever.
 */
export function spoolLimits(given: Partial<SpoolLimits> = {}): SpoolLimits {
  const { maxBytes = DEFAULT_LIMITS.maxBytes } = given;
  return {
    ...DEFAULT_LIMITS,
    segmentBytes: Math.min(DEFAULT_LIMITS.segmentBytes, Math.floor(maxBytes / 16)),
    retainAckedBytes: Math.min(DEFAULT_LIMITS.retainAckedBytes, Math.floor(maxBytes / 8)),
    ...given,
  };
}

/** Who seals into a stream. */
export interface StreamOwner {
  /** 8 bytes. */
  readonly id: Uint8Array;
  readonly name: string;
  readonly plugin: string;
  readonly priority: Priority;
}

/** One stream as its source sees it. */
export interface SpoolStream {
  /** Where the chain stands, with all that was appended. */
  chain(): Chain;
  /** Sealed cursor of the last durable group. */
  cursor(): Uint8Array | undefined;
  /** Frames were lost that the hub may have: its cursor will be the stream's once they agree. */
  isCut(): boolean;
  /**
   * Writes a whole group at once and resolves when it is durable.
   *
   * @throws {SpoolError} `full`: nothing was written, the chain stands where it stood. `lost`: the
   *   stream has a new epoch, read again from `cursor()`.
   */
  append(frames: readonly Uint8Array[]): Promise<void>;
  /** "full": nothing more but gaps of this priority. */
  room(): "ok" | "full";
  /** Resolves when `room()` is "ok" or on abort. */
  roomAgain(signal: AbortSignal): Promise<void>;
}

export interface SpoolStatus {
  readonly bytes: number;
  readonly segments: number;
  readonly unackedFrames: number;
  /** Newest failure that frames were lost to, for people. */
  readonly lastFailure: string | undefined;
}

/** Somebody who waits for the next sync. */
export interface Waiting {
  durable(): void;
  lost(error: SpoolError): void;
}
