/**
 * The indexes of cold files as the hub asks them, a bounded number of bytes in memory.
 *
 * @module
 */
import { join } from "node:path";
import { type Files, FilesError } from "../../../sdk/runtime/files.ts";
import type { StoredFile } from "../manifest.ts";
import { decodeIndex, type FileIndex, indexPath } from "./file_index.ts";
import { hashString, hashTerms } from "./string_hash.ts";
import { type Hashes, mayHold } from "./xor_filter.ts";

/** What a column of a row must be, or whose terms it must have, with a boundary on both sides. */
export interface NeededText {
  readonly column: string;
  readonly kind: "value" | "terms";
  readonly text: string;
}

export interface FileIndexes {
  /**
   * Whether `file` may hold a row for which one of each of `lists` holds; true where nobody knows.
   * The same lists are best asked of all files: they are hashed once.
   */
  mayHold(file: StoredFile, lists: readonly (readonly NeededText[])[]): boolean;
}

interface Held {
  readonly index: FileIndex | undefined;
  readonly bytes: number;
}

const MAX_BYTES = 128 * 1024 * 1024;
/** No index of one file is larger. */
const MAX_FILE_BYTES = 16 * 1024 * 1024;

/** Reads indexes of files in `folder` when they are asked. */
export function openIndexes(files: Files, folder: string): FileIndexes {
  // In the order of use: the first is the one to go.
  const held = new Map<string, Held>();
  let bytes = 0;
  const indexOf = (path: string): FileIndex | undefined => {
    const known = held.get(path) ?? readIndex(files, join(folder, indexPath(path)));
    if (!held.delete(path)) bytes += known.bytes;
    held.set(path, known);
    for (const [oldest, { bytes: size }] of held) {
      if (bytes <= MAX_BYTES || oldest === path) break;
      held.delete(oldest);
      bytes -= size;
    }
    return known.index;
  };
  const hashed = new WeakMap<object, readonly (readonly Sought[])[]>();
  const soughtIn = (lists: readonly (readonly NeededText[])[]) => {
    const known = hashed.get(lists) ?? lists.map((list) => list.map(soughtFor));
    hashed.set(lists, known);
    return known;
  };
  return {
    mayHold(file, lists) {
      if (lists.length === 0) return true;
      // No row has one of nothing.
      if (lists.some(({ length }) => length === 0)) return false;
      if (file.tier !== "cold") return true;
      const index = indexOf(file.path);
      return index === undefined ||
        soughtIn(lists).every((list) => list.some((sought) => isIn(index, sought)));
    },
  };
}

interface Sought extends NeededText {
  readonly hashes: Hashes;
}

function soughtFor(needed: NeededText): Sought {
  const { kind, text } = needed;
  return { ...needed, hashes: kind === "value" ? hashString(text) : hashTerms(text) };
}

function isIn({ values, terms }: FileIndex, { column, kind, hashes }: Sought): boolean {
  const filter = (kind === "value" ? values : terms).get(column);
  if (filter === undefined) return true;
  return hashes.first.every((word, i) => mayHold(filter, word, hashes.second[i]!));
}

function readIndex(files: Files, path: string): Held {
  try {
    const file = files.open(path, "read");
    try {
      const size = file.size();
      if (size > MAX_FILE_BYTES) return { index: undefined, bytes: 0 };
      const bytes = new Uint8Array(size);
      let done = 0;
      for (let n = 1; done < size && n > 0; done += n) n = file.readNow(bytes.subarray(done), done);
      return { index: decodeIndex(bytes.subarray(0, done)), bytes: size };
    } finally {
      file.close();
    }
  } catch (error) {
    // Files of an older hub have none; one that cannot be read rules nothing out.
    if (error instanceof FilesError) return { index: undefined, bytes: 0 };
    throw error;
  }
}
