/**
 * The hub's side of the process that compiles KQL: one text at a time, with a deadline.
 *
 * @module
 */
import { fileURLToPath } from "node:url";
import { type EngineChild, spawnChild } from "../../store/engine_child.ts";
import { EngineError } from "../../store/engine_error.ts";
import type { Definition } from "../kql/stored_functions.ts";
import type { Schema, SchemaFunction } from "../kql/syntax.ts";
import type { CompileReply, CompileRequest } from "./compiler_messages.ts";

/** What is compiled, against what. */
export interface CompileWanted {
  readonly text: string;
  readonly schema: Schema;
  /** Ticks. */
  readonly now: bigint;
  readonly parameters: ReadonlyMap<string, string>;
  /** What questions about it have been answered. */
  readonly answers: ReadonlyMap<number, readonly string[]>;
  /** Stored functions that it may call, each behind those that it calls. */
  readonly functions: readonly SchemaFunction[];
  /** A function to check, in the place of the text. */
  readonly define?: Definition | undefined;
}

export interface Compiler extends AsyncDisposable {
  /** @throws {EngineError} If there was no reply in time, or `signal` aborted. */
  compile(wanted: CompileWanted, signal: AbortSignal): Promise<CompileReply>;
  /** Starts the process, if it does not run: it loads the parser, which takes a second or more. */
  warm(): void;
}

export interface CompilerOptions {
  /** Program and arguments of the child; default: this runtime with `compiler_process.ts`. */
  readonly command?: readonly string[];
  /** Longest time for one text, in ms; default 15,000: the first one waits for the parser too. */
  readonly deadlineMs?: number;
  /** Texts that may wait; default 64. */
  readonly waiting?: number;
  /** Runs `run` after `ms`; gives what cancels it. */
  readonly after: (ms: number, run: () => void) => () => void;
}

const DEFAULTS = {
  command: [process.execPath, fileURLToPath(new URL("./compiler_process.ts", import.meta.url))],
  deadlineMs: 15_000,
  waiting: 64,
};
/** Memory of the process. */
const MEMORY_MB = 768;

type Child = EngineChild<CompileRequest, CompileReply>;

/** Makes a compiler; its process is started when it is needed. */
export function openCompiler(options: CompilerOptions): Compiler {
  return new ChildCompiler({ ...DEFAULTS, ...options });
}

class ChildCompiler implements Compiler {
  readonly #options: Required<CompilerOptions>;
  #child: Child | undefined;
  /** JSON of the schema that the child has. */
  #schema = "";
  #last: Promise<unknown> = Promise.resolve();
  #waiting = 0;
  #isClosed = false;

  constructor(options: Required<CompilerOptions>) {
    this.#options = options;
  }

  warm(): void {
    if (!this.#isClosed) this.#alive();
  }

  async compile(wanted: CompileWanted, signal: AbortSignal): Promise<CompileReply> {
    if (this.#waiting >= this.#options.waiting) {
      throw new EngineError("busy", "Cannot query: too many queries are waiting");
    }
    this.#waiting++;
    const turn = this.#last.then(() => this.#exchange(wanted, signal));
    this.#last = turn.catch(() => undefined).finally(() => this.#waiting--);
    const { promise, reject } = Promise.withResolvers<never>();
    const leave = (): void => reject(new EngineError("aborted", "Cannot query: it was cancelled"));
    signal.addEventListener("abort", leave, { once: true });
    try {
      // Who leaves does not wait; what was begun for them ends by itself or by the deadline.
      return await Promise.race([turn, promise]);
    } finally {
      signal.removeEventListener("abort", leave);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    this.#child?.kill(new EngineError("closed", "Cannot query: the hub is closing"));
    await this.#child?.ended;
  }

  async #exchange(wanted: CompileWanted, signal: AbortSignal): Promise<CompileReply> {
    if (signal.aborted) throw new EngineError("aborted", "Cannot query: it was cancelled");
    const child = this.#alive();
    const { deadlineMs, after } = this.#options;
    const cancel = after(deadlineMs, () =>
      child.kill(
        new EngineError("deadline", `Cannot query: to read the text took over ${deadlineMs} ms`),
      ));
    try {
      child.send(this.#request(wanted));
      return await child.next();
    } finally {
      cancel();
    }
  }

  #alive(): Child {
    if (this.#isClosed) throw new EngineError("closed", "Cannot query: the hub is closing");
    if (this.#child?.isAlive === true) return this.#child;
    this.#schema = "";
    this.#child = spawnChild<CompileRequest, CompileReply>(this.#options.command, MEMORY_MB);
    return this.#child;
  }

  #request({ schema, now, parameters, answers, ...rest }: CompileWanted): CompileRequest {
    const key = JSON.stringify(schema);
    const isKnown = key === this.#schema;
    this.#schema = key;
    return {
      ...rest,
      now: String(now),
      parameters: [...parameters],
      answers: [...answers],
      ...(!isKnown && { schema }),
    };
  }
}
