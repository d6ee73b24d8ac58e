/**
 * The compressed files that a tail reads: what rotation has made of a file before that was read to
 * its end, and those that a glob names as such, `*.gz`.
 *
 * A compressed file is a file of its own: its inode tells nothing of the plain one. It goes on where
 * that stood if it has the same content before that place. Where its content belongs to no file that
 * is known, it is read from its beginning if it was last written to, and then compressed, after the
 * files were looked at before: it was born, rotated and compressed in between.
 *
 * @module
 */
import { setImmediate as turn } from "node:timers/promises";
import { isCheckOf } from "./cursor_entries.ts";
import { contentCheck } from "./file_identity.ts";
import { close, Followed, openAs } from "./followed.ts";
import type { FollowedFiles, FollowOptions } from "./followed_files.ts";
import type { Piece } from "./line_reader.ts";
import type { LostPosition } from "./lost_positions.ts";
import {
  foldersOf,
  isReadablePacked,
  type Matched,
  matchFiles,
  rotatedFiles,
} from "./match_files.ts";
import { readPiece } from "./read_piece.ts";
import type { Progress, Resume } from "./tail_cursor.ts";
import { damaged } from "./unpack/damaged.ts";
import { PackedFile } from "./unpack/packed_file.ts";

/** A compressed file is whole when nobody has written to it for so long, in ms. */
const SETTLE_MS = 5_000;
/** For so long after a file came or went it is looked whether something is compressed, in ms. */
const WATCH_MS = 60_000;
/** Others take turns after so many bytes that are skipped. */
const TURN_BYTES = 4 * 1024 * 1024;
/** A file may be written to so long after it was looked at and still bear an earlier time. */
const CLOCK_STEP_MS = 1_000;

interface Packed {
  readonly file: Followed;
  /** A glob names it. */
  readonly isAsked: boolean;
  now: Matched;
  /** `idle`: it holds nothing that is looked for now. */
  state: "new" | "idle" | "reading" | "done";
  /** What was compressed, or written to, before this is not new: see {@link Looked.packed}. */
  readonly since: number;
  /** {@link LostPositions.version} when it was compared. */
  comparedTo: number;
  /** What is, or was, followed and has its content. */
  twin: Followed | "drained" | undefined;
  isTold: boolean;
}

export interface PackedOptions extends FollowOptions {
  readonly signal: AbortSignal;
}

/** Reads compressed files until it is disposed. */
export class PackedFiles implements Disposable {
  readonly #options: PackedOptions;
  readonly #plain: FollowedFiles;
  readonly #asked: readonly string[];
  readonly #files = new Map<string, Packed>();
  #resume: Resume | undefined;
  /** Files that were compressed after this, ms since the epoch, are new. */
  #since: number;

  constructor(plain: FollowedFiles, options: PackedOptions) {
    this.#options = options;
    this.#plain = plain;
    this.#asked = options.globs.filter(isReadablePacked);
    this.#resume = options.resume;
    this.#since = options.resume.packedSince ?? Infinity;
  }

  /** What a cursor must know of them. */
  progress(): readonly Progress[] {
    const { since } = this;
    return [...this.#files.values()].filter(({ file, isAsked, state, now }) =>
      file.offset > 0 && (isAsked || state !== "done" || Math.max(now.birth, now.mtime) >= since)
    ).map(({ file }) => file);
  }

  /** What a cursor says of compressed files: those from then on may be unread. */
  get since(): number {
    let since = this.#since;
    for (const { file, state, now, twin } of this.#files.values()) {
      const isOpen = state === "new" || (state === "reading" && file.offset === 0);
      const isNeeded = state === "idle" && twin instanceof Followed && !twin.attached &&
        twin.fd !== undefined;
      if (isOpen || isNeeded) since = Math.min(since, now.mtime, now.birth - 1);
    }
    for (const file of this.#plain.all()) {
      if (file.offset === 0 && file.size > 0) since = Math.min(since, file.mtime);
    }
    return since;
  }

  /** One that is not whole yet may be what a lost position is looked for in. */
  get mayCome(): boolean {
    return [...this.#files.values()].some(({ state }) => state === "new");
  }

  unread(): readonly Followed[] {
    return [...this.#files.values()].filter(({ state }) => state === "reading")
      .map(({ file }) => file).toSorted((a, b) => a.mtime - b.mtime);
  }

  /** Takes of the cursor what it says of compressed files: before it is asked what is lost. */
  list(): void {
    const resume = this.#resume;
    this.#resume = undefined;
    if (resume === undefined && !this.#isDue()) return;
    const { globs } = this.#options;
    const asked = matchFiles(this.#asked);
    const isKnown = new Set(asked.map(({ id }) => id));
    const folders = foldersOf(globs, this.#plain.all());
    const rotated = rotatedFiles(globs, folders).filter(({ id }) => !isKnown.has(id));
    const all = [...asked, ...rotated];
    for (const [i, found] of all.entries()) {
      const known = this.#files.get(found.id);
      if (known === undefined) this.#add(found, i < asked.length, resume);
      else this.#update(known, found);
    }
    const here = new Set(all.map(({ id }) => id));
    for (const [id, { file, state }] of this.#files) {
      if (state === "reading" || here.has(id)) continue;
      close(file);
      this.#files.delete(id);
    }
  }

  #isDue(): boolean {
    const { lost, rotatedAt } = this.#plain;
    return this.#asked.length > 0 || lost.size > 0 || this.mayCome ||
      this.#options.now() - rotatedAt < WATCH_MS || this.#plain.all().some((one) => !one.attached);
  }

  #add(found: Matched, isAsked: boolean, resume: Resume | undefined): void {
    const file = new Followed(found);
    const packed: Packed = {
      file,
      isAsked,
      now: found,
      state: "new",
      since: this.#since,
      comparedTo: -1,
      twin: undefined,
      isTold: false,
    };
    file.final = true;
    file.changedAt = Math.min(this.#options.now(), found.changed);
    const [listed] = resume?.take(found.id) ?? [];
    if (listed !== undefined) {
      file.generation = listed.generation;
      file.moveTo(listed.offset, listed.check);
      packed.state = listed.live ? "reading" : "done";
    } else if (isAsked && resume !== undefined) {
      const isSkipped = resume.isFirst && this.#options.startAt === "now";
      if (isSkipped || resume.standing(file) !== "unread") packed.state = "done";
    } else if (resume?.isFirst === true || this.#isOld(found)) packed.state = "done";
    this.#files.set(found.id, packed);
  }

  #isOld({ birth }: Matched): boolean {
    return birth !== 0 && this.#since !== Infinity && birth <= this.#since;
  }

  #update(packed: Packed, found: Matched): void {
    const { size, mtime } = packed.now;
    packed.now = found;
    packed.file.path = found.path;
    if (size === found.size && mtime === found.mtime) return;
    packed.file.changedAt = this.#options.now();
    // gzip sets the time of the plain file at last; else it has become longer than it was.
    if (packed.state !== "done" || size >= found.size) return;
    close(packed.file);
    packed.state = "reading";
  }

  /** Finds out which of them go on where a file was lost, and which are to be read at all. */
  async judge(): Promise<void> {
    const { lost } = this.#plain;
    const { once, now } = this.#options;
    const matches = new Map<LostPosition, Packed[]>();
    for (const packed of this.#files.values()) {
      const isSettled = once || now() - packed.file.changedAt >= SETTLE_MS;
      const isOpen = packed.state === "new" || packed.state === "idle";
      if (!isOpen || !isSettled || packed.comparedTo === lost.version) continue;
      // Those from before hold what is lost no more than any other content.
      if (packed.state === "idle" && packed.twin === undefined && lost.size === 0) continue;
      for (const position of await this.#compare(packed)) {
        matches.set(position, [...matches.get(position) ?? [], packed]);
      }
      if (this.#options.signal.aborted) return;
    }
    this.#assign(matches);
    for (const packed of this.#files.values()) {
      if (packed.state !== "new" || packed.comparedTo !== lost.version) continue;
      packed.state = this.#isUnread(packed) ? "reading" : "idle";
    }
    // Each takes some room: one after the other.
    const [first] = this.unread();
    if (first !== undefined) await this.#open(first);
    this.#since = now() - CLOCK_STEP_MS;
  }

  /** The longest known first: what has the content before it has that before all shorter ones. */
  #assign(matches: ReadonlyMap<LostPosition, readonly Packed[]>): void {
    const sorted = [...matches].toSorted(([a], [b]) => b.listed.offset - a.listed.offset);
    for (const [position, found] of sorted) {
      const free = found.filter(({ state }) => state !== "reading")
        .toSorted((a, b) => a.now.mtime - b.now.mtime);
      // Of several it is the one that was written to when the position was known last.
      const packed = free.find(({ now, since }) => now.mtime >= since) ?? free.at(-1);
      if (packed === undefined) continue;
      const { offset, check } = position.listed;
      packed.file.moveTo(offset, check);
      packed.state = "reading";
      this.#plain.lost.found(position);
    }
  }

  #isUnread({ isAsked, twin, now, file, since }: Packed): boolean {
    if (isAsked) return this.#options.once || twin === undefined;
    if (twin !== undefined || now.birth === 0) return false;
    // What bears the time of its compression tells nothing of when it was written.
    const isUnread = now.mtime >= since && now.mtime < now.birth && now.birth > since;
    const nothing = [...this.#plain.lost].find(({ listed }) => listed.offset === 0);
    if (isUnread && nothing !== undefined) this.#plain.lost.found(nothing);
    return isUnread && file.offset === 0;
  }

  /** The lost positions whose content it has; notes whether a followed file has it, too. */
  async #compare(packed: Packed): Promise<readonly LostPosition[]> {
    const { lost, drained } = this.#plain;
    packed.comparedTo = lost.version;
    packed.twin = undefined;
    const isWanted = packed.isAsked || lost.size > 0;
    const content = this.#contentOf(packed.file, isWanted);
    if (content === undefined) return [];
    const found: LostPosition[] = [];
    const places = [
      ...[...lost].map((position) => ({ position, ...position.listed, twin: undefined })),
      ...this.#plain.all().map((twin) => ({ position: undefined, ...placeOf(twin), twin })),
      ...drained.map((place) => ({ position: undefined, ...place, twin: "drained" as const })),
    ].filter(({ offset, check }) => offset > 0 && check !== "");
    for (const { position, twin, ...entry } of places.toSorted((a, b) => a.offset - b.offset)) {
      if (!await this.#reach(content, entry.offset)) break;
      if (!isCheckOf(entry, contentCheck(content, entry.offset))) continue;
      if (position !== undefined) found.push(position);
      else packed.twin = twin;
    }
    content.close();
    return found;
  }

  /** Whether there is as much content; takes its time. */
  async #reach(content: PackedFile, offset: number): Promise<boolean> {
    for (let rested = 0; content.reached < offset;) {
      if (this.#options.signal.aborted || !content.advance()) return false;
      if (content.reached - rested < TURN_BYTES) continue;
      rested = content.reached;
      await turn();
    }
    return true;
  }

  /** Opens `file` where it stands; what stands before that must be what it was. */
  async #open(file: Followed): Promise<void> {
    if (file.fd !== undefined) return;
    const content = this.#contentOf(file, true);
    if (content === undefined) return this.#end(file);
    const { id, generation, offset, live } = file;
    const check = file.check();
    file.fd = content;
    file.size = Infinity;
    const isSame = await this.#reach(content, offset) &&
      isCheckOf({ check }, contentCheck(content, offset));
    if (isSame) file.moveTo(offset, contentCheck(content, offset));
    else if (!this.#options.signal.aborted) {
      this.#plain.lost.add({ id, generation, offset, live, check }, 1, "rotated-away");
      this.#end(file);
    }
  }

  /** `isWanted`: that it may not be read is a loss. */
  #contentOf(file: Followed, isWanted: boolean): PackedFile | undefined {
    const fd = openAs(file);
    if (typeof fd === "number") return new PackedFile(fd, this.#options.buffer.length + 1024);
    if (fd === "denied" && isWanted && !file.denied) {
      file.denied = true;
      this.#options.onGap({ reason: "access-denied", detail: `file ${file.fileId}` });
    }
    return undefined;
  }

  /** The next lines of `file`; undefined at its end. */
  read(file: Followed): Piece | undefined {
    const { fd } = file;
    if (fd === undefined) return undefined;
    if (typeof fd !== "number" && fd.isOver) file.size = fd.reached;
    const piece = readPiece(file, { fd, buffer: this.#options.buffer }, this.#options);
    if (piece === undefined) this.#end(file);
    return piece;
  }

  #end(file: Followed): void {
    const packed = this.#files.get(file.id);
    const trouble = file.fd instanceof PackedFile ? file.fd.trouble : undefined;
    close(file);
    file.size = file.offset;
    file.live = false;
    if (packed === undefined) return;
    packed.state = "done";
    if (trouble === undefined || packed.isTold) return;
    packed.isTold = true;
    this.#options.onGap(damaged(trouble, file));
  }

  [Symbol.dispose](): void {
    for (const { file } of this.#files.values()) close(file);
  }
}

/** How much of a followed file is compared with a compressed one. */
function placeOf(file: Followed): { readonly offset: number; readonly check: string } {
  if (file.offset > 0) return { offset: file.offset, check: file.check() };
  return { offset: file.size, check: file.contentAt(file.size) ?? "" };
}
