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
import type { TailOptions } from "./io.ts";
import { close, Followed, openAs } from "./followed.ts";
import type { Piece } from "./line_reader.ts";
import { COPY_MS, LostPositions } from "./lost_positions.ts";
import { findMoved, foldersOf, type Matched, matchPlain, notRead } from "./match_files.ts";
import { readPiece, RECORD_MS } from "./read_piece.ts";
import type { Handle } from "./unpack/packed_file.ts";
import { byOrder, type Looked, looked, type Resume, type Standing } from "./tail_cursor.ts";

export interface FollowOptions {
  readonly globs: readonly string[];
  readonly resume: Resume;
  /** Room for a chunk, and for a line of the greatest length and its end. */
  readonly buffer: Uint8Array;
  readonly maxLineBytes: number;
  readonly startAt: "oldest" | "now";
  /** See {@link TailOptions}. */
  readonly startsRecord?: TailOptions["startsRecord"];
  readonly records?: TailOptions["records"];
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
/** A file unchanged for so long is closed until it changes. */
const QUIET_MS = 60_000;
/** A file changed within this time is expected to grow. */
const LIVE_MS = 3_600_000;
const MOST_OPEN = 128;
/** So many are told from what they are compressed to. */
const MOST_DRAINED = 64;

/** Follows files until it is disposed. */
export class FollowedFiles implements Disposable {
  readonly #options: FollowOptions;
  readonly #files = new Map<string, Followed>();
  /** What the cursor says, until the first look has asked it of every file. */
  #resume: Resume | undefined;
  looked: Looked = { since: -Infinity, born: Infinity };
  readonly lost: LostPositions;
  /** Positions of files that were read to their end and are gone, last ones last. */
  readonly drained: Pick<Entry, "offset" | "check">[] = [];
  /** When a file came or went last, or lost its content: others may be compressed then. */
  rotatedAt = -Infinity;

  constructor(options: FollowOptions) {
    this.#options = options;
    this.#resume = options.resume;
    this.lost = new LostPositions(options);
  }

  all(): readonly Followed[] {
    return [...this.#files.values()];
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
    this.looked = looked(matched, { from, to: this.#options.now() });
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
  }

  /** The next lines of `file`; undefined where there are none now. */
  read(file: Followed): Piece | undefined {
    const fd = this.#open(file);
    if (fd === undefined) return undefined;
    const { buffer } = this.#options;
    const piece = readPiece(file, { fd, buffer }, this.#options);
    if (piece === undefined && !file.holds) this.#rest(file);
    return piece;
  }

  [Symbol.dispose](): void {
    for (const file of this.#files.values()) close(file);
  }

  #add(matched: Matched): Followed {
    const file = new Followed(matched);
    this.#files.set(file.id, file);
    file.changedAt = this.#options.now();
    file.live = this.#isLive(file);
    this.rotatedAt = this.#options.now();
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
    for (const entry of older) this.lost.add(entry, 0, "truncated");
    if (newest === undefined || file.resumeAt(newest)) return true;
    this.lost.add(newest, newest.live ? 1 : 0, "truncated");
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
      if (newest !== undefined) this.lost.add(newest, newest.live ? 1 : 0, "rotated-away");
    }
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
    if (offset > 0) this.lost.add(listed, Math.max(0, file.size - offset), "truncated");
    this.rotatedAt = this.#options.now();
    file.generation++;
    file.size = 0;
    file.moveTo(0);
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
    const mayBeCopy = this.lost.truncated.length > 0 || this.#hasOriginal(file);
    if (!mayBeCopy || (!isFirst && now >= file.heldUntil)) file.heldUntil = 0;
    else if (isFirst) file.heldUntil = now + COPY_MS;
  }

  #adoptOrphan(file: Followed): boolean {
    const fd = this.#open(file);
    if (fd === undefined) return false;
    for (const position of this.lost.truncated) {
      const { offset } = position.listed;
      if (position.listed.check === "" || offset > file.size) continue;
      const check = contentCheck(fd, offset);
      if (!isCheckOf(position.listed, check)) continue;
      file.heldUntil = 0;
      file.moveTo(offset, check);
      this.lost.found(position);
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
      if (file.attached) file.detachedAt = this.rotatedAt = this.#options.now();
      file.attached = false;
      if (typeof file.fd === "number") this.#drain(file, file.fd);
      else vanished.set(file.id, file);
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
    const { id, generation, offset, live } = file;
    const unread = file.size - offset;
    // Without a handle it may have grown unseen.
    const check = file.check();
    if (unread > 0 || file.fd === undefined) {
      this.lost.add({ id, generation, offset, live, check }, Math.max(0, unread), "rotated-away");
    } else {
      this.drained.push({ offset, check });
      if (this.drained.length > MOST_DRAINED) this.drained.shift();
    }
    close(file);
    this.#files.delete(file.id);
  }

  #open(file: Followed): Handle | undefined {
    if (file.fd !== undefined) return file.fd;
    const fd = openAs(file);
    if (typeof fd === "number") return file.fd = fd;
    if (fd === "denied" && !file.denied) {
      file.denied = true;
      this.#options.onGap({ reason: "access-denied", detail: `file ${file.fileId}` });
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
