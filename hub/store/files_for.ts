/**
 * Which files of a snapshot may hold rows that a query wants: the others are never opened.
 *
 * @module
 */
import type { FileIndexes, NeededText } from "./cold/open_indexes.ts";
import type { Snapshot, StoredFile } from "./manifest.ts";

const TICKS_PER_MS = 10_000n;

/** What must hold of each row that is wanted. Ticks are of 100 ns since the Unix epoch. */
export interface RowRead {
  /** Inclusive. */
  readonly from?: bigint | undefined;
  /** Exclusive. */
  readonly to?: bigint | undefined;
  /** Of each of the lists, one holds. Columns are of type string, as they are stored. */
  readonly texts?: readonly (readonly NeededText[])[] | undefined;
}

export interface Wanted extends RowRead {
  readonly table: string;
}

/**
 * Files that may hold rows as `wanted`, in the order of the snapshot. Texts rule out files that have
 * an index.
 */
export function filesFor(
  snapshot: Snapshot,
  wanted: Wanted,
  indexes?: FileIndexes,
): readonly StoredFile[] {
  return filesForAny(snapshot, { table: wanted.table, reads: [wanted] }, indexes);
}

/** The same for rows that fit one of `reads`. */
export function filesForAny(
  snapshot: Snapshot,
  { table, reads }: { readonly table: string; readonly reads: readonly RowRead[] },
  indexes?: FileIndexes,
): readonly StoredFile[] {
  return (snapshot.files.get(table) ?? []).filter((file) =>
    reads.some((read) => isWithin(file, read) && (indexes?.mayHold(file, read.texts ?? []) ?? true))
  );
}

/** A file with rows that have no time is within every span. */
function isWithin(file: StoredFile, { from, to }: RowRead): boolean {
  if (file.timeless > 0) return true;
  if (file.fromMs > file.toMs) return false;
  const least = BigInt(file.fromMs) * TICKS_PER_MS;
  const beyond = BigInt(file.toMs + 1) * TICKS_PER_MS;
  return (from === undefined || beyond > from) && (to === undefined || least < to);
}
