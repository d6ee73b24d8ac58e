/**
 * The hub's side of the query engine: child processes with a deadline, killed and replaced at will.
 *
 * @module
 */
import { fileURLToPath } from "node:url";
import type {
  Cell,
  CompactedFile,
  CompactRequest,
  EngineCost,
  Limits,
  Reply,
  Request,
  SelectRequest,
} from "./engine_messages.ts";
import { type EngineChild, spawnChild } from "./engine_child.ts";
import { EngineError } from "./engine_error.ts";

type Child = EngineChild<Request, Reply>;

/** Rows of a result, in the order of `columns`. */
export interface ResultRows {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly Cell[])[];
}

interface Costing {
  /** Told once all is answered. */
  readonly onCost?: ((cost: EngineCost) => void) | undefined;
}

export interface EngineSelect extends Omit<SelectRequest, "kind" | "tellsProgress">, Costing {
  /** Told of 100 how far it is; then rows come without any, so that who waits for some looks up. */
  readonly onProgress?: ((percent: number) => void) | undefined;
}
export interface EngineCompact extends Omit<CompactRequest, "kind">, Costing {}

export interface Engine extends AsyncDisposable {
  /**
   * Runs one SELECT over exactly `files`. The next rows are made when they are asked for.
   * `deadlineMs` may be longer than the engine's own.
   *
   * @throws {EngineError}
   */
  select(
    request: EngineSelect,
    signal: AbortSignal,
    deadlineMs?: number,
  ): AsyncIterable<ResultRows>;
  /** @throws {EngineError} */
  compact(request: EngineCompact, signal: AbortSignal): Promise<readonly CompactedFile[]>;
}

export interface EngineOptions {
  /** Program and arguments of the child; default: this runtime with `engine_process.ts`. */
  readonly command?: readonly string[];
  /** Children at the same time; default 2. Further queries wait. */
  readonly processes?: number;
  /** Queries that may wait; default 32. */
  readonly waiting?: number;
  /** Of one child; default 512 MB and 2 threads. */
  readonly limits?: Limits;
  /** Longest life of one request, in ms; default 30,000. */
  readonly deadlineMs?: number;
  /** Runs `run` after `ms`; gives what cancels it. */
  readonly after: (ms: number, run: () => void) => () => void;
}

/** What the runtime of a child takes besides the engine, in MB. */
const OWN_MEMORY_MB = 448;

const DEFAULTS = {
  command: [process.execPath, fileURLToPath(new URL("./engine_process.ts", import.meta.url))],
  processes: 2,
  waiting: 32,
  limits: { memoryMb: 512, threads: 2 },
  deadlineMs: 30_000,
};

/** Of a process that compacts: it holds a column of all rows and what was made of those before. */
const COMPACTION_MEMORY_MB = 1536;
/** Nobody waits for it: it only must not hang for ever. */
const COMPACTION_DEADLINE_MS = 600_000;

/** A process that has compacted lives on for so long: what it has in memory is free after that. */
const COMPACTOR_IDLE_MS = 20_000;
/** And for so many compactions. */
const MAX_COMPACTIONS = 64;
const ENDED = new EngineError("aborted", "Cannot query: the compaction has ended");

/** A process that waits for the next compaction. */
interface Compactor {
  readonly child: Child;
  readonly uses: number;
  readonly cancel: () => void;
}

/** Makes an engine; its children are started when they are needed. */
export function openEngine(options: EngineOptions): Engine {
  return new ChildEngine({ ...DEFAULTS, ...options });
}

class ChildEngine implements Engine {
  readonly #options: Required<EngineOptions>;
  readonly #children = new Set<Child>();
  readonly #compacting = new Set<Child>();
  #compactor: Compactor | undefined;
  readonly #idle: Child[] = [];
  readonly #waiters = new Set<(child: Child | EngineError) => void>();
  #isClosed = false;

  constructor(options: Required<EngineOptions>) {
    this.#options = options;
  }

  async *select(
    { onCost, onProgress, ...request }: EngineSelect,
    signal: AbortSignal,
    deadlineMs?: number,
  ): AsyncGenerator<ResultRows> {
    const tells = onProgress !== undefined && { tellsProgress: true };
    const select = { ...request, ...tells, kind: "select" } as const;
    for await (const reply of this.#exchange(select, signal, deadlineMs)) {
      if (reply.kind === "rows") yield { columns: reply.columns, rows: reply.rows };
      else if (reply.kind === "end") onCost?.(reply);
      else if (reply.kind === "progress") {
        onProgress?.(reply.percent);
        yield { columns: [], rows: [] };
      }
    }
  }

  /**
   * In a process of its own: it wants more memory, and what it has taken is not kept for queries. It
   * lives on for a while: when much comes in, the next compaction finds it warm, which halves its CPU.
   */
  async compact(
    { onCost, ...request }: EngineCompact,
    signal: AbortSignal,
  ): Promise<readonly CompactedFile[]> {
    if (this.#isClosed) throw new EngineError("closed", "Cannot query: the engine is closed");
    const { child, uses } = this.#takeCompactor();
    const talk = { signal, deadlineMs: COMPACTION_DEADLINE_MS, isOver: false };
    let files: readonly CompactedFile[] = [];
    try {
      for await (const reply of this.#talk(child, { ...request, kind: "compact" }, talk)) {
        if (reply.kind === "compacted") files = reply.files;
        else if (reply.kind === "end") onCost?.(reply);
      }
    } catch (error) {
      child.kill(ENDED);
      throw error;
    }
    this.#keepCompactor(child, uses + 1);
    return files;
  }

  #takeCompactor(): { readonly child: Child; readonly uses: number } {
    const idle = this.#compactor;
    this.#compactor = undefined;
    idle?.cancel();
    if (idle?.child.isAlive === true) return idle;
    const child = spawnChild<Request, Reply>(this.#options.command, COMPACTION_MEMORY_MB);
    this.#compacting.add(child);
    void child.ended.then(() => this.#compacting.delete(child));
    return { child, uses: 0 };
  }

  #keepCompactor(child: Child, uses: number): void {
    if (this.#isClosed || this.#compactor !== undefined || uses >= MAX_COMPACTIONS) {
      child.kill(ENDED);
      return;
    }
    const cancel = this.#options.after(COMPACTOR_IDLE_MS, () => {
      if (this.#compactor?.child === child) this.#compactor = undefined;
      child.kill(ENDED);
    });
    this.#compactor = { child, uses, cancel };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    this.#compactor?.cancel();
    const why = new EngineError("closed", "Cannot query: the engine is closed");
    for (const waiter of this.#waiters) waiter(why);
    const children = [...this.#children, ...this.#compacting];
    for (const child of children) child.kill(why);
    await Promise.all(children.map((child) => child.ended));
  }

  async *#exchange(
    request: SelectRequest,
    signal: AbortSignal,
    deadlineMs = this.#options.deadlineMs,
  ): AsyncGenerator<Reply> {
    const child = await this.#acquire(signal);
    if (signal.aborted) {
      this.#release(child);
      throw cancelled();
    }
    const talk = { signal, deadlineMs, isOver: false };
    try {
      yield* this.#talk(child, request, talk);
    } finally {
      // In the middle of an answer: nobody can tell what the child would still send.
      if (!talk.isOver) child.kill(new EngineError("aborted", "Cannot query: it was left early"));
      this.#release(child);
    }
  }

  /** The replies to `request`; `talk` tells whether the child has said its last one. */
  async *#talk(
    child: Child,
    request: SelectRequest | CompactRequest,
    talk: { readonly signal: AbortSignal; readonly deadlineMs: number; isOver: boolean },
  ): AsyncGenerator<Reply> {
    const { limits, after } = this.#options;
    const { signal, deadlineMs } = talk;
    const abort = (): void => child.kill(cancelled());
    const cancel = after(deadlineMs, () =>
      child.kill(
        new EngineError("deadline", `Cannot query: it took over ${deadlineMs} ms, ask for less`),
      ));
    signal.addEventListener("abort", abort, { once: true });
    try {
      child.send({ ...request, limits });
      for (;;) {
        const reply = await child.next();
        talk.isOver = reply.kind === "end" || reply.kind === "failed";
        if (reply.kind === "failed") throw failureOf(reply, request);
        yield reply;
        if (talk.isOver) return;
        if (reply.kind === "rows") child.send({ kind: "more" });
      }
    } finally {
      cancel();
      signal.removeEventListener("abort", abort);
    }
  }

  async #acquire(signal: AbortSignal): Promise<Child> {
    if (signal.aborted) throw cancelled();
    if (this.#isClosed) throw new EngineError("closed", "Cannot query: the engine is closed");
    const idle = this.#idle.pop();
    if (idle !== undefined) return idle;
    if (this.#children.size < this.#options.processes) return this.#spawn();
    if (this.#waiters.size >= this.#options.waiting) {
      throw new EngineError("busy", "Cannot query: too many queries are waiting");
    }
    const given = await this.#turn(signal);
    if (given instanceof EngineError) throw given;
    return given;
  }

  /** Resolves with a child when one is free, or with why there will be none. */
  async #turn(signal: AbortSignal): Promise<Child | EngineError> {
    const { promise, resolve } = Promise.withResolvers<Child | EngineError>();
    const abort = (): void => {
      // At once: a child given to a waiter that has left would be lost.
      this.#waiters.delete(resolve);
      resolve(cancelled());
    };
    this.#waiters.add(resolve);
    signal.addEventListener("abort", abort, { once: true });
    try {
      return await promise;
    } finally {
      this.#waiters.delete(resolve);
      signal.removeEventListener("abort", abort);
    }
  }

  #spawn(): Child {
    const child = spawnChild<Request, Reply>(
      this.#options.command,
      this.#options.limits.memoryMb + OWN_MEMORY_MB,
    );
    this.#children.add(child);
    void child.ended.then(() => {
      this.#children.delete(child);
      const at = this.#idle.indexOf(child);
      if (at >= 0) this.#idle.splice(at, 1);
    });
    return child;
  }

  #release(child: Child): void {
    if (!child.isAlive) this.#children.delete(child);
    const [next] = this.#waiters;
    if (next === undefined || this.#isClosed) {
      if (child.isAlive) this.#idle.push(child);
      return;
    }
    this.#waiters.delete(next);
    next(child.isAlive ? child : this.#spawn());
  }
}

/** A file that cannot be read is named, with what makes it again; not where it is. */
function failureOf(
  { code, message }: Extract<Reply, { readonly kind: "failed" }>,
  request: SelectRequest | CompactRequest,
): EngineError {
  const paths = request.kind === "select" ? request.files : request.inputs;
  const named = paths.find((path) => isNamed(path, message));
  if (code !== "file" && named === undefined) return new EngineError(code, message);
  const path = named ?? (paths.length === 1 ? paths[0] : undefined);
  const name = path?.split(/[\\/]/).slice(-2).join("/") ?? "a file of the store";
  return new EngineError(
    "file",
    `Cannot read ${name}: it is lost or damaged, custos-hub store verify says which files are, ` +
      "custos-hub store rebuild makes them again",
  );
}

/** DuckDB looks for a folder where a file is missing, which is denied. */
function isNamed(path: string, message: string): boolean {
  return [`"${path}/**/*.parquet"`, `"${path}"`, `'${path}'`].some((name) =>
    message.includes(name)
  );
}

function cancelled(): EngineError {
  return new EngineError("aborted", "Cannot query: it was cancelled");
}
