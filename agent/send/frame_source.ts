/**
 * What the sender needs of the spool: durable frames by stream, epoch and seq.
 *
 * All calls are synchronous and cheap; the sender asks again and again and keeps no copy.
 *
 * @module
 */
import type { Priority } from "../../sdk/table.ts";

/** The durable frames of one epoch that the spool still holds: seqs `first` to `next - 1`. */
export interface HeldEpoch {
  readonly epoch: number;
  /** Lowest seq that is not acknowledged; equal to `next` where all are. */
  readonly first: number;
  /** One past the newest durable frame. */
  readonly next: number;
  /** From here on all are on the disk, also those that were acknowledged; absent: `first`. */
  readonly kept?: number;
}

/** One stream as the spool holds it. */
export interface HeldStream {
  /** 8 bytes, {@link streamIdOf} of `name`. */
  readonly id: Uint8Array;
  /** The source's name. */
  readonly name: string;
  readonly plugin: string;
  readonly priority: Priority;
  /** Oldest first; the last one is what new frames are sealed in. Never empty. */
  readonly epochs: readonly HeldEpoch[];
  /** Why the newest epoch was opened, such as "first start" or "spool cut". */
  readonly reason: string;
  /** Frames of it were lost, maybe such as the hub has, and nothing was added since. */
  readonly isCut?: boolean;
}

/** One durable frame. */
export interface HeldFrame {
  /** Whole, as spooled. */
  readonly bytes: Uint8Array;
  /** 32 bytes: hash of its schema. */
  readonly schema: Uint8Array;
}

/** Where in which stream. `stream` is the id in hex. */
export interface FrameAt {
  readonly stream: string;
  readonly epoch: number;
  readonly seq: number;
}

/** The spool as the sender sees it. */
export interface FrameSource {
  /** Streams with anything to send or to agree on; at most 4,096. */
  streams(): readonly HeldStream[];
  /** A frame whose whole group is durable; undefined if it is not held (yet). */
  frame(at: FrameAt): HeldFrame | undefined;
  /**
   * Hash of the frame before `at`: zeros at seq 0, undefined where it is no longer known. It must
   * be known from `first` to `next` of every held epoch, so also when all is trimmed.
   */
  previousOf(at: FrameAt): Uint8Array | undefined;
  /** The hub has lost what it acknowledged: frames that are kept are needed again from here on. */
  resume?(at: FrameAt): void;
  /** The canonical JSON of a schema that a held frame uses. */
  schemaJson(hash: Uint8Array): string | undefined;
}
