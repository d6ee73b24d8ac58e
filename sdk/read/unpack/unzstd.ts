/**
 * Decompresses zstd (RFC 8878) piece by piece: its frames, one behind the other.
 *
 * Not by `node:zlib`: it does not tell a file that was cut off, and a damaged one ends the whole
 * program under Deno. What is held is one window of at most 8 MiB, whatever the bytes say.
 *
 * @module
 */
import { BodyError } from "../../wire/bytes.ts";
import {
  BLOCK_HEAD_BYTES,
  type FrameHead,
  headBytes,
  MAGIC,
  MAX_WINDOW_LOG,
  NO_TABLES,
  readBlockHead,
  readHead,
  runBlock,
  START_BYTES,
  type Tables,
} from "../../wire/zstd/blocks.ts";
import { MAX_BLOCK_BYTES } from "../../wire/zstd/literals.ts";
import type { Output } from "../../wire/zstd/sequences.ts";
import { XxHash64 } from "../../wire/zstd/xxhash64.ts";
import { type PackedBytes, refuse, type Unpacker, UnpackError } from "./packed_bytes.ts";

/** Frames that say nothing: 0x184d2a50 to 0x184d2a5f (RFC 8878 §3.1.2). */
const SKIPPABLE = 0x184d2a50;
const MOST_WINDOW_BYTES = 2 ** MAX_WINDOW_LOG;
/** Blocks that find room behind the window before it must be moved. */
const BLOCKS_BETWEEN = 8;

interface Frame {
  readonly head: FrameHead;
  readonly hash: XxHash64;
  tables: Tables;
  rawBytes: number;
  isOver: boolean;
}

/** Whether bytes begin as zstd does. */
export function hasZstdMagic(head: Uint8Array): boolean {
  if (head.length < 4) return false;
  const magic = new DataView(head.buffer, head.byteOffset, 4).getUint32(0, true);
  return magic === MAGIC || isSkippable(magic);
}

/** The frames of `bytes`. */
export class Unzstd implements Unpacker {
  readonly #bytes: PackedBytes;
  #frame: Frame | undefined;
  #hasFrames = false;
  #out: Output = { bytes: new Uint8Array(0), used: 0, start: 0, offsets: [1, 4, 8] };

  constructor(bytes: PackedBytes) {
    this.#bytes = bytes;
  }

  next(): Uint8Array | undefined {
    try {
      for (;;) {
        this.#frame ??= this.#begin();
        if (this.#frame === undefined) return undefined;
        const piece = this.#frame.isOver ? this.#end(this.#frame) : this.#block(this.#frame);
        if (piece !== undefined && piece.length > 0) return piece;
      }
    } catch (cause) {
      if (cause instanceof BodyError) refuse("a zstd block is damaged");
      throw cause;
    }
  }

  #begin(): Frame | undefined {
    const bytes = this.#bytes;
    for (;;) {
      if (this.#hasFrames && bytes.isAtEnd()) return undefined;
      this.#hasFrames = true;
      const start = bytes.take(START_BYTES - 1);
      const magic = new DataView(start.buffer, start.byteOffset, 4).getUint32(0, true);
      if (!isSkippable(magic)) break;
      const size = bytes.take(4);
      bytes.skip(new DataView(size.buffer, size.byteOffset, 4).getUint32(0, true));
    }
    bytes.at -= START_BYTES - 1;
    const size = headBytes(bytes.take(START_BYTES));
    bytes.at -= START_BYTES;
    const head = readHead(bytes.take(size));
    if (head.windowBytes > MOST_WINDOW_BYTES) {
      throw new UnpackError(
        "window",
        `Cannot unpack file: zstd asks for a window of ${head.windowBytes} bytes, ` +
          `must be at most ${MOST_WINDOW_BYTES}`,
      );
    }
    const room = head.windowBytes + BLOCKS_BETWEEN * MAX_BLOCK_BYTES;
    const isRoom = room <= this.#out.bytes.length;
    const out = isRoom ? this.#out.bytes : new Uint8Array(room);
    this.#out = { bytes: out, used: 0, start: 0, offsets: [1, 4, 8] };
    return { head, hash: new XxHash64(), tables: NO_TABLES, rawBytes: 0, isOver: false };
  }

  #block(frame: Frame): Uint8Array {
    const out = this.#out;
    if (out.used + MAX_BLOCK_BYTES > out.bytes.length) {
      const from = out.used - frame.head.windowBytes;
      out.bytes.copyWithin(0, from, out.used);
      out.used -= from;
    }
    const head = readBlockHead(this.#bytes.take(BLOCK_HEAD_BYTES));
    const block = this.#bytes.take(head.bytes);
    const from = out.used;
    frame.tables = runBlock(head, block, { tables: frame.tables, out });
    frame.isOver = head.isLast;
    const piece = out.bytes.subarray(from, out.used);
    frame.rawBytes += piece.length;
    if (frame.head.hasChecksum) frame.hash.update(piece);
    return piece;
  }

  #end({ head, hash, rawBytes }: Frame): undefined {
    this.#frame = undefined;
    if (head.rawBytes !== undefined && head.rawBytes !== rawBytes) {
      refuse("a zstd frame has another length than it says");
    }
    if (!head.hasChecksum) return;
    const tail = this.#bytes.take(4);
    const said = new DataView(tail.buffer, tail.byteOffset, 4).getUint32(0, true);
    if (said !== hash.low()) refuse("a zstd frame's checksum is not its own");
  }
}

function isSkippable(magic: number): boolean {
  return (magic & 0xffff_fff0) === SKIPPABLE;
}
