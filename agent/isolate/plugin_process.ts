/**
 * The agent's end of a plugin's process: starts it, gives it code and config, reads what it tells.
 *
 * Nothing that the process does reaches further than a {@link PluginError}: it is read only as fast
 * as the pipeline takes it, asked for a sign of life where it says nothing, and killed when it is
 * silent, too large, or speaks out of turn.
 *
 * @module
 */
import { type ChildProcess, spawn } from "node:child_process";
import { after, every } from "../wait.ts";
import {
  BoundaryError,
  jsonMessage,
  jsonOf,
  type Kind,
  type Message,
  MessageReader,
} from "./boundary.ts";
import { PluginError, type PluginErrorCode } from "./plugin_error.ts";
import { residentBytes } from "./resident.ts";

export interface PluginProcessOptions {
  /** Program and words that start it. */
  readonly command: readonly string[];
  readonly limits?: Partial<ProcessLimits>;
  readonly clock?: ProcessClock;
  /** Where what it writes to standard error goes; default nowhere. */
  readonly errors?: "inherit" | "ignore";
}

/** Timers; what they give calls them off. */
export interface ProcessClock {
  after(ms: number, call: () => void): () => void;
  every(ms: number, call: () => void): () => void;
}

export interface ProcessLimits {
  /** Without a word for so long it is asked for one, and once more so long later killed. */
  readonly silentMs: number;
  /** Its first word may take so long: the machine may be busy with others that start. */
  readonly startMs: number;
  /** It may take so long to end after it was told to. */
  readonly stopMs: number;
  /** It may be resident with so many bytes; looked at each `lookMs`. */
  readonly memoryBytes: number;
  readonly lookMs: number;
  /** It may be ahead of the agent by so many bytes. */
  readonly creditBytes: number;
}

export const DEFAULT_LIMITS: ProcessLimits = {
  silentMs: 5_000,
  startMs: 30_000,
  stopMs: 5_000,
  memoryBytes: 256 * 1024 * 1024,
  lookMs: 250,
  creditBytes: 4 * 1024 * 1024,
};

const FROM_PLUGIN: readonly Kind[] = [
  ...["hello", "loaded", "checked", "batch", "cursor", "gap"] as const,
  ...["log", "pong", "ended", "failed", "filtered"] as const,
];

/** One process of a plugin, from its start to its end. */
export class PluginProcess implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #limits: ProcessLimits;
  readonly #clock: ProcessClock;
  readonly #messages: AsyncGenerator<Message>;
  readonly #exited: Promise<void>;
  readonly #stopLooking: () => void;
  /** It has said its first word. */
  #hasSpoken = false;
  #late: (() => void) | undefined;
  #pending: Promise<IteratorResult<Message>> | undefined;
  /** Why we have killed it. */
  #killedFor: PluginError | undefined;
  #spent = 0;

  constructor(options: PluginProcessOptions) {
    const { command, limits, clock = { after, every }, errors = "ignore" } = options;
    const [program = "", ...words] = command;
    this.#limits = { ...DEFAULT_LIMITS, ...limits };
    this.#clock = clock;
    this.#child = spawn(program, words, { env: {}, stdio: ["pipe", "pipe", errors] });
    // Writes to a process that has ended: reading tells of the end.
    this.#child.stdin?.on("error", () => {});
    this.#exited = new Promise((resolve) => {
      this.#child.once("exit", () => resolve()).once("error", () => resolve());
    });
    this.#messages = this.#read();
    this.#stopLooking = clock.every(this.#limits.lookMs, () => this.#look());
  }

  /** Undefined where it could not be started. */
  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** Sends a message. */
  send(kind: Kind, value?: unknown): void {
    this.sendBytes(jsonMessage(kind, value));
  }

  sendBytes(bytes: Uint8Array): void {
    if (this.#child.stdin?.writable === true) this.#child.stdin.write(bytes);
  }

  /** The reply of kind `kind`, where nothing else may come. @throws {PluginError} */
  async reply(kind: Kind): Promise<unknown> {
    const message = await this.next();
    if (message.kind !== kind) {
      throw this.refuse("garbage", `it sent ${message.kind} where it must send ${kind}`);
    }
    return this.json(message);
  }

  /** Lets the process send as much as was taken, and a little ahead. */
  grant(bytes: number): void {
    this.#spent += bytes;
    this.send("credit", this.#spent + this.#limits.creditBytes);
  }

  /** The next message but signs of life. @throws {PluginError} When there will be none. */
  async next(): Promise<Message> {
    for (let isAsked = false;;) {
      this.#pending ??= this.#messages.next();
      const { silentMs, startMs } = this.#limits;
      const got = await this.#within(this.#pending, this.#hasSpoken ? silentMs : startMs);
      if (got === undefined) {
        if (isAsked || !this.#hasSpoken) throw this.refuse("silent", "it did not answer in time");
        this.send("ping");
        isAsked = true;
        continue;
      }
      this.#pending = undefined;
      this.#hasSpoken = true;
      if (got.done === true) throw await this.#end();
      if (got.value.kind === "failed") throw this.#failed(got.value);
      if (got.value.kind !== "pong") return got.value;
      isAsked = false;
    }
  }

  /** Kills the process; gives the reason, which is the first that there was. */
  refuse(code: PluginErrorCode, why: string, said?: string): PluginError {
    this.#killedFor ??= new PluginError(code, `The plugin was ended: ${why}`, said);
    this.#child.kill("SIGKILL");
    return this.#killedFor;
  }

  /** JSON of a message. @throws {PluginError} `garbage` */
  json(message: Message): unknown {
    try {
      return jsonOf(message);
    } catch (error) {
      if (!(error instanceof BoundaryError)) throw error;
      throw this.refuse("garbage", error.message);
    }
  }

  /** Tells it to stop; what it says until then is read. It is killed when that takes too long. */
  askToStop(): void {
    this.send("stop");
    this.#late ??= this.#clock.after(this.#limits.stopMs, () => {
      this.refuse("late", "it did not stop when it was told to");
    });
  }

  /** Tells it to stop and waits; what it still says is not read. True if it had to be killed. */
  async stop(): Promise<boolean> {
    this.#late?.();
    if (this.#hasEnded()) return false;
    this.send("stop");
    this.#child.stdin?.end();
    this.#child.stdout?.resume();
    const ended = await this.#within(this.#exited.then(() => true), this.#limits.stopMs);
    if (ended !== true) this.#child.kill("SIGKILL");
    await this.#exited;
    return ended !== true;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopLooking();
    if (
      this.#child.exitCode === null && this.#child.signalCode === null && this.pid !== undefined
    ) {
      await this.stop();
    }
    this.#child.stdout?.destroy();
  }

  #hasEnded(): boolean {
    const { exitCode, signalCode } = this.#child;
    return this.pid === undefined || this.#killedFor !== undefined || exitCode !== null ||
      signalCode !== null;
  }

  async *#read(): AsyncGenerator<Message> {
    const reader = new MessageReader(FROM_PLUGIN);
    const { stdout } = this.#child;
    if (stdout === null) return;
    try {
      for await (const chunk of stdout) {
        // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- no encoding is set
        yield* reader.push(chunk as Uint8Array);
      }
    } catch (error) {
      if (!(error instanceof BoundaryError)) return;
      throw this.refuse("garbage", error.message);
    }
  }

  #failed(message: Message): PluginError {
    const told = this.json(message);
    const why: unknown = typeof told === "object" && told !== null && "why" in told ? told.why : "";
    const said = typeof why === "string" ? why : "";
    if (/out of memory/i.test(said)) {
      return this.refuse("memory", "it ran out of the memory it has");
    }
    return this.refuse(
      said.startsWith("Cannot import plugin") ? "import" : "threw",
      "it threw",
      said,
    );
  }

  #look(): void {
    const bytes = this.pid === undefined ? 0 : residentBytes(this.pid);
    const { memoryBytes } = this.#limits;
    if (bytes > memoryBytes) {
      this.refuse("memory", `it has ${bytes} bytes of memory, may have ${memoryBytes}`);
    }
  }

  /** The stream is at its end: why. */
  async #end(): Promise<PluginError> {
    if (this.#killedFor !== undefined) return this.#killedFor;
    if (this.pid === undefined) return new PluginError("start", "The plugin could not be started");
    // It may have closed its output and go on.
    const ended = await this.#within(this.#exited.then(() => true), this.#limits.stopMs);
    if (ended === undefined) return this.refuse("garbage", "it closed its output");
    const { exitCode, signalCode } = this.#child;
    const how = signalCode === null ? `with code ${exitCode}` : `by ${signalCode}`;
    return new PluginError("exited", `The plugin's process ended ${how}`);
  }

  /** What `promise` gives; undefined if that takes longer than `ms`. */
  async #within<T>(promise: Promise<T>, ms: number): Promise<T | undefined> {
    const { promise: late, resolve } = Promise.withResolvers<undefined>();
    const cancel = this.#clock.after(ms, () => resolve(undefined));
    try {
      return await Promise.race([promise, late]);
    } finally {
      cancel();
    }
  }
}
