/**
 * The cursor of a tail: at most 3 KiB of JSON, however many files matched.
 *
 * Up to {@link MAX_LISTED} files are listed exactly, as `ID[~GENERATION]:OFFSET[+]:CHECK` (offset in
 * base 36, `+` for a file from which more was to come). With more files, those up to the watermark
 * (`w`, ms since the epoch when it last changed, and `i`, its id) are wholly read unless listed, and
 * those after it are unread unless listed. What changes is read in this order.
 *
 * So two things are not exact beyond that number: a file that is not listed and grows while nobody
 * looks is read again from its start, and one that is moved in meanwhile, with a birth and a change
 * before the watermark, is taken for read.
 *
 * @module
 */
import type { TailCursor } from "./io.ts";

/** What a cursor must know of a file. */
export interface Progress {
  readonly id: string;
  readonly generation: number;
  /** When it last changed, ms since the epoch. */
  readonly order: number;
  readonly offset: number;
  /** Its size when last seen. */
  readonly size: number;
  /** Changed of late, or not read to its end. */
  readonly live: boolean;
  /** What the bytes before `offset` are known by. */
  check(): string;
}

/** A listed file. */
export interface Listed {
  readonly id: string;
  readonly generation: number;
  readonly offset: number;
  readonly check: string;
  /** More was to come from it: that it vanished is a loss. */
  readonly live: boolean;
}

/** Files up to this one, in the order of {@link byOrder}. */
export interface Watermark {
  readonly order: number;
  readonly id: string;
}

export interface Resume {
  readonly watermark: Watermark;
  readonly listed: readonly Listed[];
}

/** 100 entries of at most 30 characters stay under 3 KiB. */
export const MAX_LISTED = 100;

const NOTHING: Watermark = { order: -Infinity, id: "" };

/** Least recently changed first; files of the same millisecond by id. */
export function byOrder(a: Watermark, b: Watermark): number {
  return a.order - b.order || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);
}

/** Encodes where the reading of `files` stands. */
export function encodeCursor(files: readonly Progress[]): TailCursor {
  const begun = files.filter((file) => file.offset > 0);
  if (begun.length <= MAX_LISTED) return { f: begun.map(entryOf).join(" ") };
  const mark = watermark(files);
  const listed = begun
    .filter((file) => isPartial(file) || byOrder(file, mark) > 0)
    .concat(files.filter((file) => isUnread(file) && byOrder(file, mark) <= 0))
    // If there is no room for all, the files that are being read are the ones to keep exact.
    .toSorted((a, b) => Number(isPartial(b)) - Number(isPartial(a)) || b.order - a.order);
  return { w: mark.order, i: mark.id, f: listed.slice(0, MAX_LISTED).map(entryOf).join(" ") };
}

/**
 * Reads what {@link encodeCursor} wrote; `{}` is "nothing read yet".
 *
 * @throws {TypeError} If it is no such cursor.
 */
export function decodeCursor(cursor: TailCursor): Resume {
  const { w = NOTHING.order, i = "", f = "" } = cursor;
  if (typeof w !== "number" || typeof i !== "string" || typeof f !== "string") {
    throw new TypeError(
      "Cannot resume tail: its cursor is not {w?: number, i?: string, f?: string}",
    );
  }
  return { watermark: { order: w, id: i }, listed: f === "" ? [] : f.split(" ").map(listedOf) };
}

/** The lowest one under which few enough files are exceptions. */
function watermark(files: readonly Progress[]): Watermark {
  const sorted = files.toSorted(byOrder);
  let listed = files.filter((file) => file.offset > 0).length;
  let best = { mark: NOTHING, listed };
  for (const file of sorted) {
    if (isUnread(file)) listed++;
    else if (!isPartial(file) && file.offset > 0) listed--;
    if (listed < best.listed) best = { mark: { order: file.order, id: file.id }, listed };
    if (best.listed <= MAX_LISTED) break;
  }
  return best.mark;
}

function isUnread(file: Progress): boolean {
  return file.offset === 0 && file.size > 0;
}

function isPartial(file: Progress): boolean {
  return file.offset > 0 && file.offset < file.size;
}

function entryOf(file: Progress): string {
  const generation = file.generation === 0 ? "" : `~${file.generation.toString(36)}`;
  const more = file.live ? "+" : "";
  return `${file.id}${generation}:${file.offset.toString(36)}${more}:${file.check()}`;
}

function listedOf(entry: string): Listed {
  const parts = /^([\w-]{8})(?:~([0-9a-z]+))?:([0-9a-z]+)(\+?):([\w-]*)$/.exec(entry);
  if (parts === null) throw new TypeError("Cannot resume tail: an entry of its cursor is no file");
  const [, id = "", generation = "0", offset = "0", more = "", check = ""] = parts;
  return {
    id,
    generation: Number.parseInt(generation, 36),
    offset: Number.parseInt(offset, 36),
    check,
    live: more === "+",
  };
}
