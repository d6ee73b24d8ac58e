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
import { matchFiles } from "./match_files.ts";
import type { ReadEnvironment } from "./tail.ts";
import { looked } from "./tail_cursor.ts";

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
  while (!signal.aborted) {
    const startedAt = now();
    const matched = matchFiles(globs);
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
  try {
    for (const block of blocksOf(known, file, { fd, buffer })) {
      yield block;
      if (signal.aborted) return;
    }
  } finally {
    closeSync(fd);
  }
}

/** @throws {TypeError} If the reader takes nothing of a block that is not the last. */
function* blocksOf(
  known: KnownFiles,
  file: Followed,
  { fd, buffer }: { readonly fd: number; readonly buffer: Uint8Array },
): Iterable<FileBlock> {
  while (file.offset < file.size) {
    const { offset, path, fileId } = file;
    const filled = fill(fd, buffer.subarray(0, file.size - offset), offset);
    // It was cut while it was read: what it is now is seen at the next look.
    if (filled === 0) break;
    const isLast = offset + filled >= file.size;
    const take = (bytes: number): void => {
      if (bytes > filled) throw new RangeError(`Cannot take ${bytes} bytes of ${filled}`);
      if (bytes > 0) file.moveTo(offset + bytes);
    };
    const bytes = buffer.subarray(0, filled);
    const cursor = (): TailCursor => known.cursor;
    yield { file: path, fileId, offset, bytes, isLast, hasMore: !isLast, take, cursor };
    if (isLast) break;
    if (file.offset === offset) throw new TypeError(`Cannot go on in ${path}: no byte was taken`);
  }
  // What is left waits for the file to change.
  file.scanned = Math.max(0, file.size - file.offset);
}
