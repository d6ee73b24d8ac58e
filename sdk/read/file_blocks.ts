/**
 * Reads large files block by block, each file once it has not changed for a while.
 *
 * The reader of the blocks knows where records end, so it says how far it has come; a block is
 * never larger than one buffer, whatever the size of the file.
 *
 * @module
 */
import { closeSync } from "node:fs";
import { type Followed, openAs } from "./followed.ts";
import type { BlockOptions, FileBlock, TailCursor } from "./io.ts";
import { KnownFiles, unknownFiles } from "./known_files.ts";
import { fill } from "./line_reader.ts";
import { isReadablePacked, matchNamed, notRead } from "./match_files.ts";
import type { ReadEnvironment } from "./tail.ts";
import { looked } from "./tail_cursor.ts";
import { damaged } from "./unpack/damaged.ts";
import { PackedFile } from "./unpack/packed_file.ts";

export interface FileBlocksRequest {
  readonly globs: readonly string[];
  readonly from: TailCursor;
  readonly options: BlockOptions;
}

const DEFAULT_BLOCK_BYTES = 1024 * 1024;
const DEFAULT_POLL_MS = 1_000;
const DEFAULT_SETTLE_MS = 2_000;

/** Gives the files that `globs` match block by block, least recently changed first. */
export async function* fileBlocks(
  environment: ReadEnvironment,
  { globs, from, options }: FileBlocksRequest,
): AsyncIterable<FileBlock> {
  const { signal, once, now, sleep, onGap } = environment;
  const { pollMs = DEFAULT_POLL_MS, settleMs = DEFAULT_SETTLE_MS } = options;
  const buffer = new Uint8Array(options.blockBytes ?? DEFAULT_BLOCK_BYTES);
  const known = new KnownFiles(from, true);
  let isFirst = Object.keys(from).length === 0;
  while (!signal.aborted) {
    const startedAt = now();
    // How far a compressed file was read no cursor could say.
    const { files: matched, packed } = matchNamed(globs, once);
    if (isFirst && packed > 0) onGap(notRead(packed));
    isFirst = false;
    const changed = known.changed(matched, looked(matched, { from: startedAt, to: now() }));
    if (known.unknown > 0) onGap({ reason: "other", detail: unknownFiles(known) });
    const settled = changed.filter((file) => once || now() - file.mtime >= settleMs);
    let promised: FileBlock | undefined;
    for (const [i, file] of settled.entries()) {
      const isFinal = i === settled.length - 1;
      for (const block of readFile(environment, known, { file, buffer })) {
        const hasMore = block.hasMore || !isFinal;
        promised = hasMore ? block : undefined;
        yield { ...block, hasMore };
      }
      if (signal.aborted) return;
    }
    // The files that were to follow are gone.
    if (promised !== undefined) yield { ...promised, bytes: new Uint8Array(0), hasMore: false };
    if (once) return;
    await sleep(pollMs);
  }
}

function* readFile(
  { signal, onGap }: ReadEnvironment,
  known: KnownFiles,
  { file, buffer }: { readonly file: Followed; readonly buffer: Uint8Array },
): Iterable<FileBlock> {
  const fd = openAs(file);
  if (fd === "denied") onGap({ reason: "access-denied", detail: `file ${file.fileId}` });
  if (typeof fd !== "number") {
    file.denied = fd === "denied";
    return;
  }
  const packed = isReadablePacked(file.path) ? new PackedFile(fd, buffer.length) : undefined;
  const content = packed === undefined ? plainContent(file, fd) : packedContent(file, packed);
  try {
    for (const block of blocksOf(known, file, { content, buffer })) {
      yield block;
      if (signal.aborted) return;
    }
    if (packed?.trouble === undefined) return;
    onGap(damaged(packed.trouble, { fileId: file.fileId, offset: packed.reached }));
  } finally {
    if (packed === undefined) closeSync(fd);
    else packed.close();
  }
}

/** What a file holds, from where it is read on. */
interface Content {
  readonly from: number;
  fill(into: Uint8Array, offset: number): number;
  isEnd(offset: number): boolean;
  /** The reader has come to `offset`. */
  reached(offset: number): void;
  /** The reader will take no more. */
  end(): void;
}

function plainContent(file: Followed, fd: number): Content {
  return {
    from: file.offset,
    fill: (into, offset) => fill(fd, into.subarray(0, Math.max(0, file.size - offset)), offset),
    isEnd: (offset) => offset >= file.size,
    reached: (offset) => file.moveTo(offset),
    // What is left waits for the file to change.
    end: () => void (file.scanned = Math.max(0, file.size - file.offset)),
  };
}

/** Of a compressed file a cursor knows whether it was read, not how far. */
function packedContent(file: Followed, packed: PackedFile): Content {
  return {
    from: 0,
    fill: (into, offset) => packed.read(into, offset),
    isEnd: (offset) => packed.reached <= offset && !packed.advance(),
    reached: () => {},
    end: () => file.moveTo(file.size),
  };
}

/** @throws {TypeError} If the reader takes nothing of a block that is not the last. */
function* blocksOf(
  known: KnownFiles,
  file: Followed,
  { content, buffer }: { readonly content: Content; readonly buffer: Uint8Array },
): Iterable<FileBlock> {
  let at = content.from;
  for (;;) {
    const offset = at;
    const { path, fileId } = file;
    const filled = content.fill(buffer, offset);
    // It was cut while it was read: what it is now is seen at the next look.
    if (filled === 0) break;
    const isLast = content.isEnd(offset + filled);
    const take = (bytes: number): void => {
      if (bytes > filled) throw new RangeError(`Cannot take ${bytes} bytes of ${filled}`);
      if (bytes === 0) return;
      at = offset + bytes;
      content.reached(at);
    };
    const bytes = buffer.subarray(0, filled);
    const cursor = (): TailCursor => known.cursor;
    yield { file: path, fileId, offset, bytes, isLast, hasMore: !isLast, take, cursor };
    if (isLast) break;
    if (at === offset) throw new TypeError(`Cannot go on in ${path}: no byte was taken`);
  }
  content.end();
}
