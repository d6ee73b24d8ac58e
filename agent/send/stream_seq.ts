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
