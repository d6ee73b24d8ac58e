/**
 * One file that a tail follows: how far it is read, and its handle while it is open.
 *
 * @module
 */
import { closeSync, constants, fstatSync, openSync } from "node:fs";
import { type Entry, isCheckOf } from "./cursor_entries.ts";
import { asFileStat, contentCheck } from "./file_identity.ts";
import type { RecordScanner } from "./io.ts";
import { endOfLines, type Unit } from "./line_reader.ts";
import type { Matched } from "./match_files.ts";
import type { Progress } from "./tail_cursor.ts";
import type { Handle } from "./unpack/packed_file.ts";
import { unitOf } from "./utf16.ts";

/** One file, how far it is read, and its handle while it is open. */
export class Followed implements Progress {
  readonly id: string;
  generation = 0;
  path: string;
  readonly birth: number;
  order: number;
  changed: number;
  mtime: number;
  size: number;
  offset = 0;
  scanned = 0;
  /** Lines after `offset` wait for the end of their record. */
  holds = false;
  live = true;
  /** A path that the globs match leads to it. */
  attached = true;
  /** When a look first missed it, ms since the epoch. */
  detachedAt = 0;
  /** It grows no more. */
  final = false;
  denied = false;
  /** When it was last seen to change, ms since the epoch. */
  changedAt = 0;
  /** Until when it may prove to be a copy of another file; 0 is "it is none". */
  heldUntil = 0;
  /** Whether it may be a copy is asked once, when it has content. */
  judged = false;
  fd: Handle | undefined;
  /** How its records end; undefined while that is not known. */
  records: (() => RecordScanner) | "lines" | undefined;
  #check = "";
  #unit: Unit | undefined;

  constructor(matched: Matched) {
    this.id = matched.id;
    this.path = matched.path;
    this.birth = matched.birth;
    this.order = matched.order;
    this.changed = matched.changed;
    this.mtime = matched.mtime;
    this.size = matched.size;
  }

  get fileId(): string {
    return this.generation === 0 ? this.id : `${this.id}~${this.generation}`;
  }

  get hasUnread(): boolean {
    return this.heldUntil === 0 && !this.denied && !this.#isScanned;
  }

  get isRead(): boolean {
    return !this.holds && this.#isScanned;
  }

  get #isScanned(): boolean {
    return this.size <= this.offset + (this.final ? 0 : this.scanned);
  }

  /** Bytes of a character, by the file's first two bytes. */
  unit(fd: Handle): Unit {
    return this.#unit ?? unitOf(fd, (unit) => void (this.#unit = unit));
  }

  check(): string {
    if (this.#check === "" && this.offset > 0) this.#check = this.contentAt(this.offset) ?? "";
    return this.#check;
  }

  /**
   * What the first `offset` bytes are known by: "" if there are fewer, undefined if the file cannot
   * be opened.
   */
  contentAt(offset: number): string | undefined {
    return this.#withHandle((fd) => contentCheck(fd, offset));
  }

  /** Goes on from `entry` if that fits the file; one that cannot be opened is not doubted. */
  resumeAt(entry: Entry): boolean {
    const { offset } = entry;
    this.generation = entry.generation;
    const check = this.contentAt(offset);
    const isSame = offset <= this.size && (check === undefined || isCheckOf(entry, check));
    if (isSame) this.moveTo(offset, offset === 0 ? "" : check);
    else this.generation++;
    return isSame;
  }

  /** All whole lines of it are read. */
  skipLines(): void {
    this.moveTo(this.#withHandle((fd) => endOfLines(fd, this.size, this.unit(fd))) ?? this.size);
    this.scanned = this.size - this.offset;
  }

  #withHandle<T>(use: (fd: Handle) => T): T | undefined {
    if (this.fd !== undefined) return use(this.fd);
    const fd = openAs(this);
    if (typeof fd !== "number") return undefined;
    try {
      return use(fd);
    } finally {
      closeSync(fd);
    }
  }

  moveTo(offset: number, check = ""): void {
    this.offset = offset;
    this.scanned = 0;
    this.holds = false;
    if (offset === 0) this.#unit = this.records = undefined;
    this.size = Math.max(this.size, offset);
    this.#check = check;
  }
}

/** Opens the file at `file.path` if it is still that file. */
export function openAs(file: Followed): number | "gone" | "denied" {
  let fd: number;
  try {
    // A path that has become a pipe must not block the agent.
    fd = openSync(file.path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    return code === "EACCES" || code === "EPERM" ? "denied" : "gone";
  }
  if (asFileStat(fstatSync(fd)).id === file.id) return fd;
  closeSync(fd);
  return "gone";
}

export function close(file: Followed): void {
  if (typeof file.fd === "number") closeSync(file.fd);
  else file.fd?.close();
  file.fd = undefined;
}
