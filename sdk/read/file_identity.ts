/**
 * Tells whether a file is the one that was read before: by device, inode and birth, and by what
 * stands at its head and just before the position reached.
 *
 * Device and inode alone are not enough: an inode is used again for the next file, and a file can
 * be truncated and written anew.
 *
 * @module
 */
import { type Stats, statSync } from "node:fs";
import { sha256 } from "../runtime/hash.ts";
import { fill } from "./line_reader.ts";
import type { Handle } from "./unpack/packed_file.ts";

/** What `stat` says of a regular file. Times are whole milliseconds: Deno gives no more. */
export interface FileStat {
  /** Device, inode and birth. */
  readonly id: string;
  readonly size: number;
  readonly mtime: number;
  /** 0 where it is not known. */
  readonly birth: number;
  /** The later of birth and last write: a file that is new here is never older. */
  readonly order: number;
  /** The later of `order` and any other change, such as a new name; Deno gives whole seconds. */
  readonly changed: number;
}

const HEAD_BYTES = 1024;
const TAIL_BYTES = 256;
const ID_CHARS = 8;
const CHECK_CHARS = 6;

/** The regular file at `path`, through links; undefined where there is none to be seen. */
export function statFile(path: string): FileStat | undefined {
  const stats = statSync(path, { throwIfNoEntry: false, bigint: false });
  return stats?.isFile() ? asFileStat(stats) : undefined;
}

export function asFileStat(stats: Stats): FileStat {
  const birth = Math.floor(stats.birthtimeMs || 0);
  const mtime = Math.floor(stats.mtimeMs);
  const key = new TextEncoder().encode(`${stats.dev} ${stats.ino} ${birth}`);
  const order = Math.max(mtime, birth);
  return {
    id: shortHash("custos/file/v1", ID_CHARS, key),
    size: stats.size,
    mtime,
    birth,
    order,
    changed: Math.max(order, Math.floor(stats.ctimeMs || 0)),
  };
}

/**
 * What the bytes before `offset` are known by: a hash of the first 1,024 and the last 256 of them.
 * "" if the file is shorter than `offset`.
 */
export function contentCheck(fd: Handle, offset: number): string {
  const head = new Uint8Array(Math.min(offset, HEAD_BYTES));
  const tail = new Uint8Array(Math.min(offset, TAIL_BYTES));
  if (fill(fd, head, 0) < head.length) return "";
  if (fill(fd, tail, offset - tail.length) < tail.length) return "";
  return shortHash("custos/file/content/v1", CHECK_CHARS, head, tail);
}

/** The first bytes of a file, at most `limit` and 1,024. */
export function headOf(fd: Handle, limit: number): Uint8Array {
  const head = new Uint8Array(Math.min(limit, HEAD_BYTES));
  return head.subarray(0, fill(fd, head, 0));
}

function shortHash(label: string, chars: number, ...parts: readonly Uint8Array[]): string {
  return Buffer.from(sha256(label, ...parts)).toString("base64url").slice(0, chars);
}
