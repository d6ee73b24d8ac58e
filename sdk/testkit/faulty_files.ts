/**
 * Files in memory that fail and crash on demand: what durable code is tested on.
 *
 * A crash keeps what was synced; of every later write it keeps all, nothing or a torn part, each on
 * its own, as disks do; of later creations, renames and removals it keeps those before some point.
 * After a failed sync the bytes can still be read but will not survive a crash, whatever later
 * syncs say: that is how Linux behaves.
 *
 * @module
 */
import { dirname, join } from "node:path";
import { type Files, FilesError, type OpenFile } from "../runtime/files.ts";

/** One call, as a plan sees it: the how-manieth it is, what it does, to which file. */
export interface Call {
  readonly n: number;
  readonly op:
    | "open"
    | "write"
    | "read"
    | "truncate"
    | "sync"
    | "list"
    | "make-folder"
    | "remove"
    | "rename"
    | "sync-folder"
    | "lock";
  readonly path: string;
}

/**
 * `fail`: nothing happens, an error is reported. `full`: the same, and the reason is the disk.
 * `short`: half of a write. `late`: it happens, and an error is reported. `crash`: the process is
 * gone before the call.
 */
export type Fault = "fail" | "full" | "short" | "late" | "crash";

/** Thrown by each call after a crash; code under test must not live on it. */
export class Crash extends Error {
  override readonly name = "Crash";
}

export interface FaultyFiles extends Files {
  /** Decides about each call; undefined lets it be. */
  plan: (call: Call) => Fault | undefined;
  /** Room of the disk in bytes; Infinity at first. */
  capacity: number;
  /** Calls so far. */
  readonly calls: number;
  readonly isCrashed: boolean;
  crash(): void;
  /**
   * The machine comes back: loses what was not durable, open files and locks.
   * `pick(n)` chooses one of 0 to n - 1 for each thing that may or may not have reached the disk.
   */
  restart(pick: (n: number) => number): void;
  /** How long a sync takes; what is written meanwhile it does not cover. At first: one turn. */
  syncing: () => Promise<void>;
  /** All files as they are now: bytes by path. */
  content(): ReadonlyMap<string, Uint8Array>;
  /** What a crash leaves at worst: bytes by path. */
  durable(): ReadonlyMap<string, Uint8Array>;
  /** Flips one bit of a file, durably. */
  flip(path: string, bit: number): void;
  /** The bytes of a file now. */
  bytesOf(path: string): Uint8Array;
}

type Change =
  | {
    readonly kind: "write";
    readonly at: number;
    readonly bytes: Uint8Array;
    readonly lost?: true;
  }
  | { readonly kind: "truncate"; readonly to: number; readonly lost?: true };

interface Inode {
  content: Uint8Array;
  durable: Uint8Array;
  pending: Change[];
}

interface Opened {
  readonly inode: Inode;
  readonly path: string;
}

type Names = Map<string, Inode>;

/** Starts with an empty, healthy, endless disk. */
// oxlint-disable-next-line max-lines-per-function -- one closure over the disk's state
export function faultyFiles(): FaultyFiles {
  let names: Names = new Map();
  let durableNames: Names = new Map();
  let pendingNames: ((names: Names) => void)[] = [];
  const locks = new Set<string>();
  let calls = 0;
  let boot = 0;
  let isCrashed = false;

  const rename = (change: (names: Names) => void): void => {
    change(names);
    pendingNames.push(change);
  };
  /** Runs one call under the plan. `half` is what a short one does. */
  const call = <T>(op: Call["op"], path: string, run: (isShort: boolean) => T): T => {
    if (isCrashed) throw new Crash(`Cannot ${op} ${path}: the machine is off`);
    const fault = files.plan({ n: calls++, op, path });
    switch (fault) {
      case "crash":
        isCrashed = true;
        throw new Crash(`Cannot ${op} ${path}: the machine went off`);
      case "fail":
      case "full":
        throw injected(fault, path);
      case "late":
        run(false);
        throw injected("fail", path);
      case "short":
        return run(true);
      case undefined:
        return run(false);
    }
  };
  const used = (): number => {
    let total = 0;
    for (const inode of new Set(names.values())) total += inode.content.length;
    return total;
  };
  const write = ({ inode, path }: Opened, bytes: Uint8Array, at: number): number => {
    const grown = Math.max(0, at + bytes.length - inode.content.length);
    // What only overwrites needs no room, however full the disk is.
    const over = Math.min(grown, Math.max(0, used() + grown - files.capacity));
    const n = bytes.length - over;
    if (n <= 0) throw injected("full", path);
    const change: Change = { kind: "write", at, bytes: bytes.slice(0, n) };
    inode.content = applied(inode.content, change);
    inode.pending.push(change);
    return n;
  };
  const handle = (inode: Inode, path: string): OpenFile => {
    const opened = boot;
    const alive = <T>(op: Call["op"], run: (isShort: boolean) => T): T =>
      call(op, path, (isShort) => {
        if (opened !== boot) {
          throw new Crash(`Cannot ${op} ${path}: it was opened before the crash`);
        }
        return run(isShort);
      });
    return {
      path,
      size: () => inode.content.length,
      write: (bytes, at) =>
        alive(
          "write",
          (isShort) =>
            write({ inode, path }, isShort ? bytes.subarray(0, bytes.length >> 1) : bytes, at),
        ),
      read: async (into, at) => {
        await Promise.resolve();
        return alive("read", () => fill(inode, into, at));
      },
      readNow: (into, at) => alive("read", () => fill(inode, into, at)),
      truncate: (to) =>
        alive("truncate", () => {
          const change: Change = { kind: "truncate", to };
          inode.content = applied(inode.content, change);
          inode.pending.push(change);
        }),
      sync: async () => {
        const last = inode.pending.at(-1);
        await files.syncing();
        try {
          alive("sync", () => settle(inode, last));
        } catch (error) {
          if (!(error instanceof Crash)) {
            inode.pending = inode.pending.map((change) => ({ ...change, lost: true }));
          }
          throw error;
        }
      },
      close: () => {},
    };
  };

  const files: FaultyFiles = {
    plan: () => undefined,
    syncing: () => Promise.resolve(),
    content: () => new Map([...names].map(([path, inode]) => [path, inode.content])),
    durable: () => new Map([...durableNames].map(([path, inode]) => [path, inode.durable])),
    capacity: Number.POSITIVE_INFINITY,
    get calls() {
      return calls;
    },
    get isCrashed() {
      return isCrashed;
    },
    crash: () => {
      isCrashed = true;
    },
    restart(pick) {
      names = survivingNames(durableNames, pendingNames, pick);
      durableNames = new Map(names);
      pendingNames = [];
      for (const inode of new Set(names.values())) survive(inode, pick);
      locks.clear();
      boot++;
      isCrashed = false;
    },
    flip(path, bit) {
      const inode = names.get(path)!;
      inode.content = new Uint8Array(inode.content);
      inode.content[bit >> 3]! ^= 1 << (bit & 7);
      inode.durable = inode.content;
      inode.pending = [];
    },
    bytesOf: (path) => names.get(path)!.content,
    open: (path, how) =>
      call("open", path, () => {
        let inode = names.get(path);
        if (inode === undefined && how === "read") throw problem("missing", path);
        if (inode !== undefined && how === "create") throw problem("exists", path);
        if (inode === undefined) {
          const made: Inode = {
            content: new Uint8Array(0),
            durable: new Uint8Array(0),
            pending: [],
          };
          inode = made;
          rename((map) => void map.set(path, made));
        }
        return handle(inode, path);
      }),
    list: (folder) =>
      call("list", folder, () =>
        [...names.keys()].filter((path) => dirname(path) === folder)
          .map((path) => path.slice(join(folder, "x").length - 1)).toSorted()),
    makeFolder: (folder) => call("make-folder", folder, () => {}),
    remove: (path) =>
      call("remove", path, () => {
        if (!names.has(path)) throw problem("missing", path);
        rename((map) => void map.delete(path));
      }),
    rename: (from, to) =>
      call("rename", from, () => {
        const inode = names.get(from);
        if (inode === undefined) throw problem("missing", from);
        rename((map) => {
          map.delete(from);
          map.set(to, inode);
        });
      }),
    syncFolder: async (folder) => {
      const last = pendingNames.at(-1);
      await files.syncing();
      call("sync-folder", folder, () => {
        const until = last === undefined ? 0 : pendingNames.indexOf(last) + 1;
        for (const change of pendingNames.splice(0, until)) change(durableNames);
      });
    },
    freeBytes: () => Math.max(0, files.capacity - used()),
    lock: (path) =>
      call("lock", path, () => {
        if (locks.has(path)) throw problem("in-use", path);
        locks.add(path);
        return () => void locks.delete(path);
      }),
  };
  return files;
}

function fill(inode: Inode, into: Uint8Array, at: number): number {
  const part = inode.content.subarray(at, at + into.length);
  into.set(part);
  return part.length;
}

function injected(fault: "fail" | "full", path: string): FilesError {
  return problem(fault === "full" ? "full" : "failed", path);
}

function problem(code: FilesError["code"], path: string): FilesError {
  return new FilesError(code, `Cannot use ${path}: ${code}`, { path });
}

function applied(content: Uint8Array, change: Change): Uint8Array {
  if (change.kind === "truncate") {
    const cut = new Uint8Array(change.to);
    cut.set(content.subarray(0, change.to));
    return cut;
  }
  const grown = new Uint8Array(Math.max(content.length, change.at + change.bytes.length));
  grown.set(content);
  grown.set(change.bytes, change.at);
  return grown;
}

/** Makes the changes up to `last` durable, but for those that a failed sync has lost. */
function settle(inode: Inode, last: Change | undefined): void {
  const until = last === undefined ? 0 : inode.pending.indexOf(last) + 1;
  for (const change of inode.pending.splice(0, until)) {
    if (change.lost === undefined) inode.durable = applied(inode.durable, change);
  }
}

function survive(inode: Inode, pick: (n: number) => number): void {
  for (const change of inode.pending) {
    const fate = change.lost ? 1 : pick(3);
    if (fate === 0) inode.durable = applied(inode.durable, change);
    if (fate === 2 && change.kind === "write") {
      const bytes = change.bytes.subarray(0, pick(change.bytes.length + 1));
      inode.durable = applied(inode.durable, { ...change, bytes });
    }
  }
  inode.pending = [];
  inode.content = inode.durable;
}

function survivingNames(
  durable: Names,
  pending: readonly ((names: Names) => void)[],
  pick: (n: number) => number,
): Names {
  const names = new Map(durable);
  for (const change of pending.slice(0, pick(pending.length + 1))) change(names);
  return names;
}
