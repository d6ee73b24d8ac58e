/**
 * What is at a path, and what a file holds, by its hash.
 *
 * @module
 */
import { createHash } from "node:crypto";
import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  readlinkSync,
  readSync,
} from "node:fs";
import { setImmediate as turn } from "node:timers/promises";
import type { FileStat } from "./io.ts";

const PIECE_BYTES = 1024 * 1024;

/** See `Io.stat`. */
export function statOf(path: string): FileStat | undefined {
  try {
    const stat = lstatSync(path);
    const kind = stat.isFile()
      ? "file"
      : stat.isDirectory()
      ? "folder"
      : stat.isSymbolicLink()
      ? "link"
      : "other";
    const { size, mtimeMs, ctimeMs, uid, gid } = stat;
    const target = kind === "link" ? readlinkSync(path) : undefined;
    const mode = stat.mode & 0o7777;
    return {
      kind,
      size,
      mtimeMs,
      ctimeMs,
      uid,
      gid,
      mode,
      ...(target !== undefined && { target }),
    };
  } catch {
    return undefined;
  }
}

/** See `Io.digest`. Others take turns between its pieces. */
export async function digestOf(path: string, most: number): Promise<string | undefined> {
  let fd: number;
  try {
    // What has become a pipe or a link meanwhile must not be followed.
    const flags = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0) | (constants.O_NOFOLLOW ?? 0);
    fd = openSync(path, flags);
  } catch {
    return undefined;
  }
  try {
    if (!fstatSync(fd).isFile()) return undefined;
    const hash = createHash("sha256");
    const piece = Buffer.allocUnsafe(PIECE_BYTES);
    for (let at = 0; at <= most;) {
      const read = readSync(fd, piece, 0, PIECE_BYTES, at);
      if (read === 0) return hash.digest("hex");
      hash.update(piece.subarray(0, read));
      at += read;
      await turn();
    }
    return undefined;
  } catch {
    return undefined;
  } finally {
    closeSync(fd);
  }
}
