/**
 * The cursor of a tail: at most 3 KiB of JSON, however many files matched.
 *
 * As long as they fit (some 170 files in full, 300 with short ids and checks) all files of which
 * something was read are listed, and resuming is exact. With more files those are listed that
 * changed last, and the others are known by rule: of files that have not changed since `s`, those up
 * to the watermark (`w`, ms since the epoch when it last changed, and `i`, its id) are wholly read
 * and those after it are unread; a file born after `n` is new. That holds of those in `k`, too, if
 * only their names have changed since: some 850 ids, above all of files that were renamed before, as
 * rotation does with all of them each time. What is left is unknown (a file that is in neither list
 * and was renamed or moved in, or that was written to, while nobody looked): it is neither read
 * again nor skipped in silence, but reported.
 *
 * @module
 */
import {
  bitsOf,
  type Entry,
  ID_LIST_BITS,
  idBitsOf,
  type Level,
  LEVELS,
  LIST_BITS,
  MAX_BITS,
  packEntries,
  packIds,
  shortId,
  unpackEntries,
  unpackIds,
} from "./cursor_entries.ts";
import type { TailCursor } from "./io.ts";

/** What a cursor must know of a file. */
export interface Progress {
  readonly id: string;
  readonly generation: number;
  /** The later of birth and last write, ms since the epoch: files are read in this order. */
  readonly order: number;
  /** The later of `order` and any other change, such as a new name. */
  readonly changed: number;
  readonly offset: number;
  /** There are no whole lines after `offset`, as far as is known. */
  readonly isRead: boolean;
  /** Changed of late, or not read to its end. */
  readonly live: boolean;
  /** What the bytes before `offset` are known by. */
  check(): string;
}

/** Files up to this one, in the order of {@link byOrder}. */
export interface Watermark {
  readonly order: number;
  readonly id: string;
}

/** When the files were last looked at, ms since the epoch. */
export interface Looked {
  /** What has changed since then changed no earlier. */
  readonly since: number;
  /** What was seen then was born no later. */
  readonly born: number;
  /** Compressed files that were made later, or hold what was written later, may be unread. */
  readonly packed?: number;
}

/** What a cursor says of a file that it does not list. */
export type Standing =
  | "read"
  | "unread"
  /** It was written to meanwhile: how far it was read is unknown. */
  | "written"
  /** It has a new name, or another change that is none of its content; or it was moved in. */
  | "moved";

/** A cursor, ready to be asked file by file. */
export interface Resume {
  /** Nothing was ever read. */
  readonly isFirst: boolean;
  /** See {@link Looked}; undefined if it is not known. */
  readonly packedSince: number | undefined;
  /** Takes what is listed of a file: newest generation first, empty if nothing is. */
  take(id: string): readonly Entry[];
  /** Whether anything is listed of a file that was not taken yet. */
  has(id: string): boolean;
  /** What was not taken yet, by file. */
  left(): readonly (readonly Entry[])[];
  standing(file: Watermark & { readonly changed: number; readonly birth: number }): Standing;
}

/** A file may be written to so long after it was looked at and still bear an earlier time. */
const CLOCK_STEP_MS = 1_000;
/**
 * A file is expected to change its name alone if nobody has written to it for so long: the less
 * where it was renamed since, for then it is no file that is written to now and then.
 */
const STILL_MS = 3_600_000;
const RENAMED_STILL_MS = 60_000;
/** Before every file: as long ago as a Date can be. */
const NOTHING: Watermark = { order: -8.64e15, id: "" };

/** Least recently changed first; files of the same millisecond by id. */
export function byOrder(a: Watermark, b: Watermark): number {
  return a.order - b.order || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);
}

/** What may be said of `files`, looked at from `from` to `to`. */
export function looked(
  files: readonly { readonly changed: number; readonly birth: number }[],
  { from, to }: { readonly from: number; readonly to: number },
): Looked {
  let newest = -Infinity;
  let born = to;
  for (const file of files) {
    newest = Math.max(newest, file.changed);
    born = Math.max(born, file.birth);
  }
  return { since: Math.min(newest + 1, from - CLOCK_STEP_MS), born };
}

/** Encodes where the reading of `files` stands. */
export function encodeCursor(files: readonly Progress[], at: Looked): TailCursor {
  const begun = files.filter((file) => file.offset > 0);
  const level = LEVELS.find((one) =>
    isRoomFor(begun, one) && keepsChecks(begun, one) && tellsApart(files, one)
  );
  const packed = at.packed === undefined ? {} : { p: Math.floor(at.packed) };
  if (level !== undefined) return { f: packEntries(begun.map(entryOf), level), ...packed };
  const least = LEVELS.findLast((one) => tellsApart(files, one)) ?? LEVELS[0]!;
  return { ...encodeCrowd(files, least, at), ...packed };
}

/**
 * Reads what {@link encodeCursor} wrote; `{}` is "nothing read yet".
 *
 * @throws {TypeError} If it is no such cursor.
 */
export function decodeCursor(cursor: TailCursor): Resume {
  const { w, i = "", s = 0, n = 0, f = "", k = "", p } = cursor;
  const packed = typeof f === "string" && f !== ""
    ? unpackEntries(f)
    : { level: LEVELS[0]!, entries: [] };
  const hasMark = typeof w === "number";
  if (!(hasMark || w === undefined) || typeof i !== "string" || packed === undefined) {
    return refuse();
  }
  if (typeof s !== "number" || typeof n !== "number" || typeof f !== "string") return refuse();
  if (typeof p !== "number" && p !== undefined) return refuse();
  const { level, entries } = packed;
  const known = typeof k === "string" ? unpackIds(k, level) : undefined;
  if (known === undefined) return refuse();
  const listed = Map.groupBy(
    entries.toSorted((a, b) => b.generation - a.generation),
    ({ id }) => id,
  );
  const mark: Watermark | undefined = hasMark ? { order: w, id: i } : undefined;
  return {
    isFirst: Object.keys(cursor).length === 0,
    packedSince: p,
    take(id) {
      const found = listed.get(shortId(id, level)) ?? [];
      listed.delete(shortId(id, level));
      return found.map((entry) => ({ ...entry, id }));
    },
    has: (id) => listed.has(shortId(id, level)),
    left: () => [...listed.values()],
    standing(file) {
      if (mark === undefined) return "unread";
      const isRenamed = file.order < s && known.has(shortId(file.id, level));
      if (file.changed < s || isRenamed) return byOrder(file, mark) <= 0 ? "read" : "unread";
      if (file.birth > n) return "unread";
      return file.order < s ? "moved" : "written";
    },
  };
}

function refuse(): never {
  throw new TypeError(
    "Cannot resume tail: its cursor is not {f?: packed files, w?: ms, i?: id, s?: ms, n?: ms, " +
      "k?: packed ids, p?: ms}",
  );
}

/** With too many files to list: first those that no rule covers, then those that changed last. */
function encodeCrowd(files: readonly Progress[], level: Level, at: Looked): TailCursor {
  const mark = watermark(files);
  const sorted = files.map((file) => ({ file, isException: !isCovered(file, mark) })).toSorted(
    (a, b) => Number(b.isException) - Number(a.isException) || b.file.changed - a.file.changed,
  );
  const listed: Entry[] = [];
  const known: string[] = [];
  let bits = LIST_BITS + ID_LIST_BITS;
  let since = at.since;
  for (const { file, isException } of sorted) {
    const isKnown = !isException && isStill(file, at);
    bits += isKnown ? idBitsOf(level) : bitsOf(file, level);
    if (bits <= MAX_BITS && isKnown) known.push(file.id);
    else if (bits <= MAX_BITS) listed.push(entryOf(file));
    else if (isException) since = Math.min(since, file.changed);
    else break;
  }
  const lists = { f: packEntries(listed, level), k: packIds(known, level) };
  return { w: mark.order, i: mark.id, s: since, n: at.born, ...lists };
}

/** Whether nobody is expected to write to it any more. */
function isStill({ order, changed }: Progress, { born: now }: Looked): boolean {
  return order < now - STILL_MS || (changed > order && order < now - RENAMED_STILL_MS);
}

/** The watermark with the fewest exceptions. */
function watermark(files: readonly Progress[]): Watermark {
  let exceptions = 0;
  let fewest = 0;
  let best = NOTHING;
  for (const file of files.toSorted(byOrder)) {
    if (file.offset > 0 && file.isRead) exceptions--;
    else if (file.offset === 0 && !file.isRead) exceptions++;
    if (exceptions >= fewest) continue;
    fewest = exceptions;
    best = { order: file.order, id: file.id };
  }
  return best;
}

function isCovered(file: Progress, mark: Watermark): boolean {
  if (file.isRead && file.offset === 0) return true;
  return byOrder(file, mark) <= 0 ? file.isRead : file.offset === 0;
}

function tellsApart(files: readonly Progress[], level: Level): boolean {
  if (level === LEVELS[0]) return true;
  const ids = new Set(files.map((file) => file.id));
  return new Set([...ids].map((id) => shortId(id, level))).size === ids.size;
}

/** A check that came from a short list cannot be made longer. */
function keepsChecks(files: readonly Progress[], level: Level): boolean {
  return files.every((file) => {
    const { length } = file.check();
    return length === 0 || length >= level.check;
  });
}

function isRoomFor(files: readonly Progress[], level: Level): boolean {
  let bits = LIST_BITS;
  return files.every((file) => (bits += bitsOf(file, level)) <= MAX_BITS);
}

function entryOf(file: Progress): Entry {
  const { id, generation, offset, live } = file;
  return { id, generation, offset, live, check: file.check() };
}
