/**
 * The files that are read once they have settled: which there are, and how far each was read.
 *
 * A file that changes after that is read again from its beginning, as one of a new generation.
 *
 * @module
 */
import { Followed } from "./followed.ts";
import type { TailCursor } from "./io.ts";
import type { Matched } from "./match_files.ts";
import { byOrder, decodeCursor, encodeCursor, type Looked, type Resume } from "./tail_cursor.ts";

/** Files that are known by their id, whatever path they have. */
export class KnownFiles {
  readonly #files = new Map<string, Followed>();
  /** What the cursor says, until every file of the first look has asked. */
  #resume: Resume | undefined;
  #looked: Looked = { since: -Infinity, born: Infinity };
  /** Files of the last look of which it is not known whether they were read. */
  unknown = 0;

  readonly #resumesInside: boolean;

  /** `resumesInside`: a file that was read in part is read on, not again. */
  constructor(from: TailCursor, resumesInside: boolean) {
    this.#resume = decodeCursor(from);
    this.#resumesInside = resumesInside;
  }

  get cursor(): TailCursor {
    return encodeCursor([...this.#files.values()], this.#looked);
  }

  /** The files that are not read as they are now. */
  changed(matched: readonly Matched[], at: Looked): readonly Followed[] {
    this.#looked = at;
    this.unknown = 0;
    const ids = new Set(matched.map((now) => now.id));
    for (const id of this.#files.keys()) if (!ids.has(id)) this.#files.delete(id);
    for (const now of matched) {
      const file = this.#files.get(now.id);
      if (file === undefined) this.#files.set(now.id, this.#resumed(new Followed(now)));
      else if (file.size !== now.size || file.mtime !== now.mtime) restart(file, now);
      else file.changed = now.changed;
    }
    this.#resume = undefined;
    return [...this.#files.values()].filter((file) => file.hasUnread).toSorted(byOrder);
  }

  #resumed(file: Followed): Followed {
    const resume = this.#resume;
    const [listed] = resume?.take(file.id) ?? [];
    if (listed !== undefined) {
      const isInside = this.#resumesInside && listed.offset < file.size;
      if (isInside || listed.offset === file.size) file.resumeAt(listed);
      else file.generation = listed.generation + Number(listed.offset > 0);
      return file;
    }
    // What was written is read again in any case.
    const standing = resume?.standing(file) ?? "unread";
    if (standing === "read" || standing === "moved") file.moveTo(file.size);
    if (standing === "moved" && file.size > 0) this.unknown++;
    return file;
  }
}

/** What there is to tell of files that may have been read or not. */
export function unknownFiles({ unknown }: KnownFiles): string {
  return `${unknown} files beyond those in the cursor were moved, taken as read`;
}

function restart(file: Followed, now: Matched): void {
  if (file.offset > 0) file.generation++;
  file.moveTo(0);
  file.denied = false;
  const { path, size, mtime, order, changed } = now;
  Object.assign(file, { path, size, mtime, order, changed });
}
