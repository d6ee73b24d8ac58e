/**
 * Says in words why a file cannot be used, and what would be right.
 *
 * @module
 */
import { statSync } from "node:fs";

const WORDS: Readonly<Record<string, string>> = {
  ENOENT: "there is no such file or folder, name one that is there",
  ENOTDIR: "a part of its path is a file, name a folder",
  EEXIST: "a file is in its place, name another",
  EISDIR: "it is a folder, name a file",
  EACCES: "this user may not use it, give the right or name another",
  EPERM: "this user may not use it, give the right or name another",
  EROFS: "its disk is read-only, name a place that can be written to",
  ENOSPC: "its disk is full, make room or name another place",
  ENOTEMPTY: "it is not empty",
  EXDEV: "it is on another disk",
  EIO: "its disk fails, see the system's log (EIO)",
  ENXIO: "nobody is at its other end",
};

/** Why nothing is to be found at `path`, in words; undefined if there is something. */
export function troubleAt(path: string): string | undefined {
  try {
    statSync(path);
    return undefined;
  } catch (cause) {
    return troubleOf(cause);
  }
}

/** What `cause`, thrown by a call on files, means; for the end of `Cannot DO FILE: `. */
export function troubleOf(cause: unknown): string {
  const code = cause instanceof Error && "code" in cause ? String(cause.code) : "unknown";
  return WORDS[code] ?? `the system refuses it with ${code}`;
}
