/**
 * How rare a distance is: a histogram of the distances so far, in logarithmic bins, with a Pareto
 * tail beyond the largest ones.
 *
 * The tail's exponent is Hill's estimator over the largest 1 % (Hill 1975), so that a series that
 * often leaps has to leap further to be rare than one that never does.
 *
 * @module
 */

/** Plain JSON; changed in place. */
export interface Tail {
  /** Distances counted, zeros included. */
  n: number;
  zeros: number;
  /** Bin number of `counts[0]`. */
  lo: number;
  /** At most 505. */
  counts: number[];
}

const BINS_PER_OCTAVE = 4;
/** Distances from 2^-63 to 2^63; what is beyond counts as the nearest. */
const MOST_BIN = 252;
/** Share of the distances whose shape the tail is taken from. */
const TAIL = 0.01;
/** Fewer say nothing. */
const LEAST = 20;
/** At so many all counts are halved: what was usual long ago weighs less. */
const MOST = 65_536;
/** Weight and value of what is assumed of the tail before anything is known of it. */
const PRIOR_BINS = 1.5;

export function newTail(): Tail {
  return { n: 0, zeros: 0, lo: 0, counts: [] };
}

/**
 * The surprise of `distance`, not yet counted: -log10 of the share of distances that are as large.
 * Of its own bin half counts; in the tail none does, so that what gets there stands out.
 */
export function surpriseOf(tail: Tail, distance: number): number {
  const { n, lo, counts } = tail;
  if (n < LEAST || distance <= 0) return 0;
  const bin = binOf(distance);
  let above = 0;
  let at = lo + counts.length - 1;
  for (; at > bin && at >= lo; at--) above += counts[at - lo]!;
  if (bin < lo) return -Math.log10((above + 0.5) / (n + 1));
  if (at === bin) above += counts[at - lo]! / 2;
  if (above >= TAIL * n) return -Math.log10((above + 0.5) / (n + 1));
  const { from, inTail, mean } = upperOf(tail);
  const share = Math.exp(-(bin - from) / mean) * (inTail + 0.5) / (n + 1);
  return -Math.log10(share);
}

/** Counts `distance`, which is no NaN and not below 0. */
export function count(tail: Tail, distance: number): void {
  if (tail.n >= MOST) halve(tail);
  tail.n++;
  if (distance <= 0) {
    tail.zeros++;
    return;
  }
  const bin = binOf(distance);
  const { counts } = tail;
  if (counts.length === 0) tail.lo = bin;
  for (; bin < tail.lo; tail.lo--) counts.unshift(0);
  while (bin >= tail.lo + counts.length) counts.push(0);
  counts[bin - tail.lo]!++;
}

/** Where the tail begins, how many are beyond it, and how many bins beyond on average. */
function upperOf({ n, lo, counts }: Tail) {
  const need = TAIL * n;
  let inTail = 0;
  let sum = 0;
  let from = lo + counts.length - 1;
  for (; from >= lo; from--) {
    const here = counts[from - lo]!;
    if (inTail + here >= need) break;
    inTail += here;
    sum += here * from;
  }
  return { from, inTail, mean: (sum - inTail * from + PRIOR_BINS) / (inTail + 1) };
}

function binOf(distance: number): number {
  const bin = Math.round(Math.log2(distance) * BINS_PER_OCTAVE);
  return Math.max(-MOST_BIN, Math.min(MOST_BIN, bin));
}

function halve(tail: Tail): void {
  tail.zeros = Math.floor(tail.zeros / 2);
  tail.counts = tail.counts.map((c) => Math.floor(c / 2));
  tail.n = tail.counts.reduce((sum, c) => sum + c, tail.zeros);
}
