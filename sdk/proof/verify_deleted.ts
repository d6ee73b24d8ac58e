/**
 * Frames that a bundle shows by their headers alone, because the hub has deleted their bytes: each
 * must be named by a tombstone that is in the tree.
 *
 * @module
 */
import { ENTRY_HEAD_BYTES, type ProvenEntry } from "./bundle.ts";
import type { Broken, SeenDeletion } from "./verdict.ts";

const NOTE = 7;
/** Most deleted frames of one bundle: bounds the memory. */
const MOST_FRAMES = 4_000_000;

export interface Deletions {
  /** A frame that a tombstone, still to come, must name. */
  add(frame: { readonly index: number; readonly tombstone: number; readonly rows: number }): void;
  /** The next entry; what is broken in it. */
  take(entry: ProvenEntry): Broken | undefined;
  /** What is broken at the end: a tombstone that did not come. */
  end(): Broken | undefined;
  seen(): readonly SeenDeletion[];
  /** What was believed. */
  faith(): readonly string[];
}

interface Waiting {
  readonly indexes: Set<number>;
  events: number;
}

export function openDeletions(): Deletions {
  const waiting = new Map<number, Waiting>();
  const seen: SeenDeletion[] = [];
  let frames = 0;
  return {
    add({ index, tombstone, rows }) {
      if (++frames > MOST_FRAMES) return;
      const known = waiting.get(tombstone) ?? { indexes: new Set(), events: 0 };
      known.indexes.add(index);
      known.events += rows;
      waiting.set(tombstone, known);
    },
    take({ index, entry }) {
      const expected = waiting.get(index);
      if (expected === undefined) return undefined;
      const note = entry[0] === 1 && entry[1] === NOTE
        ? tombstoneOf(entry.subarray(ENTRY_HEAD_BYTES))
        : undefined;
      const missing = [...expected.indexes].find((one) => !note?.indexes.has(one));
      if (note === undefined || missing !== undefined) return broken(index, missing ?? index);
      waiting.delete(index);
      const { size } = expected.indexes;
      seen.push({ tombstone: index, table: note.table, frames: size, events: expected.events });
      return undefined;
    },
    end() {
      if (frames > MOST_FRAMES) {
        const why = "there are too many deleted frames in this bundle";
        return { link: "bundle", code: "length", why };
      }
      const [first] = waiting;
      return first && broken(first[0], Math.min(...first[1].indexes));
    },
    seen: () => seen,
    faith: () =>
      frames === 0 ? [] : [
        `that the headers of ${frames} frames whose bytes were deleted are those of their leaves`,
      ],
  };
}

function broken(tombstone: number, index: number): Broken {
  const why = `its bytes are not here, and entry ${tombstone} is no tombstone that names it`;
  return { link: "leaf", code: "tombstone", why, index };
}

function tombstoneOf(
  payload: Uint8Array,
): { readonly table: string; readonly indexes: ReadonlySet<number> } | undefined {
  try {
    const note: unknown = JSON.parse(new TextDecoder().decode(payload));
    if (typeof note !== "object" || note === null) return undefined;
    if (!("note" in note && "table" in note && "frames" in note)) return undefined;
    const { table, frames } = note;
    if (note.note !== "tombstone" || typeof table !== "string") return undefined;
    if (!Array.isArray(frames)) return undefined;
    let at = 0;
    return { table, indexes: new Set(frames.map((distance) => at += Number(distance))) };
  } catch {
    return undefined;
  }
}
