/**
 * How far what is seen has moved from what was learned: the population stability index.
 *
 * Numbers are counted in bins that held a tenth each when they were learned. The index is the sum over
 * the bins of (p - q) ln(p / q); it is some (bins - 1) / n for n numbers of the same kind. Below 0.1
 * people take it for none, above 0.25 for a shift that matters.
 *
 * @module
 */

/** How numbers were spread when they were learned; plain JSON. */
export interface Reference {
  /** Ascending: bin i holds what is below `edges[i]` and in none before; the last bin the rest. */
  readonly edges: readonly number[];
  /** Numbers in each bin, one more than there are edges. */
  readonly counts: readonly number[];
}

const BINS = 10;

/** The index from which on a shift matters. */
export const SHIFT = 0.25;

/** Learns how `values` are spread; NaN is left out. */
export function referenceOf(values: readonly number[]): Reference {
  const sorted = values.filter((value) => !Number.isNaN(value)).toSorted((a, b) => a - b);
  // What is below or above all that was learned has a bin of its own.
  const edges = sorted.slice(0, 1);
  for (let i = 1; i < BINS; i++) {
    const edge = sorted[Math.floor(i * sorted.length / BINS)];
    if (edge !== undefined && edge !== edges.at(-1)) edges.push(edge);
  }
  const most = sorted.at(-1);
  if (most !== undefined) edges.push(most + Math.max(1e-9, Math.abs(most) * 1e-9));
  const counts = edges.map(() => 0);
  counts.push(0);
  for (const value of sorted) counts[binOf(edges, value)]!++;
  return { edges, counts };
}

/** The bin of `value`. */
export function binOf(edges: readonly number[], value: number): number {
  let bin = 0;
  while (bin < edges.length && value >= edges[bin]!) bin++;
  return bin;
}

/**
 * How much more than by chance `counts` differ from the reference: the index less what it is on
 * average, and twice its deviation, for so many numbers of the same kind; 0 where there are none.
 */
export function shiftOf({ counts: learned }: Reference, counts: readonly number[]): number {
  const [n, m] = [sumOf(counts), sumOf(learned)];
  if (n === 0 || m === 0) return 0;
  // A bin without any has half a number: its logarithm must be one.
  const share = (count: number, of: number): number => Math.max(count, 0.5) / of;
  let index = 0;
  for (const [i, count] of counts.entries()) {
    const [p, q] = [share(count, n), share(learned[i]!, m)];
    index += (p - q) * Math.log(p / q);
  }
  const degrees = counts.length - 1;
  const chance = (degrees + 2 * Math.sqrt(2 * degrees)) * (1 / n + 1 / m);
  return Math.max(0, index - chance);
}

function sumOf(counts: readonly number[]): number {
  return counts.reduce((sum, count) => sum + count, 0);
}
