/**
 * The spool's segments as they are written: turning, the reserve for gaps, sync, removal.
 *
 * @module
 */
import { join } from "node:path";
import { type Files, FilesError, writeAll } from "../../sdk/runtime/files.ts";
import { recordBytes, SEGMENT_HEADER_BYTES, type SegmentHeader } from "../../sdk/wire/segment.ts";
import { createSegment, reuseSegment, type SegmentWriter } from "../../sdk/wire/segment_writer.ts";
import type { SegmentFile } from "./held.ts";
import type { SpoolStatus } from "./options.ts";
import { segmentPath } from "./segment_files.ts";

export interface SpoolLogOptions {
  readonly files: Files;
  readonly folder: string;
  /** First 8 bytes of the agent's id. */
  readonly owner: Uint8Array;
  readonly segmentBytes: number;
  /** Preallocated for gap frames on a full disk. */
  readonly reserveBytes: number;
  /** What each segment starts with: where all streams stand now. */
  readonly state: () => Uint8Array;
  /** A state record has been appended. */
  readonly onState: () => void;
}

/** Where a block of records went: the segment, and the offset of the first record. */
export interface Written {
  readonly segment: SegmentFile;
  readonly offset: number;
}

interface Current {
  readonly writer: SegmentWriter;
  readonly segment: SegmentFile;
  readonly isReserve: boolean;
}

/** Appends to the newest segment; older ones are only read and removed. */
export class SpoolLog {
  readonly #options: SpoolLogOptions;
  #segments: SegmentFile[];
  #current: Current | undefined;
  /** Older segments that are not durable yet. */
  #turned: SegmentWriter[] = [];
  #isFolderDirty = false;
  #hasReserve = false;
  #nextNumber: number;

  constructor(options: SpoolLogOptions, segments: readonly SegmentFile[]) {
    this.#options = options;
    this.#segments = [...segments];
    this.#nextNumber = (segments.at(-1)?.number ?? -1) + 1;
  }

  get segments(): readonly SegmentFile[] {
    return this.#segments;
  }

  get bytes(): number {
    return this.#segments.reduce((sum, { bytes }) => sum + bytes, 0);
  }

  status(): Omit<SpoolStatus, "lastFailure"> {
    const unackedFrames = this.#segments.reduce((sum, { unacked }) => sum + unacked, 0);
    return { bytes: this.bytes, segments: this.#segments.length, unackedFrames };
  }

  /** The segment that is written to. */
  get newest(): SegmentFile | undefined {
    return this.#current?.segment;
  }

  /** Whether the newest segment's state record, and all before it, is on the disk. */
  get isSettled(): boolean {
    return this.#turned.length === 0 && (this.#current?.writer.durable ?? 0) > SEGMENT_HEADER_BYTES;
  }

  /**
   * Makes sure that `bytes` more fit the newest segment, or begins another.
   *
   * @throws {FilesError} `full` when there is no room for another.
   */
  prepare(bytes: number): SegmentFile {
    const current = this.#current;
    const isSpent = current === undefined || current.isReserve ||
      current.writer.bytes + bytes > this.#options.segmentBytes;
    return isSpent ? this.#turn(false) : current.segment;
  }

  /**
   * Makes the preallocated reserve the newest segment, if `bytes` fit it.
   *
   * @throws {FilesError} `full` when it is used up.
   */
  prepareReserve(bytes: number): SegmentFile {
    const current = this.#current;
    const used = current?.isReserve ? current.writer.bytes : SEGMENT_HEADER_BYTES +
      recordBytes(this.#options.state().length);
    const path = join(this.#options.folder, "reserve");
    if (used + bytes > this.#options.reserveBytes || !(this.#hasReserve || current?.isReserve)) {
      throw new FilesError("full", `Cannot write ${path}: the reserve for gaps is used up`, {
        path,
      });
    }
    return current?.isReserve ? current.segment : this.#turn(true);
  }

  /** Appends records to the newest segment. @throws {FilesError} As a segment writer's `append`. */
  append(payloads: readonly (readonly Uint8Array[])[]): Written {
    const { writer, segment } = this.#current!;
    const offset = writer.append(payloads);
    segment.bytes = writer.bytes;
    return { segment, offset };
  }

  /** Appends where all streams stand now. @throws {FilesError} As `append`. */
  tell(): void {
    this.append([[this.#options.state()]]);
    this.#options.onState();
  }

  /** Makes all appended before the call durable. @throws {FilesError} Then call `abandon`. */
  async sync(): Promise<void> {
    const turned = [...this.#turned];
    const writer = this.#current?.writer;
    for (const old of turned) {
      await old.sync();
      old.close();
      this.#turned.splice(this.#turned.indexOf(old), 1);
    }
    if (this.#isFolderDirty) {
      this.#isFolderDirty = false;
      await this.#options.files.syncFolder(this.#options.folder);
    }
    // It may have been turned meanwhile; then the next sync closes it.
    await writer?.sync();
  }

  /** Gives up all that is not durable and begins anew: what follows goes to another segment. */
  abandon(): void {
    const current = this.#current;
    for (const writer of [...this.#turned, ...(current ? [current.writer] : [])]) {
      writer.abandon();
      writer.close();
    }
    if (current !== undefined) current.segment.bytes = current.writer.durable;
    this.#turned = [];
    this.#current = undefined;
    this.#isFolderDirty = true;
  }

  /** Ends the newest segment: what follows goes to another. */
  retire(): void {
    if (this.#current !== undefined) this.#turned.push(this.#current.writer);
    this.#current = undefined;
  }

  /**
   * Removes segments, up to the first that does not go: behind one that stays, a hole would look
   * like a loss. Gives those that are gone.
   */
  remove(segments: readonly SegmentFile[]): ReadonlySet<SegmentFile> {
    const gone = new Set<SegmentFile>();
    for (const segment of segments) {
      try {
        this.#options.files.remove(segment.path);
      } catch (error) {
        if (!(error instanceof FilesError)) throw error;
        // It stays in the list and is tried again with the next acknowledgement.
        if (error.code !== "missing") break;
      }
      gone.add(segment);
    }
    this.#segments = this.#segments.filter((segment) => !gone.has(segment));
    this.#isFolderDirty ||= gone.size > 0;
    return gone;
  }

  /** Preallocates the reserve where there is none; without room it is tried again later. */
  async refillReserve(): Promise<void> {
    const { files, folder } = this.#options;
    const path = join(folder, "reserve");
    if (this.#hasReserve) return;
    try {
      const file = files.open(path, "write");
      try {
        if (file.size() !== this.#options.reserveBytes) {
          writeAll(file, new Uint8Array(this.#options.reserveBytes), 0);
          await file.sync();
        }
      } finally {
        file.close();
      }
      await files.syncFolder(folder);
      this.#hasReserve = true;
    } catch (error) {
      if (!(error instanceof FilesError)) throw error;
      if (files.list(folder).includes("reserve")) files.remove(path);
    }
  }

  close(): void {
    for (const writer of this.#turned) writer.close();
    this.#current?.writer.close();
    this.#current = undefined;
  }

  #turn(toReserve: boolean): SegmentFile {
    const { files, folder, owner } = this.#options;
    // Never twice: a file that could not be begun may still be there.
    const number = this.#nextNumber++;
    const path = segmentPath(folder, number);
    const header: SegmentHeader = { kind: "spool", first: number, owner };
    if (toReserve) {
      files.rename(join(folder, "reserve"), path);
      this.#hasReserve = false;
    }
    let writer: SegmentWriter | undefined;
    try {
      writer = toReserve ? reuseSegment(files, path, header) : createSegment(files, path, header);
      writer.append([[this.#options.state()]]);
      this.#options.onState();
    } catch (error) {
      writer?.close();
      if (writer !== undefined || toReserve) files.remove(path);
      throw error;
    }
    this.retire();
    this.#isFolderDirty = true;
    const { bytes } = writer;
    const segment: SegmentFile = { number, path, bytes, unacked: 0, isUseful: true };
    this.#segments.push(segment);
    this.#current = { writer, segment, isReserve: toReserve };
    return segment;
  }
}
