/**
 * Follows text files whose records may take several lines: what a plugin for such files builds on.
 *
 * A cursor says that all before it is done. So none is given while a record waits for its rest.
 *
 * @module
 */
import { decodeText } from "./decode_text.ts";
import type { Io, TailChunk, TailCursor } from "./io.ts";

/** Reads the records of one file. */
export interface RecordReader {
  /** Takes the next lines. What is not whole yet waits. */
  read(text: string): void;
  /** No more will come of the record that waits. */
  end(): void;
  /** A line over the limit: its head. */
  cut(text: string): void;
  /** The file is resumed in its middle: it begins with `text`, which was read before. */
  learn(text: string): void;
  /** A record waits for its rest. */
  readonly isWaiting: boolean;
}

export interface FollowRecords {
  readonly io: Io;
  readonly clock: { now(): number; sleep(ms: number): Promise<void> };
  readonly globs: readonly string[];
  readonly startAt?: "oldest" | "now";
  readonly maxRecordBytes: number;
  /** How long a record may wait for its rest before it is given up; default a minute. */
  readonly waitMs?: number;
  readonly open: (file: string) => RecordReader;
}

const WAIT_MS = 60_000;
/** Files whose state is kept in memory. */
const MAX_FILES = 4096;
/** How often it is looked whether what waits has waited long enough, in ms. */
const LOOK_MS = 1000;
/** How long to wait for a file's head, which ought to be there: so often so many ms. */
const HEAD_WAITS = 50;
const HEAD_WAIT_MS = 100;

/** Hands the text of the files that `globs` match to their readers; gives cursors. */
export async function* followRecords(
  follow: FollowRecords,
  cursor: TailCursor,
): AsyncIterable<TailCursor> {
  const { io, clock, globs, maxRecordBytes, startAt = "oldest", waitMs = WAIT_MS } = follow;
  const readers = new Map<string, RecordReader>();
  const chunks = io.tail(globs, cursor, { startAt, maxLineBytes: maxRecordBytes });
  let since: number | undefined;
  let last: TailCursor | undefined;
  for await (const chunk of withIdle(chunks, () => since !== undefined, clock)) {
    if (chunk !== undefined) {
      last = chunk.cursor;
      await take(follow, readers, chunk);
    }
    if (![...readers.values()].some(({ isWaiting }) => isWaiting)) since = undefined;
    else {
      since ??= clock.now();
      if (clock.now() - since < waitMs) continue;
      for (const reader of readers.values()) reader.end();
      since = undefined;
    }
    if (last !== undefined) yield last;
  }
  for (const reader of readers.values()) reader.end();
  yield last ?? cursor;
}

async function take(
  follow: FollowRecords,
  readers: Map<string, RecordReader>,
  chunk: TailChunk,
): Promise<void> {
  const known = readers.get(chunk.fileId);
  const reader = known ?? follow.open(chunk.file);
  // The head is read through the same buffer.
  const text = decodeText(chunk.bytes);
  if (known === undefined) {
    if (readers.size >= MAX_FILES) forgetOldest(readers);
    readers.set(chunk.fileId, reader);
    if (chunk.offset > 0) {
      const head = await headOf(follow, chunk);
      if (head !== undefined) reader.learn(head);
    }
  }
  if (chunk.cut === undefined) reader.read(text);
  else reader.cut(text);
}

/** The first lines of a chunk's file; undefined if it takes too long, as one does that is gone. */
async function headOf({ io, clock }: FollowRecords, chunk: TailChunk): Promise<string | undefined> {
  const chunks = io.tail([chunk.file], {}, { startAt: "oldest" })[Symbol.asyncIterator]();
  const next = chunks.next();
  let first: IteratorResult<TailChunk> | undefined;
  for (let k = 0; k < HEAD_WAITS && first === undefined; k++) {
    first = await Promise.race([next, clock.sleep(HEAD_WAIT_MS).then(() => undefined)]);
  }
  void chunks.return?.();
  if (first?.done !== false || first.value.fileId !== chunk.fileId) return undefined;
  return decodeText(first.value.bytes);
}

/** Forgets the file opened first of those that wait for nothing. */
function forgetOldest(readers: Map<string, RecordReader>): void {
  for (const [id, { isWaiting }] of readers) {
    if (isWaiting) continue;
    readers.delete(id);
    return;
  }
}

/** What `source` gives, and undefined now and then while `isWaiting` and nothing comes. */
async function* withIdle<T>(
  source: AsyncIterable<T>,
  isWaiting: () => boolean,
  { sleep }: FollowRecords["clock"],
): AsyncIterable<T | undefined> {
  const items = source[Symbol.asyncIterator]();
  let asleep: Promise<undefined> | undefined;
  let next = items.next();
  try {
    for (;;) {
      if (isWaiting()) asleep ??= sleep(LOOK_MS).then(() => asleep = undefined);
      const result = await (asleep === undefined ? next : Promise.race([next, asleep]));
      if (result?.done === true) return;
      if (result === undefined && !isWaiting()) continue;
      yield result?.value;
      if (result !== undefined) next = items.next();
    }
  } finally {
    void items.return?.();
  }
}
