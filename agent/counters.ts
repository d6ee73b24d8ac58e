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
  /** The same by the policy that left them out. */
  readonly filteredBy: Record<string, number>;
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
    filteredBy: {},
    rejected: 0,
    tokenised: 0,
    dropped: 0,
    gaps: 0,
    frames: 0,
    frameBytes: 0,
  };
}

/** Policies that are counted by name. */
const MOST_POLICIES = 16;

/** Counts `count` events that were read and that `policy` leaves out. */
export function countFiltered(counts: SourceCounts, policy: string, count = 1): void {
  const { filteredBy } = counts;
  const isNamed = /^\w{1,40}$/.test(policy) &&
    (Object.hasOwn(filteredBy, policy) || Object.keys(filteredBy).length < MOST_POLICIES);
  const name = isNamed && policy !== "__proto__" ? policy : "other";
  filteredBy[name] = (Object.hasOwn(filteredBy, name) ? filteredBy[name]! : 0) + count;
  counts.filtered += count;
  counts.read += count;
}

/** Such as `owned_channels=12`, several with a blank between them. */
export function filteredText({ filteredBy }: Pick<SourceCounts, "filteredBy">): string {
  return Object.entries(filteredBy).map(([policy, count]) => `${policy}=${count}`).join(" ");
}

/** Events read that are neither durable nor accounted for otherwise: they are in memory. */
export function inFlight(counts: Readonly<SourceCounts>): number {
  return counts.read - counts.sealed - counts.shed - counts.quarantined - counts.filtered;
}
