/**
 * Lines that wait for others: a cursor that goes on after what is done and keeps what is not.
 *
 * An event of many lines may be cut by the end of a chunk, and events may be interleaved. A tail's
 * cursor knows whole chunks only. So the cursor here is that of the oldest chunk that a waiting line
 * is in, with the number of lines read since then; on resuming those are given again, marked.
 *
 * @module
 */
import type { Json } from "../table.ts";
import type { TailChunk, TailCursor } from "./io.ts";

/** Where to go on: after `skip` lines of each file from `tail` on. */
export type HeldCursor = {
  readonly tail: TailCursor;
  /** By file id: lines from `tail` on that are done. */
  readonly skip?: { readonly [fileId: string]: number };
  /** Events of the skipped lines that are not done. */
  readonly open?: readonly string[];
};

/** Where a line stands among all that were read. */
export interface Place {
  readonly chunk: number;
  readonly line: number;
}

/** One line; `bytes` is without its line end, valid until the next chunk. */
export interface HeldLine {
  readonly bytes: Uint8Array;
  readonly place: Place;
  /** It was read before the cursor that was resumed from: done unless its event is open. */
  readonly isRepeated: boolean;
}

/** A chunk that waiting lines may be in. */
interface Mark {
  /** Where a tail gives it again. */
  readonly before: TailCursor;
  readonly fileId: string;
  readonly chunk: number;
  readonly lines: number;
}

/** A source's whole cursor may have 4 KiB, the tail's part 3. */
const MOST_EXTRA = 900;
const LF = 10;
const CR = 13;

/** Counts lines for one run of a source. */
export class HeldLines {
  /** Where the tail begins. */
  readonly start: TailCursor;
  #last: TailCursor;
  #marks: Mark[] = [];
  #chunk = 0;
  #skip: Map<string, number>;
  #open: ReadonlySet<string>;

  /** @throws {TypeError} If `cursor` is no {@link HeldCursor}. */
  constructor(cursor: Json) {
    const { tail, skip, open } = parse(cursor);
    this.start = tail;
    this.#last = tail;
    this.#skip = new Map(Object.entries(skip ?? {}));
    this.#open = new Set(open);
  }

  /** Whether the cursor that was resumed from left the event `key` open. */
  wasOpen(key: string): boolean {
    return this.#open.has(key);
  }

  /** The lines of `chunk`, which is the next one of the tail. */
  *lines({ bytes, fileId, cursor }: TailChunk): Iterable<HeldLine> {
    const chunk = this.#chunk++;
    let repeated = this.#skip.get(fileId) ?? 0;
    let line = 0;
    for (let at = 0; at < bytes.length; line++) {
      const feed = bytes.indexOf(LF, at);
      const end = feed < 0 ? bytes.length : feed;
      const text = bytes.subarray(at, end > at && bytes[end - 1] === CR ? end - 1 : end);
      yield { bytes: text, place: { chunk, line }, isRepeated: repeated > 0 };
      if (repeated > 0) repeated--;
      at = end + 1;
    }
    if (repeated === 0) this.#skip.delete(fileId);
    else this.#skip.set(fileId, repeated);
    if (line > 0) this.#marks.push({ before: this.#last, fileId, chunk, lines: line });
    this.#last = cursor;
  }

  /**
   * The cursor when the lines from each of `waiting` on are not done: one place a file. With `open`
   * all lines are done but those of these events, the oldest of which begins at one of `waiting`.
   * Undefined if that is too much for a cursor: something must be given up first.
   */
  cursor(waiting: readonly Place[], open?: readonly string[]): HeldCursor | undefined {
    const first = Math.min(...waiting.map((place) => place.chunk));
    this.#marks = this.#marks.filter(({ chunk }) => chunk >= first);
    const skip = new Map(this.#skip);
    for (const mark of this.#marks) {
      const done = open === undefined ? doneLines(mark, this.#marks, waiting) : mark.lines;
      skip.set(mark.fileId, (skip.get(mark.fileId) ?? 0) + done);
    }
    const stillOpen = this.#skip.size === 0 ? open ?? [] : [...open ?? [], ...this.#open];
    const cursor: HeldCursor = {
      tail: this.#marks[0]?.before ?? this.#last,
      ...(skip.size > 0 && { skip: Object.fromEntries(skip) }),
      ...(stillOpen.length > 0 && { open: [...new Set(stillOpen)] }),
    };
    const { tail: _, ...extra } = cursor;
    return JSON.stringify(extra).length > MOST_EXTRA ? undefined : cursor;
  }
}

/** How many lines of `mark` are done where those from `waiting` on are not. */
function doneLines(mark: Mark, marks: readonly Mark[], waiting: readonly Place[]): number {
  for (const { chunk, line } of waiting) {
    const isOfFile = marks.some((other) => other.chunk === chunk && other.fileId === mark.fileId);
    if (!isOfFile) continue;
    if (mark.chunk === chunk) return line;
    if (mark.chunk > chunk) return 0;
  }
  return mark.lines;
}

function parse(cursor: Json): HeldCursor {
  if (!isObject(cursor)) return refuse();
  const { tail = {}, skip = {}, open = [] } = cursor;
  if (!isObject(tail) || !isObject(skip) || !Array.isArray(open)) return refuse();
  const counts: Record<string, number> = {};
  for (const [fileId, count] of Object.entries(skip)) {
    if (typeof count !== "number") return refuse();
    counts[fileId] = count;
  }
  return { tail, skip: counts, open: open.filter((key) => typeof key === "string") };
}

function isObject(value: Json): value is { readonly [key: string]: Json } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function refuse(): never {
  throw new TypeError("Cannot resume: the cursor is not {tail, skip?: lines by file, open?: keys}");
}
