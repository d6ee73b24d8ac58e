/**
 * Stage 4 of 7: gathers what a source gave between two cursors into one group, and says when the
 * group is due. Only the group's last frame will carry the cursor.
 *
 * @module
 */
import { BodyEncoder } from "../sdk/wire/body.ts";
import type { ColumnBatch } from "../sdk/columns/column.ts";
import { packBody, type PackedBody } from "../sdk/wire/frame.ts";
import { rowTreeOf } from "../sdk/proof/row_tree.ts";
import type { Schema } from "../sdk/table.ts";

/** When a group is sealed, whichever comes first. */
export interface BatchLimits {
  /** Default 32,768: of a frame of 8,192 a seventh more bytes an event, as measured. */
  readonly rows: number;
  /** Bytes of column data in memory; default 4 MiB, about 512 KiB when encoded. */
  readonly bytes: number;
  /** Default 200 ms after the last one; at once where that is past. */
  readonly ms: number;
  /** zstd level; default 3. */
  readonly level: number;
}

/** One batch of a group, encoded, not yet in a frame. */
export interface Part {
  readonly schema: Schema;
  readonly gap: boolean;
  readonly rows: number;
  readonly body: PackedBody;
  /** Of the tree over its rows, 32 bytes; zeros where it is off. */
  readonly rowRoot: Uint8Array;
  /** Ticks of 100 ns since the epoch. */
  readonly firstTime: bigint;
  readonly lastTime: bigint;
  /** Hash of the scrub policy that it was scrubbed under; default: the sealer's. */
  readonly policy?: Uint8Array | undefined;
}

/** The parts since the last cursor. */
export interface Group {
  readonly parts: readonly Part[];
  readonly rows: number;
}

const NO_ROW_ROOT = new Uint8Array(32);

/** Encodes batches of all sources of an agent, one at a time, in one set of buffers. */
export class Batcher {
  readonly #encoder = new BodyEncoder();
  readonly #level: number;

  constructor(level: number) {
    this.#level = level;
  }

  /** Encodes a scrubbed batch; `cursor` only where it is the last of its group. */
  part(batch: ColumnBatch, schema: Schema, options: PartOptions): Part {
    const { cursor, seed } = options;
    const raw = this.#encoder.encode({ batch, cursor, ...(seed && { seed }) });
    const { firstTime, lastTime } = timesOf(batch, schema.time, options.nowMs);
    return {
      schema,
      gap: options.gap,
      rows: batch.rows,
      body: packBody(raw, this.#level),
      rowRoot: seed === undefined ? NO_ROW_ROOT : rowTreeOf(batch, seed).root,
      firstTime,
      lastTime,
      policy: options.policy,
    };
  }
}

interface PartOptions {
  readonly policy?: Uint8Array | undefined;
  readonly gap: boolean;
  /** 32 random bytes where the rows get a tree. */
  readonly seed?: Uint8Array | undefined;
  /** Sealed. */
  readonly cursor: Uint8Array | undefined;
  /** Stands for the time of events where there are none. */
  readonly nowMs: number;
}

/** Milliseconds as ticks, in the range a header can hold. */
export function ticksOf(ms: number): bigint {
  const bounded = Math.min(Math.max(ms, -MOST_MS), MOST_MS);
  return BigInt(Math.floor(bounded)) * 10_000n;
}

/** 2^63 ticks are a little more. */
const MOST_MS = 9e14;

function timesOf(batch: ColumnBatch, time: string, nowMs: number) {
  const column = batch.columns.find((c) => c.name === time);
  let first = Infinity;
  let last = -Infinity;
  if (column?.form === "time") {
    for (let row = 0; row < column.ms.length; row++) {
      const ms = column.ms[row]!;
      if (ms < first) first = ms;
      if (ms > last) last = ms;
    }
  }
  if (first > last) first = last = nowMs;
  // The remainder of the latest event only ever makes it later: round up by one tick less than 1 ms.
  const ticks = column?.form === "time" && column.ticks !== undefined ? 9_999n : 0n;
  return { firstTime: ticksOf(first), lastTime: ticksOf(last) + ticks };
}
