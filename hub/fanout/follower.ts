/**
 * What follows the ledger: detectors, store, live views, each by its own saved offset.
 *
 * A restart, a slow follower, and a rule run over last month's events are the same code path.
 *
 * @module
 */
import type { ColumnBatch } from "../../sdk/columns/column.ts";
import type { FrameHeader } from "../../sdk/wire/header.ts";
import type { DeletedFrame } from "../ledger/deleted_frame.ts";
import type { EntryKind } from "../ledger/entry.ts";

/** A frame of the ledger, as followers see it. */
export interface FrameItem {
  readonly header: FrameHeader;
  /** Agent id in hex. */
  readonly agent: string;
  /** Name of the source. */
  readonly source: string;
  /**
   * Its events. Decoded once for all followers that come by at about the same time: do not change
   * it. What an agent has signed and is no body gives no rows of table "", and so does a frame
   * whose bytes were deleted.
   */
  batch(): ColumnBatch;
}

/** One ledger entry. */
export interface Item {
  readonly index: number;
  /** 100 ns ticks since the Unix epoch; never goes back. */
  readonly hubTime: bigint;
  readonly kind: EntryKind;
  readonly payload: Uint8Array;
  /** 32 bytes. */
  readonly keyHash: Uint8Array;
  /** Frames only. */
  readonly frame?: FrameItem;
  /** Of a frame whose bytes were deleted. */
  readonly deleted?: DeletedFrame;
}

export interface Follower {
  readonly name: string;
  /** First ledger index it has not taken, from its own durable state. */
  readonly next: number;
  /**
   * Takes consecutive items from `next` on, and moves `next` behind what it has taken. If it
   * throws, it is given the same ones again after a while.
   */
  take(items: readonly Item[]): Promise<void>;
}

/** How a follower fares. */
export interface FollowerHealth {
  readonly name: string;
  readonly state: "following" | "failing";
  readonly next: number;
  /** Failures in a row. */
  readonly failures: number;
  /** The newest one; undefined while following. */
  readonly error: string | undefined;
}
