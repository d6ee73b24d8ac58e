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

/** What must hold of a row. */
export interface Needed {
  /** Columns and the very values that they must have. */
  readonly equals: readonly { readonly column: string; readonly value: string }[];
  /** Columns and texts whose terms they must have, with a boundary on both sides. */
  readonly terms: readonly { readonly column: string; readonly text: string }[];
}

export interface FileIndexes {
  /** Whether `file` may hold a row with all that is needed; true where nobody knows. */
  mayHold(file: StoredFile, needed: Needed): boolean;
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
  return {
    mayHold(file, { equals, terms }) {
      if (file.tier !== "cold" || (equals.length === 0 && terms.length === 0)) return true;
      const index = indexOf(file.path);
      if (index === undefined) return true;
      return equals.every(({ column, value }) =>
        all(index.values.get(column), () => hashString(value))
      ) && terms.every(({ column, text }) => all(index.terms.get(column), () => hashTerms(text)));
    },
  };
}

function all(filter: Uint8Array | undefined, hashesOf: () => Hashes): boolean {
  if (filter === undefined) return true;
  const { first, second } = hashesOf();
  return first.every((word, i) => mayHold(filter, word, second[i]!));
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
