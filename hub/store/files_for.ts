/**
 * Which files of a snapshot may hold rows that a query wants: the others are never opened.
 *
 * @module
 */
import type { FileIndexes, Needed } from "./cold/open_indexes.ts";
import type { Snapshot, StoredFile } from "./manifest.ts";

const TICKS_PER_MS = 10_000n;

/** A span of ticks of 100 ns since the Unix epoch. */
export interface TickSpan {
  /** Inclusive. */
  readonly from?: bigint | undefined;
  /** Exclusive. */
  readonly to?: bigint | undefined;
}

/** What must hold of each row that is wanted. */
export interface Wanted extends TickSpan, Partial<Needed> {
  readonly table: string;
}

/**
 * Files that may hold rows as `wanted`, in the order of the snapshot. Values and terms rule out
 * files that have an index; they are of columns of type string, as they are stored.
 */
export function filesFor(
  snapshot: Snapshot,
  wanted: Wanted,
  indexes?: FileIndexes,
): readonly StoredFile[] {
  const { equals = [], terms = [] } = wanted;
  return (snapshot.files.get(wanted.table) ?? []).filter((file) =>
    isWithin(file, wanted) && (indexes?.mayHold(file, { equals, terms }) ?? true)
  );
}

/** A file with rows that have no time is within every span. */
function isWithin(file: StoredFile, { from, to }: TickSpan): boolean {
  if (file.timeless > 0) return true;
  if (file.fromMs > file.toMs) return false;
  const least = BigInt(file.fromMs) * TICKS_PER_MS;
  const beyond = BigInt(file.toMs + 1) * TICKS_PER_MS;
  return (from === undefined || beyond > from) && (to === undefined || least < to);
}
