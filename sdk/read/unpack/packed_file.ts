/**
 * A compressed file, read as if it were the plain one: from any offset of its content, at its best
 * from beginning to end.
 *
 * What is held is a window of its content, however large that is.
 *
 * @module
 */
import { closeSync, readSync } from "node:fs";
import { Gunzip } from "./gunzip.ts";
import { PackedBytes, type Unpacker, UnpackError } from "./packed_bytes.ts";
import { hasZstdMagic, Unzstd } from "./unzstd.ts";

/** Kept of the beginning: by it and by what stands before an offset content is known. */
const HEAD_BYTES = 1024;
/** Room for what an {@link Unpacker} gives at once. */
const PIECE_BYTES = 256 * 1024;

/** Bytes of a file, or of what it is compressed from. */
export type Handle = number | PackedFile;

/** One compressed file; `fd` is its own from now on. */
export class PackedFile {
  readonly #fd: number;
  readonly #keepBytes: number;
  readonly #window: Uint8Array;
  readonly #head = new Uint8Array(HEAD_BYTES);
  #headBytes = 0;
  /** Offsets in the content of what the window holds. */
  #from = 0;
  #to = 0;
  #unpacker: Unpacker;
  /** All of the content is known, or all of it that can be read. */
  isOver = false;
  /** Why no more can be read of it. */
  trouble: UnpackError | undefined;

  /** `keepBytes`: so far back reading is cheap, and so much at most is read at once. */
  constructor(fd: number, keepBytes: number) {
    this.#fd = fd;
    this.#keepBytes = keepBytes;
    this.#window = new Uint8Array(2 * keepBytes + PIECE_BYTES);
    this.#unpacker = this.#begin();
  }

  /** How much of the content is known, in bytes. */
  get reached(): number {
    return this.#to;
  }

  /** Reads content from `offset` on; less than there is room for at its end alone. */
  read(into: Uint8Array, offset: number): number {
    if (offset + into.length <= this.#headBytes) {
      into.set(this.#head.subarray(offset, offset + into.length));
      return into.length;
    }
    if (offset < this.#from) this.#restart();
    let filled = 0;
    while (filled < into.length) {
      const at = offset + filled;
      if (at >= this.#to) {
        if (!this.advance()) break;
        continue;
      }
      const end = Math.min(this.#to, offset + into.length);
      into.set(this.#window.subarray(at - this.#from, end - this.#from), filled);
      filled = end - offset;
    }
    return filled;
  }

  /** Gets to know some more of the content; false where there is no more. */
  advance(): boolean {
    if (this.isOver) return false;
    const piece = this.#next();
    if (piece === undefined) {
      this.isOver = true;
      return false;
    }
    const used = this.#to - this.#from;
    if (used + piece.length > this.#window.length) {
      this.#window.copyWithin(0, used - this.#keepBytes, used);
      this.#from = this.#to - this.#keepBytes;
    }
    if (this.#headBytes < HEAD_BYTES) {
      const more = piece.subarray(0, HEAD_BYTES - this.#headBytes);
      this.#head.set(more, this.#headBytes);
      this.#headBytes += more.length;
    }
    this.#window.set(piece, this.#to - this.#from);
    this.#to += piece.length;
    return true;
  }

  close(): void {
    closeSync(this.#fd);
  }

  #next(): Uint8Array | undefined {
    try {
      return this.#unpacker.next();
    } catch (error) {
      if (!(error instanceof UnpackError)) throw error;
      this.trouble = error;
      return undefined;
    }
  }

  #restart(): void {
    this.#from = this.#to = 0;
    this.#headBytes = 0;
    this.isOver = false;
    this.trouble = undefined;
    this.#unpacker = this.#begin();
  }

  #begin(): Unpacker {
    const bytes = new PackedBytes((into, at) => readSync(this.#fd, into, 0, into.length, at));
    const magic = new Uint8Array(4);
    const head = magic.subarray(0, readSync(this.#fd, magic, 0, magic.length, 0));
    return hasZstdMagic(head) ? new Unzstd(bytes) : new Gunzip(bytes);
  }
}
