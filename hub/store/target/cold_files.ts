/**
 * Cold files as readers need them: on the hub's disk, whole, and there until they are done.
 *
 * A file that is at the target has its place in the store's folder all the same: what is there is a
 * copy, fetched when a query needs it, compared with its seal before it gets its name, and removed
 * again, the one used longest ago first, when the copies are over their bound. What a query reads is
 * pinned and stays. Two queries that need one file wait for one fetch.
 *
 * @module
 */
import { join } from "node:path";
import { type Files, FilesError } from "../../../sdk/runtime/files.ts";
import { indexPath } from "../cold/file_index.ts";
import type { Manifest, StoredFile } from "../manifest.ts";
import { aborted, type ColdTarget, type LocalFile, TargetError } from "./cold_target.ts";
import { removeIfThere } from "./remove_if_there.ts";
import { sizeText } from "./size_text.ts";

/** Absolute paths, in the order of the files; they stay until this is disposed. */
export interface PinnedFiles extends Disposable {
  readonly paths: readonly string[];
}

/** What copies of the target's files are doing. */
export interface CopyCounts {
  /** Bytes of copies on the hub's disk. */
  readonly copyBytes: number;
  /** Since the hub's start. */
  readonly fetchedFiles: number;
  readonly fetchedBytes: number;
  /** Files that were not what the ledger has sealed. */
  readonly tampered: number;
}

export interface ColdFiles {
  /**
   * Fetches what is not there. A snapshot that names `files` must be pinned meanwhile.
   *
   * @throws {TargetError}
   */
  pin(files: readonly StoredFile[], signal: AbortSignal): Promise<PinnedFiles>;
  /** A file is at the target now: what is here is a copy. */
  moved(file: StoredFile): void;
  /** A file is in the store's folder alone, or nowhere any more. */
  forget(path: string): void;
  readonly counts: CopyCounts;
}

export interface ColdFilesOptions {
  readonly manifest: Pick<Manifest, "snapshot">;
  readonly files: Files;
  /** The store's folder. */
  readonly folder: string;
  readonly target: ColdTarget | undefined;
  readonly limits: CopyLimits;
  /** Runs `run` after `ms`; gives what cancels it. */
  readonly after: (ms: number, run: () => void) => () => void;
}

export interface CopyLimits {
  /** Of all copies. */
  readonly cacheBytes: number;
  /** That one pin may fetch. */
  readonly queryBytes: number;
  /** For all of one pin. */
  readonly deadlineMs: number;
  /** That must be free on the disk after a fetch. */
  readonly freeBytes: number;
}

export const COPY_LIMITS: CopyLimits = {
  cacheBytes: 8 * 1024 ** 3,
  queryBytes: 4 * 1024 ** 3,
  deadlineMs: 120_000,
  freeBytes: 1024 ** 3,
};

/** Fetches of one pin at the same time. */
const AT_ONCE = 4;

/** Files of a store without a target: they are where they are. */
export function localFiles(folder: string): Pick<ColdFiles, "pin"> {
  return {
    pin: (files) =>
      Promise.resolve({
        paths: files.map(({ path }) => join(folder, path)),
        [Symbol.dispose]: () => undefined,
      }),
  };
}

/** Finds the copies that are there. */
export function openColdFiles(options: ColdFilesOptions): ColdFiles {
  return new CopiedFiles(options);
}

/** A file of the target. */
interface Copy {
  readonly path: string;
  readonly bytes: number;
  readonly sha256: string | undefined;
  readonly place: string;
  isHere: boolean;
  fetching: Fetching | undefined;
}

interface Fetching {
  readonly ended: Promise<void>;
  readonly stop: AbortController;
  waiting: number;
}

class CopiedFiles implements ColdFiles {
  readonly #options: ColdFilesOptions;
  /** In the order of use: the first is the one to go. */
  readonly #copies = new Map<string, Copy>();
  /** How many readers need a path, whether it is at the target or not: it may get there meanwhile. */
  readonly #pins = new Map<string, number>();
  readonly #waiters = new Set<() => void>();
  #bytes = 0;
  #counts = { fetchedFiles: 0, fetchedBytes: 0, tampered: 0 };

  constructor(options: ColdFilesOptions) {
    this.#options = options;
    const { manifest, files, folder } = options;
    const here = new Set(files.list(join(folder, "cold")).map((name) => `cold/${name}`));
    for (const list of manifest.snapshot.files.values()) {
      for (const file of list) this.#add(file, here.has(file.path));
    }
  }

  get counts(): CopyCounts {
    return { copyBytes: this.#bytes, ...this.#counts };
  }

  async pin(files: readonly StoredFile[], signal: AbortSignal): Promise<PinnedFiles> {
    const { folder } = this.#options;
    // Before anything is waited for: what is here stays.
    for (const { path } of files) this.#pins.set(path, (this.#pins.get(path) ?? 0) + 1);
    const release = once(() => this.#unpin(files));
    try {
      await this.#fetchAll(files, signal);
    } catch (error) {
      release();
      throw error;
    }
    return { paths: files.map(({ path }) => join(folder, path)), [Symbol.dispose]: release };
  }

  moved(file: StoredFile): void {
    this.#add(file, true);
    this.#evict(0);
  }

  forget(path: string): void {
    const copy = this.#copies.get(path);
    if (copy === undefined) return;
    this.#copies.delete(path);
    if (copy.isHere) this.#bytes -= copy.bytes;
  }

  #add({ path, bytes, place, seal }: StoredFile, isHere: boolean): void {
    if (place === undefined) return;
    this.forget(path);
    const copy = { path, bytes, sha256: seal?.hash, place, isHere, fetching: undefined };
    this.#copies.set(path, copy);
    if (isHere) this.#bytes += bytes;
  }

  #unpin(files: readonly StoredFile[]): void {
    for (const { path } of files) {
      const left = this.#pins.get(path)! - 1;
      if (left === 0) this.#pins.delete(path);
      else this.#pins.set(path, left);
    }
    this.#evict(0);
    for (const wake of this.#waiters) wake();
  }

  /** Removes copies that nobody reads, the one used longest ago first, for as long as it is tight. */
  #evictWhile(isTight: () => boolean): void {
    const { files, folder } = this.#options;
    for (const copy of this.#copies.values()) {
      if (!isTight()) return;
      if (!copy.isHere || this.#pins.has(copy.path)) continue;
      removeIfThere(files, join(folder, copy.path));
      copy.isHere = false;
      this.#bytes -= copy.bytes;
    }
  }

  /** Makes room for `bytes` more; false where readers have too much of it. */
  #evict(bytes: number): boolean {
    const isTight = (): boolean => this.#bytes + bytes > this.#options.limits.cacheBytes;
    this.#evictWhile(isTight);
    return !isTight();
  }

  async #fetchAll(files: readonly StoredFile[], signal: AbortSignal): Promise<void> {
    const needed: Copy[] = [];
    for (const { path } of files) {
      const copy = this.#copies.get(path);
      if (copy === undefined) continue;
      this.#copies.delete(path);
      this.#copies.set(path, copy);
      if (!copy.isHere) needed.push(copy);
    }
    if (needed.length === 0) return;
    const total = needed.reduce((sum, { bytes }) => sum + bytes, 0);
    this.#check(needed[0]!, total);
    const { after, limits } = this.#options;
    const stop = new AbortController();
    const abort = (): void => stop.abort();
    signal.addEventListener("abort", abort, { once: true });
    if (signal.aborted) abort();
    let isLate = false;
    const cancel = after(limits.deadlineMs, () => {
      isLate = true;
      abort();
    });
    try {
      await this.#fetchEach(needed, stop);
    } catch (cause) {
      if (signal.aborted || !isLate) throw cause;
      throw new TargetError(
        "deadline",
        `Cannot fetch ${sizeText(total)} from cold target ${needed[0]!.place} in ` +
          `${limits.deadlineMs} ms: ask for less, or again when it answers`,
        { cause },
      );
    } finally {
      cancel();
      signal.removeEventListener("abort", abort);
    }
  }

  /** A few at a time; the first that fails ends the others. */
  async #fetchEach(copies: readonly Copy[], stop: AbortController): Promise<void> {
    // One iterator for all: each file is taken once.
    const queue = copies.values();
    const failures: unknown[] = [];
    await Promise.all(Array.from({ length: AT_ONCE }, async () => {
      try {
        for (const copy of queue) await this.#fetch(copy, stop.signal);
      } catch (error) {
        failures.push(error);
        stop.abort();
      }
    }));
    if (failures.length > 0) throw failures[0];
  }

  #check({ place }: Copy, bytes: number): void {
    const { target, limits, files, folder } = this.#options;
    if (target?.place !== place) {
      const known = target === undefined ? "names none" : `names ${target.place}`;
      throw new TargetError(
        "place",
        `Cannot read cold files: they are at ${place}, and store.cold of the config ${known}`,
      );
    }
    const most = Math.min(limits.queryBytes, limits.cacheBytes);
    if (bytes > most) {
      throw new TargetError(
        "limit",
        `Cannot query: it needs ${sizeText(bytes)} from cold target ${place}, the limit is ` +
          `${sizeText(most)}: ask for a shorter time, or set store.cold.query and cache higher`,
      );
    }
    const isTight = (): boolean => files.freeBytes(folder) - bytes < limits.freeBytes;
    this.#evictWhile(isTight);
    if (!isTight()) return;
    throw new TargetError(
      "full",
      `Cannot query: it needs ${sizeText(bytes)} from cold target ${place}, and the hub's disk ` +
        "has too little room: make some, or set store.cold.cache lower",
    );
  }

  async #fetch(copy: Copy, signal: AbortSignal): Promise<void> {
    for (;;) {
      if (copy.isHere) return;
      if (signal.aborted) throw aborted();
      if (copy.fetching === undefined && !this.#evict(copy.bytes)) {
        await this.#room(signal);
        continue;
      }
      try {
        await waitFor(copy.fetching ?? this.#start(copy), signal);
      } catch (error) {
        // Those who wanted it before have all left, and it was ended: it is begun again.
        const isOthers = error instanceof TargetError && error.code === "aborted";
        if (!isOthers || signal.aborted) throw error;
      }
    }
  }

  #start(copy: Copy): Fetching {
    const stop = new AbortController();
    // Counted before it is there: the bound holds for what is on its way as well.
    this.#bytes += copy.bytes;
    const run = async (): Promise<void> => {
      try {
        await this.#get(copy, stop.signal);
        copy.isHere = true;
        this.#counts.fetchedFiles++;
        this.#counts.fetchedBytes += copy.bytes;
      } catch (error) {
        this.#bytes -= copy.bytes;
        if (error instanceof TargetError && error.code === "tampered") this.#counts.tampered++;
        throw error;
      } finally {
        copy.fetching = undefined;
        for (const wake of this.#waiters) wake();
      }
    };
    const fetching = { ended: run(), stop, waiting: 0 };
    copy.fetching = fetching;
    return fetching;
  }

  async #get({ path, bytes, sha256 }: Copy, signal: AbortSignal): Promise<void> {
    const { target, folder } = this.#options;
    const to: LocalFile = { path: join(folder, path), bytes, sha256 };
    try {
      await target!.get(path, to, signal);
    } catch (error) {
      if (!(error instanceof FilesError)) throw error;
      const why = `Cannot keep ${path} of the cold target: ${error.message}`;
      throw new TargetError("full", why, { cause: error });
    }
  }

  /** Resolves when something was unpinned or fetched. */
  async #room(signal: AbortSignal): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#waiters.add(resolve);
    signal.addEventListener("abort", () => resolve(), { once: true });
    try {
      await promise;
    } finally {
      this.#waiters.delete(resolve);
    }
  }
}

/** Resolves with the fetch, or rejects when `signal` aborts; the last who leaves ends it. */
async function waitFor(fetching: Fetching, signal: AbortSignal): Promise<void> {
  const { promise, reject } = Promise.withResolvers<never>();
  const abort = (): void => reject(aborted());
  signal.addEventListener("abort", abort, { once: true });
  fetching.waiting++;
  try {
    await Promise.race([fetching.ended, promise]);
  } finally {
    signal.removeEventListener("abort", abort);
    if (--fetching.waiting === 0) fetching.stop.abort();
  }
}

function once(run: () => void): () => void {
  let isDone = false;
  return () => {
    if (isDone) return;
    isDone = true;
    run();
  };
}

/** What a cold file and its index are called. */
export function namesOf(path: string): readonly string[] {
  return [path, indexPath(path)];
}
