/**
 * The few file operations that durable parts (spool, ledger, keys) are built on, as an argument.
 *
 * Whatever these parts promise after a crash rests on this list alone, so that a test can fail
 * each call and crash between any two of them (`sdk/testkit/faulty_files.ts`).
 *
 * @module
 */
import { dirname } from "node:path";

/** An open file. Its errors are {@link FilesError}s. */
export interface OpenFile {
  readonly path: string;
  /** Length now, in bytes. */
  size(): number;
  /**
   * Writes at `offset` and gives the number of bytes written, which may be fewer than asked: on a
   * full disk the platforms write what fits and say nothing. Use {@link writeAll}.
   */
  write(bytes: Uint8Array, offset: number): number;
  /** Reads into `into` from `offset`; 0 at the end. May read fewer bytes than asked. */
  read(into: Uint8Array, offset: number): Promise<number>;
  /** As `read`, on the caller's time: for a few bytes that are likely in memory anyway. */
  readNow(into: Uint8Array, offset: number): number;
  truncate(bytes: number): void;
  /**
   * fdatasync. Once it failed nobody can tell what is on the disk: never call it again, never
   * trust what a read then shows, start over from what was durable before.
   */
  sync(): Promise<void>;
  close(): void;
}

/** `read`: must exist. `create`: must not exist. `write`: either. New files have mode 0600. */
export type OpenHow = "read" | "create" | "write";

export interface Files {
  open(path: string, how: OpenHow): OpenFile;
  /** Names in a folder, sorted; empty where there is none. */
  list(folder: string): readonly string[];
  /** Makes a folder and those above it, mode 0700; no error if it is there. */
  makeFolder(folder: string): void;
  remove(path: string): void;
  /** Replaces `to` where it exists. */
  rename(from: string, to: string): void;
  /** Makes creations, renames and removals in `folder` durable. */
  syncFolder(folder: string): Promise<void>;
  /** Bytes that may still be written to the disk that holds `folder`. */
  freeBytes(folder: string): number;
  /** Bytes of that disk, used or not; absent where nobody can tell. */
  totalBytes?(folder: string): number;
  /**
   * Takes the lock file `path`, or throws `in-use` while another live process (or this one) has
   * it. Gives the release.
   */
  lock(path: string): () => void;
}

/** Why a file operation failed. `full`: no room; `in-use`: somebody holds the lock. */
export class FilesError extends Error {
  override readonly name = "FilesError";
  readonly code: "missing" | "exists" | "denied" | "full" | "in-use" | "failed";
  readonly path: string;

  constructor(
    code: FilesError["code"],
    message: string,
    facts: { readonly path: string; readonly cause?: unknown },
  ) {
    super(message, { cause: facts.cause });
    this.code = code;
    this.path = facts.path;
  }
}

/** Whether a file operation has failed for want of room alone. */
export function isFull(error: unknown): error is FilesError {
  return error instanceof FilesError && error.code === "full";
}

/**
 * Writes all of `bytes` at `offset`, however many calls it takes.
 *
 * @throws {FilesError} `full` when a write no longer moves; some bytes may have been written.
 */
export function writeAll(file: OpenFile, bytes: Uint8Array, offset: number): void {
  let done = 0;
  while (done < bytes.length) {
    const n = file.write(done === 0 ? bytes : bytes.subarray(done), offset + done);
    if (n <= 0) {
      throw new FilesError("full", `Cannot write ${file.path}: no room on the disk`, file);
    }
    done += n;
  }
}

/** Fills `into` from `offset` as far as the file goes; gives the number of bytes read. */
export async function readFull(file: OpenFile, into: Uint8Array, offset: number): Promise<number> {
  let done = 0;
  while (done < into.length) {
    const n = await file.read(done === 0 ? into : into.subarray(done), offset + done);
    if (n === 0) break;
    done += n;
  }
  return done;
}

/** A whole small file, or undefined where there is none. */
export async function readWhole(files: Files, path: string): Promise<Uint8Array | undefined> {
  let file: OpenFile;
  try {
    file = files.open(path, "read");
  } catch (error) {
    if (error instanceof FilesError && error.code === "missing") return undefined;
    throw error;
  }
  try {
    const bytes = new Uint8Array(file.size());
    return bytes.subarray(0, await readFull(file, bytes, 0));
  } finally {
    file.close();
  }
}

/** Puts `bytes` at `path` so that a crash leaves the old file or the new one, whole and durable. */
export async function replaceFile(files: Files, path: string, bytes: Uint8Array): Promise<void> {
  const draft = `${path}.draft`;
  const file = files.open(draft, "write");
  try {
    file.truncate(0);
    writeAll(file, bytes, 0);
    await file.sync();
  } finally {
    file.close();
  }
  files.rename(draft, path);
  await files.syncFolder(dirname(path));
}
