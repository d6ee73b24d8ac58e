/**
 * Follows files that grow: whole lines in order, through rotation of every kind.
 *
 * @module
 */
import type { Gap } from "../plugin.ts";
import type { Followed } from "./followed.ts";
import { FollowedFiles } from "./followed_files.ts";
import type { TailChunk, TailCursor, TailOptions } from "./io.ts";
import type { Piece } from "./line_reader.ts";
import { PackedFiles } from "./packed_files.ts";
import { decodeCursor, encodeCursor } from "./tail_cursor.ts";

/** What the readers of `sdk/read` need of the world. */
export interface ReadEnvironment {
  readonly signal: AbortSignal;
  /** Every file is read to its end, then the reading ends. */
  readonly once: boolean;
  /** Wall clock in ms since the epoch. */
  readonly now: () => number;
  /** Wakes early when `signal` aborts. */
  readonly sleep: (ms: number) => Promise<void>;
  readonly onGap: (gap: Gap) => void;
}

export interface TailRequest {
  readonly globs: readonly string[];
  readonly from: TailCursor;
  readonly options: TailOptions;
}

const DEFAULT_CHUNK_BYTES = 512 * 1024;
export const DEFAULT_LINE_BYTES = 64 * 1024;
const DEFAULT_POLL_MS = 200;
const NOTHING = new Uint8Array(0);

/** Gives the lines of the files that `globs` match, from `from` on. */
export async function* tail(
  environment: ReadEnvironment,
  { globs, from, options }: TailRequest,
): AsyncIterable<TailChunk> {
  const { signal, once, now } = environment;
  const {
    chunkBytes = DEFAULT_CHUNK_BYTES,
    maxLineBytes = DEFAULT_LINE_BYTES,
    pollMs = DEFAULT_POLL_MS,
    startAt = "oldest",
    startsRecord,
    records,
    idleMs = Infinity,
  } = options;
  const { onGap } = environment;
  const buffer = Buffer.allocUnsafeSlow(Math.max(chunkBytes, maxLineBytes + 2));
  const resume = decodeCursor(from);
  const kinds = { startsRecord, records };
  const how = { globs, resume, buffer, maxLineBytes, startAt, ...kinds, once, now, onGap };
  using files = new FollowedFiles(how);
  using packed = new PackedFiles(files, { ...how, signal });
  const all: Read = { files, packed };
  let idleSince = now();
  while (!signal.aborted) {
    const startedAt = now();
    packed.list();
    files.look();
    await packed.judge();
    files.lost.expire(packed.mayCome);
    const lookedAt = now();
    let hasRead = false;
    for (const chunk of readAll(all, () => now() - lookedAt > pollMs)) {
      hasRead = true;
      yield chunk;
      if (signal.aborted) return;
      idleSince = now();
    }
    if (now() - idleSince >= idleMs) {
      idleSince = now();
      yield { file: "", fileId: "", offset: 0, bytes: NOTHING, cursor: cursorOf(all) };
    }
    if ((hasRead && files.unread().length > 0) || packed.unread().length > 0) continue;
    if (once) return;
    // Looking at thousands of files may take no more than a twentieth of the time.
    await environment.sleep(Math.max(pollMs, 20 * (lookedAt - startedAt)));
  }
}

/** What a tail reads from. */
interface Read {
  readonly files: FollowedFiles;
  readonly packed: PackedFiles;
}

function cursorOf({ files, packed }: Read): TailCursor {
  const progress = [...files.all(), ...files.lost.progress(), ...packed.progress()];
  return encodeCursor(progress, { ...files.looked, packed: packed.since });
}

/**
 * What can be read now, file by file, until it is time to look at the files again. What is
 * compressed is older than what is not.
 */
function* readAll(all: Read, isTimeToLook: () => boolean): Iterable<TailChunk> {
  for (const chunk of chunksOf(all)) {
    yield chunk;
    // A long backlog must not hide rotation.
    if (isTimeToLook()) return;
  }
}

function* chunksOf(all: Read): Iterable<TailChunk> {
  for (const source of [all.packed, all.files]) {
    for (const file of source.unread()) yield* chunksOfFile(all, source, file);
  }
}

function* chunksOfFile(all: Read, source: Read[keyof Read], file: Followed): Iterable<TailChunk> {
  for (;;) {
    const { offset } = file;
    const piece = source.read(file);
    if (piece === undefined) return;
    yield chunkOf(cursorOf(all), file, { ...piece, offset });
  }
}

function chunkOf(
  cursor: TailCursor,
  file: Followed,
  { bytes, cutFrom, offset }: Piece & { readonly offset: number },
): TailChunk {
  const cut = cutFrom === undefined ? undefined : { lineBytes: cutFrom };
  const { path, fileId } = file;
  const isRecords = file.records !== undefined && file.records !== "lines";
  const more = { ...(cut && { cut }), ...(isRecords && { records: true as const }) };
  return { file: path, fileId, offset, bytes, cursor, ...more };
}
