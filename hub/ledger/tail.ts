/**
 * The newest entries in memory: followers that keep up never touch the disk.
 *
 * @module
 */
import type { LedgerEntry } from "./ledger.ts";

export interface Tail {
  /** Index of the oldest entry kept. */
  readonly first: number;
  push(entry: LedgerEntry): void;
  /** Entries from `from`, below `until`, of at most `maxBytes` of payload but at least one. */
  read(from: number, until: number, maxBytes: number): readonly LedgerEntry[];
  /** Keeps no entry below `until`. */
  forget(until: number): void;
}

/** Keeps at most `maxBytes` of payload; `next` is the index of the first entry to come. */
export function openTail(maxBytes: number, next: number): Tail {
  let entries: LedgerEntry[] = [];
  let first = next;
  /** Entries at the start of the array that are dropped already: shifting each would be slow. */
  let dropped = 0;
  let bytes = 0;

  const trim = (): void => {
    while (bytes > maxBytes && entries.length - dropped > 1) drop();
    shrink();
  };
  const shrink = (): void => {
    if (dropped > 1024 || dropped > entries.length / 2) {
      entries = entries.slice(dropped);
      dropped = 0;
    }
  };
  const drop = (): void => {
    bytes -= sizeOf(entries[dropped]!);
    dropped++;
    first++;
  };
  return {
    get first() {
      return first;
    },
    push(entry) {
      entries.push(entry);
      bytes += sizeOf(entry);
      trim();
    },
    forget(until) {
      while (first < until && entries.length > dropped) drop();
      shrink();
    },
    read(from, until, limit) {
      const found: LedgerEntry[] = [];
      let total = 0;
      const start = dropped + from - first;
      for (let i = start; i < entries.length; i++) {
        const entry = entries[i]!;
        total += entry.payload.length;
        if (entry.index >= until || (total > limit && found.length > 0)) break;
        found.push(entry);
      }
      return found;
    },
  };
}

/** An entry's objects cost about this much besides its payload. */
function sizeOf(entry: LedgerEntry): number {
  return entry.payload.length + 256;
}
