/**
 * The score of the Numenta Anomaly Benchmark, standard profile (Lavin and Ahmad 2015, §II).
 *
 * The first 15 % of a series' rows, at most 750, do not count. In each labelled window only the
 * earliest detection counts, the more the earlier it is: 1 at the left edge, 0 at the right one. A
 * detection outside of windows costs up to 0.11, less where it is soon after a window. A window that
 * is missed costs 1. 100 is the perfect detector, 0 the one that detects nothing.
 *
 * @module
 */

/** A labelled stretch of a series: row numbers, both ends included. */
export type Window = readonly [first: number, last: number];

/** What one series brings. */
export interface Raw {
  readonly score: number;
  readonly windows: number;
  /** Windows with a detection in them. */
  readonly found: number;
  /** Detections outside of windows that count. */
  readonly wrong: number;
}

const MISS = 1;
const WRONG = 0.11;
/** Further behind a window than so many of its lengths costs the most. */
const FAR = 3;

/** Rows at the beginning of a series of `rows` that are not scored. */
export function probation(rows: number): number {
  return Math.min(Math.floor(0.15 * rows), 750);
}

/** Scores `detections`, row numbers in ascending order, of a series of `rows`. */
export function scoreSeries(
  rows: number,
  windows: readonly Window[],
  detections: readonly number[],
): Raw {
  const first = probation(rows);
  const earliest = new Map<Window, number>();
  let score = 0;
  let wrong = 0;
  for (const row of detections) {
    if (row < first) continue;
    const window = windows.find(([from, to]) => row >= from && row <= to);
    if (window === undefined) {
      wrong++;
      score -= WRONG * lateness(row, windows);
    } else if (!earliest.has(window)) earliest.set(window, row);
  }
  for (const window of windows) {
    const row = earliest.get(window);
    score += row === undefined ? -MISS : earliness(row, window);
  }
  return { score, windows: windows.length, found: earliest.size, wrong };
}

/** The normalised score of a corpus. */
export function scoreCorpus(series: readonly Raw[]): number {
  const windows = series.reduce((sum, one) => sum + one.windows, 0);
  const raw = series.reduce((sum, one) => sum + one.score, 0);
  return 100 * (raw + windows * MISS) / (windows + windows * MISS);
}

function earliness(row: number, [from, to]: Window): number {
  return to === from ? 1 : sigmoid((to - row) / (to - from)) / sigmoid(1);
}

/** 0 at the end of the window before, 1 far behind it or where there is none. */
function lateness(row: number, windows: readonly Window[]): number {
  const before = windows.filter(([, to]) => to < row).toSorted((a, b) => b[1] - a[1])[0];
  if (before === undefined) return 1;
  const [from, to] = before;
  const lengths = (row - to) / Math.max(1, to - from);
  return lengths > FAR ? 1 : sigmoid(lengths);
}

/** From -1 to 1 over negative and positive distances, 0 at 0. */
function sigmoid(distance: number): number {
  return 2 / (1 + Math.exp(-5 * distance)) - 1;
}
