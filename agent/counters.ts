/**
 * What became of each event of a source: the terms of the conservation law.
 *
 * read = acked + waiting in the spool + in flight + shed + quarantined + filtered, at all times;
 * what a crash leaves unknown is not counted here but said in a gap.
 *
 * @module
 */

/** Events of one source since the agent started, unless said. */
export interface SourceCounts {
  /** Given by the plugin, rejected ones included. */
  read: number;
  /** In frames that are durable here. */
  sealed: number;
  /** In frames that the hub has acknowledged. */
  acked: number;
  shed: number;
  quarantined: number;
  filtered: number;
  /** Kept in `_Raw` because they could not be parsed. */
  rejected: number;
  /** Values replaced by tokens. */
  tokenised: number;
  /** Values of secret or undeclared columns. */
  dropped: number;
  gaps: number;
  frames: number;
  /** Bytes of sealed frames. */
  frameBytes: number;
}

export function zeroCounts(): SourceCounts {
  return {
    read: 0,
    sealed: 0,
    acked: 0,
    shed: 0,
    quarantined: 0,
    filtered: 0,
    rejected: 0,
    tokenised: 0,
    dropped: 0,
    gaps: 0,
    frames: 0,
    frameBytes: 0,
  };
}

/** Events read that are neither durable nor accounted for otherwise: they are in memory. */
export function inFlight(counts: Readonly<SourceCounts>): number {
  return counts.read - counts.sealed - counts.shed - counts.quarantined - counts.filtered;
}
