/**
 * The files that a tail follows: which there are, how far each is read, what became of them.
 *
 * A file is known by its identity, not its path: renamed, it is read on to its end through the
 * handle that is open; truncated or written anew, it begins again with a new generation; the copy
 * that copytruncate makes of it is read on from where the original stood.
 *
 * @module
 */
import { fstatSync } from "node:fs";
import { dirname } from "node:path";
import type { Gap } from "../plugin.ts";
import { type Entry, isCheckOf } from "./cursor_entries.ts";
import { asFileStat, contentCheck, headOf } from "./file_identity.ts";
import type { TailCursor, TailOptions } from "./io.ts";
import { close, Followed, openAs } from "./followed.ts";
import { type Piece, readLines, type Unit } from "./line_reader.ts";
import { findMoved, foldersOf, type Matched, matchPlain, notRead } from "./match_files.ts";
import {
  byOrder,
  decodeCursor,
  encodeCursor,
  type Looked,
  looked,
  type Progress,
  type Resume,
  type Standing,
} from "./tail_cursor.ts";
import { asUtf8, beforeLastRecord } from "./utf16.ts";

export interface FollowOptions {
  readonly globs: readonly string[];
  readonly from: TailCursor;
  readonly chunkBytes: number;
  readonly maxLineBytes: number;
  readonly startAt: "oldest" | "now";
  /** See {@link TailOptions}. */
  readonly startsRecord?: TailOptions["startsRecord"];
  /** Files grow no more: each is read to its end and its last line is whole. */
  readonly once: boolean;
  readonly now: () => number;
  readonly onGap: (gap: Gap) => void;
}

/**
 * A file that lost its path is at its end when nobody has written to it, and no look has found it,
 * for so long: while files are renamed, a single look may miss one that is there.
 */
const DRAINED_MS = 5_000;
/** For so long a file that begins like another one is held back: it may be its copy. */
const COPY_MS = 5_000;
/** A record of many lines is whole when nobody has written to its file for so long. */
const RECORD_MS = 1_000;
/** A file unchanged for so long is closed until it changes. */
const QUIET_MS = 60_000;
/** A file changed within this time is expected to grow. */
const LIVE_MS = 3_600_000;
const MOST_OPEN = 128;

/** A position that lost its file to truncation; a copy of the file may turn up. */
interface Orphan {
  readonly listed: Entry;
  /** Bytes known to be unread when it happened. */
  readonly lost: number;
  /** When it is given up, ms since the epoch. */
  readonly until: number;
}

/** Follows files until it is disposed. */
export class FollowedFiles implements Disposable {
  readonly #options: FollowOptions;
  readonly #buffer: Uint8Array;
  readonly #files = new Map<string, Followed>();
  readonly #orphans = new Set<Orphan>();
  /** What the cursor says, until the first look has asked it of every file. */
  #resume: Resume | undefined;
  #looked: Looked = { since: -Infinity, born: Infinity };

  constructor(options: FollowOptions) {
    this.#options = options;
    const size = Math.max(options.chunkBytes, options.maxLineBytes + 2);
    this.#buffer = Buffer.allocUnsafeSlow(size);
    this.#resume = decodeCursor(options.from);
  }

  get cursor(): TailCursor {
    const files: Progress[] = [...this.#files.values()];
    for (const { listed } of this.#orphans) {
      // No rule covers what has no file: it is listed in any case.
      const order = Infinity;
      files.push({ ...listed, order, changed: order, isRead: true, check: () => listed.check });
    }
    return encodeCursor(files, this.#looked);
  }

  /** Files with something to read, least recently changed first. */
  unread(): readonly Followed[] {
    return [...this.#files.values()]
      .filter((file) => file.hasUnread)
      .toSorted(byOrder);
  }

  /** Looks at every file that the globs match. */
  look(): void {
    const from = this.#options.now();
    const { files: matched, packed } = matchPlain(this.#options.globs);
    this.#looked = looked(matched, { from, to: this.#options.now() });
    const resume = this.#resume;
    for (const file of matched) {
      const known = this.#files.get(file.id);
      if (known !== undefined) this.#update(known, file);
      else if (resume === undefined) this.#add(file);
    }
    if (resume !== undefined) this.#resumeFiles(matched, resume);
    if (resume?.isFirst === true && packed > 0) this.#options.onGap(notRead(packed));
    // Only when all truncations are known can it be said what is a copy.
    for (const file of this.#files.values()) this.#judge(file);
    if (resume !== undefined) this.#resumeRest(matched, resume);
    this.#resume = undefined;
    this.#detach(new Set(matched.map((file) => file.id)));
    this.#expireOrphans();
  }

  /** The next lines of `file`; undefined where there are none now. */
  read(file: Followed): Piece | undefined {
    const fd = this.#open(file);
    if (fd === undefined) return undefined;
    const { maxLineBytes, once } = this.#options;
    const at = { offset: file.offset, scanned: file.scanned, buffer: this.#buffer };
    const final = once || file.final;
    const unit = file.unit(fd);
    const read = readLines(fd, at, { maxLineBytes, final, unit });
    if (!("bytes" in read)) {
      file.scanned = read.scanned;
      file.size = Math.max(file.size, read.offset + read.scanned);
      if (final) file.size = file.offset;
      this.#rest(file);
      return undefined;
    }
    const piece = this.#wholeRecords(
      file,
      asUtf8(read, { unit, isStart: file.offset === 0 }),
      unit,
    );
    if (piece === undefined) {
      file.holds = true;
      file.scanned = read.next - file.offset;
      return undefined;
    }
    file.moveTo(piece.next, contentCheck(fd, piece.next));
    return piece;
  }

  /** As much of `lines` as ends with a record; undefined where the only one may go on. */
  #wholeRecords(file: Followed, lines: Piece, unit: Unit): Piece | undefined {
    const { startsRecord, once, now } = this.#options;
    if (startsRecord === undefined || lines.cutFrom !== undefined) return lines;
    const isRest = file.size - file.offset <= this.#buffer.length;
    const isOver = once || file.final || now() - file.changedAt >= RECORD_MS;
    if (isRest && isOver) return lines;
    return beforeLastRecord(lines, startsRecord, unit) ?? (isRest ? undefined : lines);
  }

  [Symbol.dispose](): void {
    for (const file of this.#files.values()) close(file);
  }

  #add(matched: Matched): Followed {
    const file = new Followed(matched);
    this.#files.set(file.id, file);
    file.changedAt = this.#options.now();
    file.live = this.#isLive(file);
    return file;
  }

  #resumeFiles(matched: readonly Matched[], resume: Resume): void {
    let unknown = 0;
    for (const found of matched) {
      const file = this.#add(found);
      const standing = this.#resumeFile(file, resume);
      if (isUnknown(standing) && file.size > 0) unknown++;
    }
    if (unknown === 0) return;
    const detail =
      `${unknown} files beyond those in the cursor were changed, read on at their ends`;
    this.#options.onGap({ reason: "other", detail });
  }

  #resumeFile(file: Followed, resume: Resume): Standing | "listed" {
    const listed = resume.take(file.id);
    if (listed.length > 0) this.#goOn(file, listed);
    const standing = listed.length > 0 ? "listed" : resume.standing(file);
    const startsNow = resume.isFirst && this.#options.startAt === "now";
    if (standing === "read" || isUnknown(standing) || startsNow) file.skipLines();
    file.judged = file.size > 0;
    file.live = this.#isLive(file);
    return standing;
  }

  /** Whether `file` goes on where the newest of its entries stands. */
  #goOn(file: Followed, [newest, ...older]: readonly Entry[]): boolean {
    for (const entry of older) this.#orphan(entry, 0);
    if (newest === undefined || file.resumeAt(newest)) return true;
    this.#orphan(newest, newest.live ? 1 : 0);
    return false;
  }

  /** Finds files that were renamed or copied while nobody looked, and says which are gone. */
  #resumeRest(matched: readonly Matched[], resume: Resume): void {
    const isAnyLeft = resume.left().length > 0;
    const folders = isAnyLeft ? foldersOf(this.#options.globs, matched) : [];
    for (const found of findMoved(folders, resume.has).values()) {
      const file = this.#add(found);
      // Under another name and with another content it is no file of ours.
      if (!this.#goOn(file, resume.take(file.id))) this.#files.delete(file.id);
    }
    for (const [newest] of resume.left()) {
      if (newest?.live === true) this.#lost("rotated-away", newest.id);
    }
    if (this.#orphans.size === 0) return;
    for (const file of this.#files.values()) if (file.offset === 0) this.#adoptOrphan(file);
  }

  #update(file: Followed, now: Matched): void {
    file.path = now.path;
    file.attached = true;
    file.final = false;
    if (now.size !== file.size || now.mtime !== file.mtime) {
      file.changedAt = this.#options.now();
      file.denied = false;
      if (!isSame(file, now.size)) this.#restart(file);
      Object.assign(file, { size: now.size, mtime: now.mtime, order: now.order });
    }
    file.changed = now.changed;
    file.live = this.#isLive(file);
    if (file.holds && this.#options.now() - file.changedAt >= RECORD_MS) file.scanned = 0;
    this.#rest(file);
  }

  /** Another content under the same identity: it was truncated, or written anew. */
  #restart(file: Followed): void {
    const { id, generation, offset, live } = file;
    const listed = { id, generation, offset, live, check: file.check() };
    if (offset > 0) this.#orphan(listed, Math.max(0, file.size - offset));
    file.generation++;
    file.size = 0;
    file.moveTo(0);
  }

  #orphan(listed: Entry, lost: number): void {
    this.#orphans.add({ listed, lost, until: this.#options.now() + COPY_MS });
  }

  /**
   * A file that begins as one that was read may be the copy that copytruncate makes of it. While
   * the original stands it is held back for some time; once that is truncated, the copy is read
   * on from where the original stood.
   */
  #judge(file: Followed): void {
    if (file.size === 0 || (file.judged && file.heldUntil === 0)) return;
    const isFirst = !file.judged;
    file.judged = true;
    const now = this.#options.now();
    if (this.#options.once || this.#adoptOrphan(file)) return;
    const mayBeCopy = this.#orphans.size > 0 || this.#hasOriginal(file);
    if (!mayBeCopy || (!isFirst && now >= file.heldUntil)) file.heldUntil = 0;
    else if (isFirst) file.heldUntil = now + COPY_MS;
  }

  #adoptOrphan(file: Followed): boolean {
    const fd = this.#open(file);
    if (fd === undefined) return false;
    for (const orphan of this.#orphans) {
      const { offset } = orphan.listed;
      if (orphan.listed.check === "" || offset > file.size) continue;
      const check = contentCheck(fd, offset);
      if (!isCheckOf(orphan.listed, check)) continue;
      file.heldUntil = 0;
      file.moveTo(offset, check);
      this.#orphans.delete(orphan);
      return true;
    }
    return false;
  }

  /** Whether there is an open file that begins as `file` does and of which something was read. */
  #hasOriginal(file: Followed): boolean {
    const fd = this.#open(file);
    if (fd === undefined) return false;
    const head = headOf(fd, file.size);
    for (const other of this.#files.values()) {
      if (other === file || other.fd === undefined || other.offset === 0) continue;
      const same = headOf(other.fd, Math.min(head.length, other.offset));
      if (Buffer.compare(head.subarray(0, same.length), same) === 0) return true;
    }
    return false;
  }

  #detach(matched: ReadonlySet<string>): void {
    const vanished = new Map<string, Followed>();
    for (const file of this.#files.values()) {
      if (matched.has(file.id)) continue;
      if (file.attached) file.detachedAt = this.#options.now();
      file.attached = false;
      if (file.fd === undefined) vanished.set(file.id, file);
      else this.#drain(file, file.fd);
    }
    if (vanished.size === 0) return;
    const folders = new Set([...vanished.values()].map((file) => dirname(file.path)));
    const moved = findMoved(folders, (id) => vanished.has(id));
    for (const [id, file] of vanished) {
      const found = moved.get(id);
      if (found === undefined) this.#forgetLater(file);
      else {
        file.path = found.path;
        file.size = Math.max(found.size, file.offset);
        if (this.#open(file) === undefined) this.#forgetLater(file);
      }
    }
  }

  /** A file that lost its path: it is read until nobody has written to it for a while. */
  #drain(file: Followed, fd: number): void {
    const now = this.#options.now();
    const { size } = asFileStat(fstatSync(fd));
    if (size < file.offset) this.#restart(file);
    if (size !== file.size) file.changedAt = now;
    file.size = size;
    if (now - file.changedAt < DRAINED_MS && !this.#options.once) return;
    if (!this.#isGone(file)) return;
    file.final = true;
    if (size <= file.offset) this.#forget(file);
  }

  #isGone({ detachedAt }: Followed): boolean {
    return this.#options.once || this.#options.now() - detachedAt >= DRAINED_MS;
  }

  /** Its position is kept for a while: forgotten and then found, it would be read twice. */
  #forgetLater(file: Followed): void {
    if (this.#isGone(file)) this.#forget(file);
  }

  #forget(file: Followed): void {
    if (file.size > file.offset) this.#lost("rotated-away", file.fileId);
    close(file);
    this.#files.delete(file.id);
  }

  #expireOrphans(): void {
    for (const orphan of this.#orphans) {
      if (this.#options.now() < orphan.until && !this.#options.once) continue;
      this.#orphans.delete(orphan);
      if (orphan.lost > 0) this.#lost("truncated", orphan.listed.id);
    }
  }

  #lost(reason: Gap["reason"], id: string): void {
    this.#options.onGap({ reason, detail: `file ${id}` });
  }

  #open(file: Followed): number | undefined {
    if (file.fd !== undefined) return file.fd;
    const fd = openAs(file);
    if (typeof fd === "number") return file.fd = fd;
    if (fd === "denied" && !file.denied) {
      file.denied = true;
      this.#lost("access-denied", file.fileId);
    }
    return undefined;
  }

  #isLive(file: Followed): boolean {
    return file.offset < file.size || this.#options.now() - file.mtime < LIVE_MS;
  }

  /** Closes what is read and quiet; a file that lost its path keeps its only handle. */
  #rest(file: Followed): void {
    if (file.fd === undefined || !file.attached || file.hasUnread) return;
    const isQuiet = this.#options.now() - file.mtime > QUIET_MS;
    if (isQuiet || this.#options.once || this.#openCount() > MOST_OPEN) close(file);
  }

  #openCount(): number {
    return this.#files.values().reduce((n, { fd }) => (fd === undefined ? n : n + 1), 0);
  }
}

/** Whether what was read of `file` still stands there; one that cannot be opened is not doubted. */
function isSame(file: Followed, size: number): boolean {
  if (size < file.offset) return false;
  const check = file.offset === 0 ? undefined : file.contentAt(file.offset);
  return check === undefined || check === file.check();
}

function isUnknown(standing: Standing | "listed"): boolean {
  return standing === "written" || standing === "moved";
}
