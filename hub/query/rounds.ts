/**
 * Which files a query reads, and in which order: the newest first, until there are rows enough.
 *
 * @module
 */
import type { StoredFile } from "../store/manifest.ts";
import type { EventPlan } from "./plan.ts";

const TICKS_PER_MS = 10_000n;
/** The first round ends with the file that brings it to so many rows, or with so many files. */
const FIRST_ROWS = 65_536;
const FIRST_FILES = 8;
const GROWTH = 4;

/** Files that are read together, and the bound that all later ones are beyond. */
export interface Round {
  readonly files: readonly StoredFile[];
  /**
   * A row with these ticks or more (for "oldest": less) comes before all rows of later rounds;
   * undefined in the last round, where nothing is left.
   */
  readonly settledAt: bigint | undefined;
}

/** Puts `files` in rounds of growing size, those that may hold the first rows first. */
export function roundsOf(
  files: readonly StoredFile[],
  order: EventPlan["order"],
): readonly Round[] {
  const isNewest = order === "newest";
  const edge = (file: StoredFile): number => {
    if (file.timeless > 0) return Infinity;
    return isNewest ? file.toMs : -file.fromMs;
  };
  const sorted = files.toSorted((a, b) => compare(edge(b), edge(a)) || b.id - a.id);
  const rounds: Round[] = [];
  for (let start = 0, scale = 1; start < sorted.length; scale *= GROWTH) {
    const end = endOf(sorted, start, scale);
    const next = sorted[end];
    rounds.push({ files: sorted.slice(start, end), settledAt: settledBefore(next, isNewest) });
    start = end;
  }
  return rounds;
}

function endOf(files: readonly StoredFile[], start: number, scale: number): number {
  const last = Math.min(files.length, start + FIRST_FILES * scale);
  let end = start;
  for (let rows = 0; end < last && rows < FIRST_ROWS * scale; end++) rows += files[end]!.rows;
  return end;
}

function settledBefore(next: StoredFile | undefined, isNewest: boolean): bigint | undefined {
  if (next === undefined || next.timeless > 0) return undefined;
  return BigInt(isNewest ? next.toMs + 1 : next.fromMs) * TICKS_PER_MS;
}

/** Unlike a difference right for two infinities. */
function compare(a: number, b: number): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
