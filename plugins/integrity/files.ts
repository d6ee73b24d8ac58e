/**
 * Watched files: looks at some of them each time, so that no look takes long.
 *
 * @module
 */
import { matchesGlob } from "node:path";
import type { FileStat } from "../../sdk/read/io.ts";
import type { Baseline, KnownFile } from "./baseline.ts";
import { expand } from "./expand.ts";
import type { FileRow } from "./table.ts";
import type { Watched } from "./watch.ts";
import type { HostIo } from "./rooted.ts";

/** What one look may cost. */
export interface Budget {
  readonly files: number;
  readonly bytes: number;
}

/** Files that changed so shortly before they were hashed are hashed once more. */
const YOUNG_MS = 2_000;

export interface FileScanOptions {
  readonly io: HostIo;
  readonly watched: readonly Watched[];
  readonly budget: Budget;
  /** Larger files are not hashed. */
  readonly maxFileBytes: number;
  /** More are not watched. */
  readonly maxFiles: number;
}

/** What a look needs besides. */
export interface Look {
  readonly baseline: Baseline;
  readonly now: number;
  /** The name of a user, where the host knows it. */
  readonly userName: (uid: number) => string | undefined;
  readonly emit: (row: FileRow) => void;
}

/** Goes over all watched files, again and again, in pieces. */
export class FileScan {
  readonly #options: FileScanOptions;
  /** Of the pass that is under way: what is left, with its kind. */
  #left: [string, string | undefined][] = [];
  /** Everything is hashed again, whatever its times say. */
  #isThorough = false;
  /** Of the look that is under way. */
  #hashedBytes = 0;
  /** Files that were left out of this pass: there were too many. */
  tooMany = 0;

  constructor(options: FileScanOptions) {
    this.#options = options;
  }

  get isUnderWay(): boolean {
    return this.#left.length > 0;
  }

  /** Begins a pass: over what is there now, and what was. */
  begin(baseline: Baseline, isThorough: boolean): void {
    const { io, watched, maxFiles } = this.#options;
    const paths = new Map<string, string | undefined>();
    this.tooMany = 0;
    for (const { glob, kind } of watched) {
      for (const path of expand(io, glob)) {
        if (paths.has(path)) continue;
        if (paths.size < maxFiles) paths.set(path, kind);
        else this.tooMany++;
      }
    }
    for (const path of baseline.files.keys()) {
      if (paths.has(path)) continue;
      paths.set(path, watched.find(({ glob }) => matchesGlob(path, glob))?.kind);
    }
    this.#left = [...paths].toReversed();
    this.#isThorough = isThorough;
  }

  /** Looks at the next files; gives whether the baseline is another one now. */
  async goOn(look: Look): Promise<boolean> {
    const { budget } = this.#options;
    let hasChanged = false;
    this.#hashedBytes = 0;
    for (let files = 0; files < budget.files && this.#hashedBytes < budget.bytes; files++) {
      const next = this.#left.pop();
      if (next === undefined) break;
      const [path, kind] = next;
      const before = look.baseline.files.get(path);
      const now = await this.#lookAt(path, before, look.now);
      if (now === "changing") continue;
      hasChanged = this.#compare({ path, kind, before, now }, look) || hasChanged;
    }
    return hasChanged;
  }

  /** As it is now; undefined if it is gone. A file that changes while it is hashed waits. */
  async #lookAt(
    path: string,
    before: KnownFile | undefined,
    time: number,
  ): Promise<KnownFile | undefined | "changing"> {
    const { io, maxFileBytes } = this.#options;
    const stat = io.stat(path);
    if (stat === undefined || stat.kind === "folder") return undefined;
    const now = knownOf(stat, stat.kind);
    if (now.kind !== "file" || now.size > maxFileBytes) return now;
    const isSame = before !== undefined && !this.#isThorough && hasSameTimes(before, now);
    if (isSame) return before.sha256 === undefined ? now : { ...now, sha256: before.sha256 };
    this.#hashedBytes += now.size;
    const sha256 = await io.digest(path, maxFileBytes);
    const after = io.stat(path);
    if (after === undefined || !hasSameTimes(knownOf(after, now.kind), now)) return "changing";
    if (sha256 === undefined) return now;
    // What is written in the same tick of the file system's clock leaves the same times.
    return { ...now, sha256, ...(now.ctimeMs > time - YOUNG_MS && { ctimeMs: 0 }) };
  }

  #compare(seen: Seen, { baseline, now: time, userName, emit }: Look): boolean {
    const { path, kind, before, now } = seen;
    if (now === undefined) {
      if (before === undefined) return false;
      baseline.files.delete(path);
      emit(rowOf("FileDeleted", seen, { time, userName, kind }));
      return true;
    }
    const changed = before === undefined ? [] : differences(before, now);
    const isTouched = before !== undefined && !hasSameTimes(before, now);
    if (before !== undefined && changed.length === 0 && !isTouched) return false;
    baseline.files.set(path, now);
    // The first pass only takes note.
    if (before === undefined && baseline.filesDone) {
      emit(rowOf("FileCreated", seen, { time, userName, kind }));
    } else if (changed.length > 0) {
      const hasContent = changed.some((one) => ["content", "kind", "link", "size"].includes(one));
      const type = hasContent ? "FileModified" : "FileAttributesModified";
      emit({ ...rowOf(type, seen, { time, userName, kind }), Changed: changed.join(",") });
    }
    return true;
  }
}

interface Seen {
  readonly path: string;
  readonly kind: string | undefined;
  readonly before: KnownFile | undefined;
  readonly now: KnownFile | undefined;
}

function knownOf(
  { size, mtimeMs, ctimeMs, uid, gid, mode, target }: FileStat,
  kind: KnownFile["kind"] | "folder",
): KnownFile {
  return {
    kind: kind === "folder" ? "other" : kind,
    ...{ size, mtimeMs, ctimeMs, uid, gid, mode },
    ...(target !== undefined && { link: target }),
  };
}

function hasSameTimes(a: KnownFile, b: KnownFile): boolean {
  return a.kind === b.kind && a.size === b.size && a.mtimeMs === b.mtimeMs &&
    a.ctimeMs === b.ctimeMs;
}

function differences(before: KnownFile, now: KnownFile): readonly string[] {
  const isHashed = before.sha256 !== undefined && now.sha256 !== undefined;
  // Without a hash, what was written tells.
  const isWritten = !isHashed && now.kind === "file" && before.mtimeMs !== now.mtimeMs;
  return [
    ...(before.kind !== now.kind ? ["kind"] : []),
    ...((isHashed && before.sha256 !== now.sha256) || isWritten ? ["content"] : []),
    ...(before.size !== now.size && now.kind === "file" ? ["size"] : []),
    ...(before.link !== now.link ? ["link"] : []),
    ...(before.mode !== now.mode ? ["mode"] : []),
    ...(before.uid !== now.uid ? ["owner"] : []),
    ...(before.gid !== now.gid ? ["group"] : []),
  ];
}

function rowOf(
  type: string,
  { path, before, now }: Seen,
  { time, userName, kind }: {
    readonly time: number;
    readonly userName: Look["userName"];
    readonly kind: string | undefined;
  },
): FileRow {
  return {
    TimeGenerated: time,
    EventType: type,
    TargetFilePath: path,
    PersistenceKind: kind,
    ...(now && {
      TargetFileKind: now.kind,
      TargetFileSHA256: now.sha256,
      TargetFileSize: now.size,
      TargetFileMode: octal(now.mode),
      TargetFileOwner: userName(now.uid),
      TargetFileOwnerId: now.uid,
      TargetFileGroupId: now.gid,
      TargetFileModifiedTime: now.mtimeMs,
      TargetFileLink: now.link,
    }),
    ...(before && {
      PreviousFileKind: before.kind,
      PreviousFileSHA256: before.sha256,
      PreviousFileSize: before.size,
      PreviousFileMode: octal(before.mode),
      PreviousFileOwner: userName(before.uid),
      PreviousFileOwnerId: before.uid,
      PreviousFileGroupId: before.gid,
      PreviousFileModifiedTime: before.mtimeMs,
      PreviousFileLink: before.link,
    }),
  };
}

function octal(mode: number): string {
  return mode.toString(8).padStart(4, "0");
}
