/**
 * A process that may be killed at any of its operations: what it wrote before stays, the operation
 * it died in was done, not done, or done in part, and nothing that it would have done later is.
 *
 * @module
 */
import type { Files, OpenFile } from "../../sdk/runtime/files.ts";
import type { Control } from "../../hub/control.ts";

/** What whoever waits for a process that was killed is given. */
export class Killed extends Error {
  override readonly name = "Killed";
}

export class Life {
  readonly #end = new AbortController();
  #left = Infinity;
  #share = 0;

  /** Aborted when it is over. */
  get signal(): AbortSignal {
    return this.#end.signal;
  }

  get isOver(): boolean {
    return this.#end.signal.aborted;
  }

  /** It ends in the operation after `operations` more, when `share` of that (0 to 1) is done. */
  endIn(operations: number, share: number): void {
    this.#left = operations;
    this.#share = share;
  }

  /** It ends now. */
  end(): void {
    this.#end.abort(new Killed("it was killed"));
  }

  /** What has no effect that outlives the process. */
  check(): void {
    if (this.isOver) throw new Killed("it was killed");
  }

  /** One operation: `part` does a share of it, default all or nothing. */
  do<T>(run: () => T, part?: (share: number) => void): T {
    this.check();
    if (this.#left-- > 0) return run();
    this.end();
    if (part !== undefined) part(this.#share);
    else if (this.#share >= 0.5) run();
    throw new Killed("it was killed");
  }
}

/** `files` as a process sees them; a sync costs nothing: a kill takes nothing from the system. */
export function mortalFiles(files: Files, life: Life): Files {
  const open: Files["open"] = (path, how) => {
    const file = life.do(() => files.open(path, how));
    const mortal: OpenFile = {
      path,
      size: () => file.size(),
      write: (bytes, offset) =>
        life.do(
          () => file.write(bytes, offset),
          (share) => void file.write(bytes.subarray(0, Math.floor(bytes.length * share)), offset),
        ),
      read: (into, offset) => file.read(into, offset),
      readNow: (into, offset) => file.readNow(into, offset),
      truncate: (bytes) => life.do(() => file.truncate(bytes)),
      sync: async () => {
        await turn();
        life.check();
      },
      close: () => file.close(),
    };
    return mortal;
  };
  return {
    ...files,
    open,
    remove: (path) => life.do(() => files.remove(path)),
    rename: (from, to) => life.do(() => files.rename(from, to)),
    makeFolder: (path) => life.do(() => files.makeFolder(path)),
    syncFolder: async () => {
      await turn();
      life.check();
    },
  };
}

/** `control` as a process sees it; a transaction is done whole or not at all. */
export function mortalControl(control: Control, life: Life): Control {
  const alive = <A extends readonly unknown[], T>(run: (...args: A) => T) => (...args: A): T => {
    life.check();
    return run(...args);
  };
  return {
    exec: alive((sql: string) => control.exec(sql)),
    run: alive((sql, ...values) => control.run(sql, ...values)),
    all: alive((sql, ...values) => control.all(sql, ...values)),
    get: alive((sql, ...values) => control.get(sql, ...values)),
    transaction: (work) => life.do(() => control.transaction(work)),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

/** Lets everything else that is ready have a turn. */
export function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
