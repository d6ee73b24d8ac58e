/**
 * Reads files whole, each once it has not changed for a while; again if it changes later.
 *
 * @module
 */
import { closeSync } from "node:fs";
import { contentCheck } from "./file_identity.ts";
import { Followed, openAs } from "./followed.ts";
import type { TailCursor, WholeFile } from "./io.ts";
import { fill } from "./line_reader.ts";
import { type Matched, matchFiles } from "./match_files.ts";
import type { ReadEnvironment } from "./tail.ts";
import {
  byOrder,
  decodeCursor,
  encodeCursor,
  type Looked,
  looked,
  type Resume,
} from "./tail_cursor.ts";

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
  const known = new KnownFiles(from);
  while (!signal.aborted) {
    const from = now();
    const matched = matchFiles(globs);
    const changed = known.changed(matched, looked(matched, { from, to: now() }));
    if (known.unknown > 0) environment.onGap({ reason: "other", detail: unknownFiles(known) });
    for (const file of changed) {
      if (!once && now() - file.mtime < settleMs) continue;
      const bytes = readWhole(file, maxBytes);
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

class KnownFiles {
  readonly #files = new Map<string, Followed>();
  /** What the cursor says, until every file of the first look has asked. */
  #resume: Resume | undefined;
  #looked: Looked = { since: -Infinity, born: Infinity };
  /** Files of the last look of which it is not known whether they were read. */
  unknown = 0;

  constructor(from: TailCursor) {
    this.#resume = decodeCursor(from);
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
      if (listed.offset === file.size) file.resumeAt(listed);
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

function unknownFiles({ unknown }: KnownFiles): string {
  return `${unknown} files beyond those in the cursor were moved, taken as read`;
}

function restart(file: Followed, now: Matched): void {
  if (file.offset > 0) file.generation++;
  file.moveTo(0);
  file.denied = false;
  const { path, size, mtime, order, changed } = now;
  Object.assign(file, { path, size, mtime, order, changed });
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
