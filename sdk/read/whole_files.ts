/**
 * Reads files whole, each once it has not changed for a while; again if it changes later.
 *
 * @module
 */
import { closeSync } from "node:fs";
import { contentCheck } from "./file_identity.ts";
import { type Followed, openAs } from "./followed.ts";
import type { TailCursor, WholeFile } from "./io.ts";
import { KnownFiles, unknownFiles } from "./known_files.ts";
import { fill } from "./line_reader.ts";
import { isReadablePacked, matchNamed, notRead } from "./match_files.ts";
import type { ReadEnvironment } from "./tail.ts";
import { looked } from "./tail_cursor.ts";
import { damaged } from "./unpack/damaged.ts";
import { PackedFile } from "./unpack/packed_file.ts";

export interface WholeFilesRequest {
  readonly globs: readonly string[];
  readonly from: TailCursor;
  readonly options: {
    readonly maxBytes?: number;
    readonly pollMs?: number;
    readonly settleMs?: number;
  };
}

const DEFAULT_MAX_BYTES = 64 * 1024 * 1024;
/** Of compressed files: read at once. */
const PIECE_BYTES = 256 * 1024;
const DEFAULT_POLL_MS = 1_000;
const DEFAULT_SETTLE_MS = 2_000;

/** Gives the files that `globs` match whole, least recently changed first. */
export async function* wholeFiles(
  environment: ReadEnvironment,
  { globs, from, options }: WholeFilesRequest,
): AsyncIterable<WholeFile> {
  const { signal, once, now, sleep } = environment;
  const { pollMs = DEFAULT_POLL_MS, settleMs = DEFAULT_SETTLE_MS } = options;
  const { maxBytes = DEFAULT_MAX_BYTES } = options;
  const known = new KnownFiles(from, false);
  let isFirst = Object.keys(from).length === 0;
  while (!signal.aborted) {
    const from = now();
    const { files: matched, packed } = matchNamed(globs);
    if (isFirst && packed > 0) environment.onGap(notRead(packed));
    isFirst = false;
    const changed = known.changed(matched, looked(matched, { from, to: now() }));
    if (known.unknown > 0) environment.onGap({ reason: "other", detail: unknownFiles(known) });
    for (const file of changed) {
      if (!once && now() - file.mtime < settleMs) continue;
      const bytes = isReadablePacked(file.path)
        ? readPacked(file, maxBytes, environment.onGap)
        : readWhole(file, maxBytes);
      if (typeof bytes === "string") {
        environment.onGap({ reason: bytes, detail: `file ${file.fileId}` });
        continue;
      }
      if (bytes.length === 0) continue;
      yield { file: file.path, fileId: file.fileId, bytes, cursor: known.cursor };
      if (signal.aborted) return;
    }
    if (once) return;
    await sleep(pollMs);
  }
}

/** What a compressed file holds; marks it as read. A reason if it cannot be had. */
function readPacked(
  file: Followed,
  maxBytes: number,
  onGap: ReadEnvironment["onGap"],
): Uint8Array | "access-denied" | "other" {
  const fd = openAs(file);
  if (typeof fd !== "number") {
    file.denied = true;
    return fd === "denied" ? "access-denied" : new Uint8Array(0);
  }
  const content = new PackedFile(fd, PIECE_BYTES);
  const pieces: Uint8Array[] = [];
  for (let size = 0; size <= maxBytes;) {
    const piece = new Uint8Array(PIECE_BYTES);
    const filled = content.read(piece, size);
    if (filled === 0) break;
    pieces.push(piece.subarray(0, filled));
    size += filled;
  }
  content.close();
  const bytes = Buffer.concat(pieces);
  file.denied = bytes.length > maxBytes;
  if (file.denied) return "other";
  const { fileId } = file;
  if (content.trouble !== undefined) {
    onGap(damaged(content.trouble, { fileId, offset: bytes.length }));
  }
  file.moveTo(file.size);
  return bytes;
}

/** The file's bytes; marks it as read. A reason if it cannot be had. */
function readWhole(file: Followed, maxBytes: number): Uint8Array | "access-denied" | "other" {
  const fd = openAs(file);
  if (typeof fd !== "number" || file.size > maxBytes) {
    if (typeof fd === "number") closeSync(fd);
    if (fd === "gone") return new Uint8Array(0);
    file.denied = true;
    return fd === "denied" ? "access-denied" : "other";
  }
  const bytes = new Uint8Array(file.size);
  const filled = fill(fd, bytes, 0);
  const check = contentCheck(fd, filled);
  closeSync(fd);
  file.size = filled;
  file.moveTo(filled, check);
  return bytes.subarray(0, filled);
}
