/**
 * The bytes of one EVTX chunk, read with bounds, and how much work they may still cause.
 *
 * Everything in a chunk is found by offset, so a few hostile bytes can point to the same large part
 * a thousand times. Each chunk has a budget of {@link MAX_WORK} bytes read or given out; a real one
 * needs less than a hundredth of it.
 *
 * @module
 */

/** Why a record, a chunk or a file is not what EVTX demands. Caught where records are cut. */
export class EvtxError extends Error {
  override readonly name = "EvtxError";
  readonly code: "bounds" | "token" | "depth" | "work" | "checksum" | "magic" | "size";

  constructor(code: EvtxError["code"], message: string) {
    super(message);
    this.code = code;
  }
}

/** Bytes that one chunk may make the reader go over or give out. */
const MAX_WORK = 16 * 1024 * 1024;
/** Longer names are no names. */
const MAX_NAME_CHARS = 4096;

/** One chunk; offsets count from its first byte. */
export class ChunkBytes {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  readonly #buffer: Buffer;
  readonly #names = new Map<number, string>();
  #work = 0;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    this.#buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  get length(): number {
    return this.bytes.length;
  }

  /** @throws {EvtxError} If `size` bytes at `at` are not within the chunk. */
  demand(at: number, size: number): void {
    if (at < 0 || size < 0 || at + size > this.bytes.length) {
      throw new EvtxError("bounds", `${size} bytes at ${at} are beyond the end of the chunk`);
    }
  }

  /** @throws {EvtxError} If the chunk has caused too much work. */
  spend(bytes: number): void {
    this.#work += bytes;
    if (this.#work > MAX_WORK) throw new EvtxError("work", "Its parts repeat too often");
  }

  u8(at: number): number {
    this.demand(at, 1);
    return this.bytes[at]!;
  }

  u16(at: number): number {
    this.demand(at, 2);
    return this.view.getUint16(at, true);
  }

  u32(at: number): number {
    this.demand(at, 4);
    return this.view.getUint32(at, true);
  }

  /** UTF-16LE text of `size` bytes. */
  utf16(at: number, size: number): string {
    this.demand(at, size);
    this.spend(size);
    return this.#buffer.toString("utf16le", at, at + (size & ~1));
  }

  latin1(at: number, size: number): string {
    this.demand(at, size);
    this.spend(size);
    return this.#buffer.toString("latin1", at, at + size);
  }

  hex(at: number, size: number): string {
    this.demand(at, size);
    this.spend(size * 2);
    return this.#buffer.toString("hex", at, at + size).toUpperCase();
  }

  /**
   * The name at `at`.
   *
   * | offset | size | content                              |
   * | -----: | ---: | ------------------------------------ |
   * |      0 |    4 | offset of the next name of this hash |
   * |      4 |    2 | hash                                 |
   * |      6 |    2 | characters n                         |
   * |      8 |   2n | name, then a NUL                     |
   */
  name(at: number): string {
    let name = this.#names.get(at);
    if (name === undefined) {
      const chars = this.u16(at + 6);
      if (chars > MAX_NAME_CHARS) throw new EvtxError("size", `A name has ${chars} characters`);
      name = this.utf16(at + 8, chars * 2);
      this.#names.set(at, name);
    }
    return name;
  }

  /** Bytes that the name at `at` takes. */
  nameBytes(at: number): number {
    return 10 + this.u16(at + 6) * 2;
  }
}
