/**
 * One place for a process that compiles KQL: it is started when it is needed, and again after it
 * was killed.
 *
 * @module
 */
import { type EngineChild, spawnChild } from "../../store/engine_child.ts";
import type { EngineError } from "../../store/engine_error.ts";
import type { CompileWanted } from "./compiler.ts";
import type { CompileReply, CompileRequest } from "./compiler_messages.ts";

/** Memory of the process. */
const MEMORY_MB = 768;

interface Started {
  readonly child: EngineChild<CompileRequest, CompileReply | { readonly kind: "ready" }>;
  /** Resolves when the parser is loaded. */
  readonly ready: Promise<unknown>;
}

export class CompilerSeat {
  readonly #command: readonly string[];
  #started: Started | undefined;
  /** JSON of the schema that the child has. */
  #schema = "";

  constructor(command: readonly string[]) {
    this.#command = command;
  }

  /** Starts the process, if it does not run. */
  start(): void {
    this.#alive();
  }

  /**
   * Resolves when the process is there for a text.
   *
   * @throws {EngineError}
   */
  async ready(): Promise<void> {
    await this.#alive().ready;
  }

  /** @throws {EngineError} */
  async compile(wanted: CompileWanted): Promise<CompileReply> {
    const { child } = this.#alive();
    child.send(this.#request(wanted));
    const reply = await child.next();
    if (reply.kind === "ready") throw new TypeError("The compiler is ready twice");
    return reply;
  }

  /** Ends the process at once: whoever waits for it is told `why`. */
  kill(why: EngineError): void {
    this.#started?.child.kill(why);
  }

  /** Resolves when the process is gone. */
  async end(why: EngineError): Promise<void> {
    this.kill(why);
    await this.#started?.child.ended;
  }

  #alive(): Started {
    if (this.#started?.child.isAlive === true) return this.#started;
    this.#schema = "";
    const child = spawnChild<CompileRequest, CompileReply | { readonly kind: "ready" }>(
      this.#command,
      MEMORY_MB,
    );
    const ready = child.next();
    // Who waits for it is told; nobody may.
    ready.catch(() => undefined);
    return (this.#started = { child, ready });
  }

  #request(
    { schema, now, parameters, answers, text, functions, define }: CompileWanted,
  ): CompileRequest {
    const key = JSON.stringify(schema);
    const isKnown = key === this.#schema;
    this.#schema = key;
    return {
      text,
      functions,
      ...(define !== undefined && { define }),
      now: String(now),
      parameters: [...parameters],
      answers: [...answers],
      ...(!isKnown && { schema }),
    };
  }
}
