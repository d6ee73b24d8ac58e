/**
 * What a source's pipeline is made of: its stages' parts, and how much they gather.
 *
 * @module
 */
import type { ColumnBatch } from "../sdk/columns/column.ts";
import type { Plugin } from "../sdk/plugin.ts";
import type { Kept } from "../sdk/read/io.ts";
import type { Scrubber } from "../sdk/scrub/scrubber.ts";
import type { Json, Priority } from "../sdk/table.ts";
import type { Batcher, BatchLimits } from "./batch.ts";
import type { CursorBox } from "./cursor_box.ts";
import type { Sealer } from "./seal.ts";
import type { SpoolStream } from "./spool/spool.ts";
import type { Stamp } from "./stamp.ts";
import type { Tally } from "./tally.ts";

export interface PipelineOptions {
  readonly source: string;
  /** 8 bytes. */
  readonly stream: Uint8Array;
  readonly plugin: Plugin;
  readonly priority: Priority;
  /** What it reads cannot be asked again: it is shed where others wait. */
  readonly lossy: boolean;
  readonly limits: BatchLimits;
  readonly stamp: Stamp;
  readonly scrubber: Scrubber;
  readonly batcher: Batcher;
  readonly sealer: Sealer;
  readonly box: CursorBox;
  readonly spool: SpoolStream;
  readonly signal: AbortSignal;
  /** Of the source's lives before this one; default: there were none. */
  readonly tally?: Tally;
  /** The cursor of the last durable frame. */
  readonly cursor: Json | undefined;
  /** 32 random bytes a frame, for the tree over its rows; absent where that is off. */
  rowSeed?(): Uint8Array;
  /** Calls back after `ms`; returns how to call that off. */
  after(ms: number, call: () => void): () => void;
  /** Sees each scrubbed batch: `custos tap`. */
  tap?(batch: ColumnBatch): void;
  /** What the source keeps between runs; default: nothing beyond this one. */
  readonly kept?: Kept;
  /** Keeps events that could not be scrubbed. */
  quarantine(batch: ColumnBatch): boolean;
}
