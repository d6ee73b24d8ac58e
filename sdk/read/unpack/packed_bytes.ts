/**
 * The bytes of a compressed file, one after the other, and what can be wrong with them.
 *
 * @module
 */

/** Why a compressed file cannot be read on. */
export class UnpackError extends Error {
  override readonly name = "UnpackError";
  /** `window`: it asks for more memory than a reader puts aside. */
  readonly code: "truncated" | "corrupt" | "window";

  constructor(code: UnpackError["code"], message: string) {
    super(message);
    this.code = code;
  }
}

/** Gives what a compressed file holds, piece by piece, from its beginning. */
export interface Unpacker {
  /**
   * The next bytes, at most some hundred KiB; undefined at the end. A view that is valid until the
   * next call.
   *
   * @throws {UnpackError} If it cannot go on; what was given before stands.
   */
  next(): Uint8Array | undefined;
}

/** @throws {UnpackError} Always. */
export function refuse(what: string): never {
  throw new UnpackError("corrupt", `Cannot unpack file: ${what}`);
}

const READ_BYTES = 64 * 1024;
/** So many bytes can be given back. */
const KEPT_BYTES = 8;

/** Reads forward through one buffer. `read` fills a buffer from an offset on: one read may do less. */
export class PackedBytes {
  readonly #read: (into: Uint8Array, offset: number) => number;
  #offset = 0;
  buffer = new Uint8Array(KEPT_BYTES + READ_BYTES);
  at = KEPT_BYTES;
  end = KEPT_BYTES;

  constructor(read: (into: Uint8Array, offset: number) => number) {
    this.#read = read;
  }

  /** Whether nothing is left. */
  isAtEnd(): boolean {
    return this.at === this.end && !this.#refill();
  }

  /** @throws {UnpackError} If there is none. */
  byte(): number {
    if (this.isAtEnd()) return this.#truncated();
    return this.buffer[this.at++]!;
  }

  /** The next `size` bytes; a view that is valid until the next call. @throws {UnpackError} */
  take(size: number): Uint8Array {
    if (this.end - this.at < size && !this.#gather(size)) return this.#truncated();
    return this.buffer.subarray(this.at, this.at += size);
  }

  /** @throws {UnpackError} If there are not as many. */
  skip(size: number): void {
    for (let left = size; left > 0;) {
      if (this.isAtEnd()) this.#truncated();
      const some = Math.min(left, this.end - this.at);
      this.at += some;
      left -= some;
    }
  }

  #truncated(): never {
    throw new UnpackError("truncated", "Cannot unpack file: it ends before its content does");
  }

  #refill(): boolean {
    this.buffer.copyWithin(0, this.end - KEPT_BYTES, this.end);
    const read = this.#read(this.buffer.subarray(KEPT_BYTES), this.#offset);
    this.at = KEPT_BYTES;
    this.end = KEPT_BYTES + read;
    this.#offset += read;
    return read > 0;
  }

  #gather(size: number): boolean {
    const back = Math.min(KEPT_BYTES, this.at);
    const kept = this.buffer.subarray(this.at - back, this.end);
    const isRoom = KEPT_BYTES + size <= this.buffer.length;
    const buffer = isRoom ? this.buffer : new Uint8Array(KEPT_BYTES + size + READ_BYTES);
    buffer.set(kept, KEPT_BYTES - back);
    this.buffer = buffer;
    this.at = KEPT_BYTES;
    this.end = KEPT_BYTES - back + kept.length;
    while (this.end < KEPT_BYTES + size) {
      const read = this.#read(buffer.subarray(this.end), this.#offset);
      if (read === 0) return false;
      this.#offset += read;
      this.end += read;
    }
    return true;
  }
}
