/**
 * Decompresses gzip (RFC 1952): its members, one behind the other.
 *
 * @module
 */
import { crc32 } from "node:zlib";
import { Inflate } from "./inflate.ts";
import { type PackedBytes, refuse, type Unpacker, UnpackError } from "./packed_bytes.ts";

const MAGIC = [0x1f, 0x8b] as const;
const DEFLATE = 8;
/** RFC 1952 §2.3.1: what a member's head has besides its ten bytes. */
const HAS_CHECK = 0x02;
const HAS_EXTRA = 0x04;
const HAS_NAME = 0x08;
const HAS_COMMENT = 0x10;
const RESERVED = 0xe0;

/** The members of `bytes`. Zeros may stand behind the last, as on a tape. */
export class Gunzip implements Unpacker {
  readonly #bytes: PackedBytes;
  #member: Inflate | undefined;
  #hasMembers = false;
  #check = 0;
  #size = 0;
  #trouble: UnpackError | undefined;

  constructor(bytes: PackedBytes) {
    this.#bytes = bytes;
  }

  next(): Uint8Array | undefined {
    if (this.#trouble !== undefined) throw this.#trouble;
    for (;;) {
      if (this.#member === undefined && !this.#begin()) return undefined;
      const member = this.#member!;
      const piece = this.#attempt(member);
      if (piece !== undefined) {
        this.#check = crc32(piece, this.#check);
        this.#size = (this.#size + piece.length) % 2 ** 32;
        return piece;
      }
      member.end();
      this.#endMember();
    }
  }

  /** What stands before damage is given first. */
  #attempt(member: Inflate): Uint8Array | undefined {
    try {
      return member.next();
    } catch (error) {
      if (!(error instanceof UnpackError)) throw error;
      const rest = member.rest();
      if (rest.length === 0) throw error;
      this.#trouble = error;
      return rest;
    }
  }

  /** Whether a member begins here. */
  #begin(): boolean {
    const bytes = this.#bytes;
    if (this.#hasMembers) { while (!bytes.isAtEnd() && bytes.buffer[bytes.at] === 0) bytes.at++; }
    if (this.#hasMembers && bytes.isAtEnd()) return false;
    this.#hasMembers = true;
    if (bytes.byte() !== MAGIC[0] || bytes.byte() !== MAGIC[1]) refuse("a member has no gzip head");
    if (bytes.byte() !== DEFLATE) refuse("a member is compressed by no known method");
    const flags = bytes.byte();
    if ((flags & RESERVED) !== 0) refuse("a member has an unknown flag");
    bytes.skip(6);
    if ((flags & HAS_EXTRA) !== 0) bytes.skip(bytes.byte() | bytes.byte() << 8);
    if ((flags & HAS_NAME) !== 0) { while (bytes.byte() !== 0); }
    if ((flags & HAS_COMMENT) !== 0) { while (bytes.byte() !== 0); }
    if ((flags & HAS_CHECK) !== 0) bytes.skip(2);
    this.#member = new Inflate(bytes);
    this.#check = this.#size = 0;
    return true;
  }

  #endMember(): void {
    const tail = this.#bytes.take(8);
    const view = new DataView(tail.buffer, tail.byteOffset, 8);
    if (view.getUint32(0, true) !== this.#check) refuse("a member's checksum is not its own");
    if (view.getUint32(4, true) !== this.#size) refuse("a member's length is not its own");
    this.#member = undefined;
  }
}
