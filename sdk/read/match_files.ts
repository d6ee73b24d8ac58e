/**
 * Paths that globs match, with what `stat` says of them.
 *
 * @module
 */
import { globSync, readdirSync } from "node:fs";
import { basename, dirname, join, matchesGlob } from "node:path";
import type { Gap } from "../plugin.ts";
import { type FileStat, statFile } from "./file_identity.ts";
import { byOrder } from "./tail_cursor.ts";

export interface Matched extends FileStat {
  readonly path: string;
}

const MAGIC = /[*?[\]{}!]/;

/** The regular files that `globs` match, each once (by its first path), least recent first. */
export function matchFiles(globs: readonly string[]): readonly Matched[] {
  const found = new Map<string, Matched>();
  for (const path of globs.flatMap(pathsOf)) {
    const stat = seen(path);
    if (stat !== undefined && !found.has(stat.id)) found.set(stat.id, { ...stat, path });
  }
  return [...found.values()].toSorted(byOrder);
}

/** What logrotate and others append to the name of a file that they have compressed. */
const PACKED = /\.(?:gz|bz2|xz|zst|zip|lz4|Z)$/;

/**
 * {@link matchFiles} without compressed files: one that was rotated was read before, through the
 * handle that was open, and as lines its bytes are none. Tells how many there are.
 */
export function matchPlain(
  globs: readonly string[],
): { readonly files: readonly Matched[]; readonly packed: number } {
  const all = matchFiles(globs);
  const files = all.filter(({ path }) => !PACKED.test(path));
  return { files, packed: all.length - files.length };
}

/** That `packed` files are not read. */
export function notRead(packed: number): Gap {
  return { reason: "other", detail: `${packed} compressed files are not read` };
}

/** Where in `folders` the files are now whose ids are `wanted`, by id. */
export function findMoved(
  folders: Iterable<string>,
  wanted: (id: string) => boolean,
): ReadonlyMap<string, Matched> {
  const found = new Map<string, Matched>();
  for (const folder of folders) {
    for (const path of entriesOf(folder)) {
      const stat = seen(path);
      if (stat !== undefined && wanted(stat.id)) found.set(stat.id, { ...stat, path });
    }
  }
  return found;
}

/** The folders that files which `globs` match lie in. */
export function foldersOf(globs: readonly string[], files: readonly Matched[]): Set<string> {
  const literal = globs.filter((glob) => !MAGIC.test(dirname(glob))).map((glob) => dirname(glob));
  return new Set([...literal, ...files.map((file) => dirname(file.path))]);
}

function pathsOf(glob: string): readonly string[] {
  if (!MAGIC.test(glob)) return [glob];
  try {
    return globSync(glob);
  } catch {
    // A folder that may not be listed or vanished while it was read. Deno's looks from the root on,
    // and not all of that may be seen.
    return inFolder(glob);
  }
}

/** What matches in the folder of a glob whose last part alone is a pattern. */
function inFolder(glob: string): readonly string[] {
  const folder = dirname(glob);
  if (MAGIC.test(folder)) return [];
  const pattern = basename(glob);
  return entriesOf(folder).filter((path) => {
    const name = basename(path);
    return matchesGlob(name, pattern) && (!name.startsWith(".") || pattern.startsWith("."));
  });
}

function entriesOf(folder: string): readonly string[] {
  try {
    return readdirSync(folder).map((name) => join(folder, name));
  } catch {
    return [];
  }
}

/** A file that vanished between listing and `stat`, or may not be seen, is not there. */
function seen(path: string): FileStat | undefined {
  try {
    return statFile(path);
  } catch {
    return undefined;
  }
}
