/**
 * Places in a stream that hub and agent speak of.
 *
 * @module
 */

/** All frames of the epoch up to `seq`. `stream` is the id in hex. */
export interface StreamSeq {
  readonly stream: string;
  readonly epoch: number;
  readonly seq: number;
}

/**
 * A frame that the hub never will take (rule 7): it has all before it, and nothing after it. Keep it
 * aside; in an epoch above, seal a gap frame that names it, then again what came after it.
 */
export interface Refused extends StreamSeq {
  /** 32 bytes. */
  readonly hash: Uint8Array;
  readonly code: string;
}

/** One stream on this connection. */
export interface StreamLink {
  phase: "asking" | "open" | "halted";
  /** The epoch being asked for or open; when halted, the one that a new epoch must be above. */
  epoch: number;
  /** Next seq to send. */
  next: number;
  /** One past the highest seq that was sent: `next` may have gone back. */
  sent: number;
  /** The hub has all below. */
  acked: number;
  /** No frame before this time, in the driver's ms. */
  pausedUntil: number;
}
