/**
 * The real {@link Files}, by `node:fs`: Bun, Deno and Node.
 *
 * @module
 */
import {
  closeSync,
  constants,
  fdatasync,
  fstatSync,
  fsync,
  ftruncateSync,
  mkdirSync,
  openSync,
  read,
  readdirSync,
  readSync,
  renameSync,
  statfsSync,
  unlinkSync,
  writeSync,
} from "node:fs";
import { type Files, FilesError, type OpenFile, type OpenHow } from "./files.ts";
import { lockFile } from "./lock.ts";
import { troubleOf } from "./file_trouble.ts";

/** The real ones, by `node:fs`: Bun, Deno and Node. */
export function nodeFiles(): Files {
  return {
    open: (path, how) => openNode(path, how),
    list: (folder) => listNode(folder),
    makeFolder: (folder) =>
      attempt(
        "make folder",
        folder,
        () => void mkdirSync(folder, { recursive: true, mode: 0o700 }),
      ),
    remove: (path) => attempt("remove", path, () => unlinkSync(path)),
    rename: (from, to) => attempt("rename", from, () => renameSync(from, to)),
    syncFolder: (folder) => syncFolderNode(folder),
    freeBytes: (folder) =>
      attempt("ask free space of", folder, () => {
        const disk = statfsSync(folder);
        return disk.bavail * disk.bsize;
      }),
    totalBytes: (folder) =>
      attempt("ask size of disk of", folder, () => {
        const disk = statfsSync(folder);
        return disk.blocks * disk.bsize;
      }),
    lock: (path) => attempt("lock", path, () => lockFile(path)),
  };
}

const FLAGS: Readonly<Record<OpenHow, number>> = {
  read: constants.O_RDONLY,
  create: constants.O_RDWR | constants.O_CREAT | constants.O_EXCL,
  write: constants.O_RDWR | constants.O_CREAT,
};

function openNode(path: string, how: OpenHow): OpenFile {
  const fd = attempt("open", path, () => openSync(path, FLAGS[how], 0o600));
  return {
    path,
    size: () => attempt("read the size of", path, () => fstatSync(fd).size),
    write: (bytes, offset) =>
      attempt("write", path, () => writeSync(fd, bytes, 0, bytes.length, offset)),
    read: (into, offset) =>
      promised("read", path, (done) => read(fd, into, 0, into.length, offset, done)),
    readNow: (into, offset) =>
      attempt("read", path, () => readSync(fd, into, 0, into.length, offset)),
    truncate: (bytes) => attempt("truncate", path, () => ftruncateSync(fd, bytes)),
    // The callback form runs on the platform's thread pool: the event loop goes on meanwhile.
    sync: () => promised<void>("sync", path, (done) => fdatasync(fd, (error) => done(error))),
    close: () => closeSync(fd),
  };
}

function listNode(folder: string): readonly string[] {
  try {
    return attempt("list", folder, () => readdirSync(folder)).toSorted();
  } catch (error) {
    if (error instanceof FilesError && error.code === "missing") return [];
    throw error;
  }
}

async function syncFolderNode(folder: string): Promise<void> {
  // Windows has no such call: there a rename or creation is durable with the file's own sync.
  if (process.platform === "win32") return;
  const fd = attempt("open", folder, () => openSync(folder, constants.O_RDONLY));
  try {
    await promised<void>("sync", folder, (done) => fsync(fd, (error) => done(error)));
  } finally {
    closeSync(fd);
  }
}

function attempt<T>(what: string, path: string, run: () => T): T {
  try {
    return run();
  } catch (error) {
    throw error instanceof FilesError ? error : filesError(what, path, error);
  }
}

function promised<T>(
  what: string,
  path: string,
  run: (done: (error: unknown, value?: T) => void) => void,
): Promise<T> {
  return new Promise((resolve, reject) => {
    run((error, value) => {
      if (error) reject(filesError(what, path, error));
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- without an error there is one
      else resolve(value as T);
    });
  });
}

const CODES: Readonly<Record<string, FilesError["code"]>> = {
  ENOENT: "missing",
  EEXIST: "exists",
  EACCES: "denied",
  EPERM: "denied",
  EROFS: "denied",
  ENOSPC: "full",
  EDQUOT: "full",
};

function filesError(what: string, path: string, cause: unknown): FilesError {
  const code = cause instanceof Error && "code" in cause ? String(cause.code) : "unknown";
  const message = `Cannot ${what} ${path}: ${troubleOf(cause)}`;
  return new FilesError(CODES[code] ?? "failed", message, { path, cause });
}
