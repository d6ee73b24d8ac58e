/**
 * Paths that globs match, with what `stat` says of them.
 *
 * @module
 */
import { globSync, readdirSync } from "node:fs";
import { basename, dirname, join, matchesGlob, normalize } from "node:path";
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
const READABLE = /\.(?:gz|zst)$/;
/** Number and date that rotation puts behind a name, or before its ending. */
const STAMP = /[._-]\d[\dT:._-]*(?=$|\.[A-Za-z]+$)/;

/**
 * {@link matchFiles} without compressed files: as lines their bytes are none. Tells how many there
 * are, but for those that a glob names as such.
 */
export function matchPlain(
  globs: readonly string[],
): { readonly files: readonly Matched[]; readonly packed: number } {
  const all = matchFiles(globs.filter((glob) => !isReadablePacked(glob)));
  const files = all.filter(({ path }) => !isPacked(path));
  return { files, packed: all.length - files.length };
}

/** Whether a file is compressed, by its name. */
function isPacked(path: string): boolean {
  return PACKED.test(path);
}

/** Whether a path or a glob names compressed files that can be read. */
export function isReadablePacked(path: string): boolean {
  return READABLE.test(path);
}

/**
 * {@link matchFiles} without compressed files, but for those that can be read and a glob names as
 * such: `*.gz` does, `*` does not. Tells how many are left out. `areRead`: false where the reader can
 * read none.
 */
export function matchNamed(
  globs: readonly string[],
  areRead = true,
): { readonly files: readonly Matched[]; readonly packed: number } {
  const asked = areRead ? globs.filter(isReadablePacked).map((glob) => normalize(glob)) : [];
  const isAsked = (path: string): boolean =>
    asked.some((glob) => glob === normalize(path) || matchesGlob(path, glob));
  const all = matchFiles(globs);
  const files = all.filter(({ path }) => !isPacked(path) || isAsked(path));
  return { files, packed: all.length - files.length };
}

/** The compressed files in `folders` whose plain ones, before rotation, `globs` match. */
export function rotatedFiles(
  globs: readonly string[],
  folders: Iterable<string>,
): readonly Matched[] {
  const found = new Map<string, Matched>();
  for (const folder of folders) {
    for (const path of entriesOf(folder)) {
      if (!READABLE.test(path) || !isRotated(path, globs)) continue;
      const stat = seen(path);
      if (stat !== undefined && !found.has(stat.id)) found.set(stat.id, { ...stat, path });
    }
  }
  return [...found.values()].toSorted((a, b) => a.mtime - b.mtime || byOrder(a, b));
}

function isRotated(path: string, globs: readonly string[]): boolean {
  const plain = path.replace(READABLE, "");
  const names = [path, plain, plain.replace(STAMP, "")];
  return globs.some((glob) => {
    const pattern = normalize(glob);
    return MAGIC.test(pattern)
      ? names.some((name) => matchesGlob(name, pattern))
      : names.includes(pattern);
  });
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
