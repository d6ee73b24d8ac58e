/**
 * Which files a query reads, and in which order: the newest first, until there are rows enough.
 *
 * @module
 */
import type { StoredFile } from "../store/manifest.ts";
import type { EventPlan } from "./plan.ts";

const TICKS_PER_MS = 10_000n;
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

/** Leaves out files of other times. A file with rows that have no time always stays. */
export function withinTime(
  files: readonly StoredFile[],
  { from, to }: Pick<EventPlan, "from" | "to">,
): readonly StoredFile[] {
  return files.filter((file) => {
    if (file.timeless > 0) return true;
    if (file.fromMs > file.toMs) return false;
    const least = BigInt(file.fromMs) * TICKS_PER_MS;
    const beyond = BigInt(file.toMs + 1) * TICKS_PER_MS;
    return (from === undefined || beyond > from) && (to === undefined || least < to);
  });
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
  for (let start = 0, size = FIRST_FILES; start < sorted.length; size *= GROWTH) {
    const end = start + size;
    const next = sorted[end];
    rounds.push({ files: sorted.slice(start, end), settledAt: settledBefore(next, isNewest) });
    start = end;
  }
  return rounds;
}

function settledBefore(next: StoredFile | undefined, isNewest: boolean): bigint | undefined {
  if (next === undefined || next.timeless > 0) return undefined;
  return BigInt(isNewest ? next.toMs + 1 : next.fromMs) * TICKS_PER_MS;
}

/** Unlike a difference right for two infinities. */
function compare(a: number, b: number): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
