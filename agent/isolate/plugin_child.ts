/**
 * A plugin's process: it is given the plugin's code, runs it and writes what it gives.
 *
 * It holds no key, no file of the agent and no variable; what it may reach was settled before it
 * was given any code (`confine.ts`). It keeps to the agent's credit, but the agent does not rely on
 * that.
 *
 * @module
 */
import { writeSync } from "node:fs";
import type { ColumnBatch } from "../../sdk/columns/column.ts";
import { packBatch } from "../../sdk/columns/layout.ts";
import {
  configuredPlugin,
  type Context,
  isLossy,
  needsOf,
  type Plugin,
  type Tables,
} from "../../sdk/plugin.ts";
import { openIo } from "../../sdk/read/open_io.ts";
import type { Json } from "../../sdk/table.ts";
import { readPlugin } from "../read/run_plugin.ts";
import type { Sink } from "../read/sink.ts";
import { countFiltered, zeroCounts } from "../counters.ts";
import { pause } from "../wait.ts";
import { headOf, jsonMessage, jsonOf, type Kind, type Message, MessageReader } from "./boundary.ts";
import { describePlugin } from "./describe.ts";
import { importPlugin } from "./import_code.ts";
import type { CheckReply, RunRequest } from "./messages.ts";
import { Outbox } from "./outbox.ts";

/** Serves the agent on standard input and output until the input ends. */
export function servePlugin(hello: unknown): void {
  const child = new Child();
  const fail = (error: unknown): void => {
    child.fail(error);
    process.exit(1);
  };
  process.on("uncaughtException", fail).on("unhandledRejection", fail);
  const reader = new MessageReader(["load", "check", "run", "credit", "ping", "stop"]);
  process.stdin.on("data", (chunk: Uint8Array) => {
    for (const message of reader.push(chunk)) void child.take(message).catch(fail);
  });
  process.stdin.on("end", () => process.exit(0));
  child.send("hello", hello);
}

/** Longest text of a log line or of an error, in characters. */
const MOST_TEXT = 2000;

class Child {
  readonly #stop = new AbortController();
  #plugin: Plugin | undefined;
  #config: unknown;
  /** Bytes of batches, gaps and log lines written, and how many may be. */
  #written = 0;
  #credit = 0;
  #wakeCredit = (): void => {};
  /** What the plugin has left out and the agent was not told of. */
  #filtered = zeroCounts();

  async take(message: Message): Promise<void> {
    switch (message.kind) {
      case "load":
        this.#plugin = await importPlugin(message.payload);
        return this.send("loaded", await describePlugin(this.#plugin));
      case "check":
        return this.send("checked", await this.#check(jsonOf(message)));
      case "run":
        // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the agent has written it
        return await this.#run(jsonOf(message) as RunRequest);
      case "credit":
        this.#credit = Number(jsonOf(message));
        return this.#wakeCredit();
      case "ping":
        return this.send("pong");
      default:
        this.#stop.abort();
    }
  }

  send(kind: Kind, value?: unknown): void {
    writeAll(jsonMessage(kind, value));
  }

  fail(error: unknown): void {
    const why = error instanceof Error ? error.message : String(error);
    this.send("failed", { why: why.slice(0, MOST_TEXT) });
  }

  async #check(config: unknown): Promise<CheckReply> {
    const plugin = this.#loaded();
    const result = await plugin.config["~standard"].validate(config);
    if (result.issues !== undefined) {
      const issues = result.issues.map(({ message, path = [] }) => ({
        message,
        path: path.map((p) => String(typeof p === "object" ? p.key : p)),
      }));
      return { ok: false, issues };
    }
    this.#config = result.value;
    const { configuredTables } = plugin;
    return {
      ok: true,
      needs: needsOf(plugin, this.#config),
      lossy: isLossy(plugin, this.#config),
      ...(configuredTables !== undefined && { tables: configuredTables(this.#config) }),
    };
  }

  async #run(request: RunRequest): Promise<void> {
    const checked = await this.#check(request.config);
    if (!checked.ok) throw new TypeError("Cannot run plugin: it refuses the config it has taken");
    const plugin = configuredPlugin(this.#loaded(), this.#config);
    let latest: Json | undefined = request.cursor;
    const outbox = new Outbox(plugin, {
      limits: request.limits,
      batch: (batch) => this.#batch(batch),
      cursor: (cursor) => {
        this.#tellFiltered();
        this.#spend("cursor", cursor);
      },
    });
    const { signal } = this.#stop;
    const sleep = (ms: number): Promise<void> => pause(ms, { signal });
    await using io = openIo({
      signal,
      once: request.once,
      sleep,
      onGap: (gap) => this.#spend("gap", gap),
    });
    if (plugin.kind === "listen") outbox.keepSending();
    await readPlugin({
      plugin,
      context: () => this.#contextOf(outbox.sink, io, sleep),
      once: request.once,
      downstream: {
        cursor: () => latest,
        advance: (cursor) => {
          latest = cursor;
          outbox.advance(cursor);
        },
        room: () => this.#room(),
      },
    }, signal);
    outbox.end();
    this.#tellFiltered();
    this.send("ended");
  }

  #loaded(): Plugin {
    if (this.#plugin === undefined) throw new TypeError("Cannot go on: no plugin is loaded");
    return this.#plugin;
  }

  #contextOf(
    { emit, write, reject }: Sink,
    io: Context<unknown, Tables>["io"],
    sleep: (ms: number) => Promise<void>,
  ): Context<unknown, Tables> {
    const log = (level: string) => (message: string, facts = {}) => {
      this.#spend("log", { level, message: String(message).slice(0, MOST_TEXT), facts });
    };
    return {
      config: this.#config,
      emit,
      write,
      io,
      signal: this.#stop.signal,
      clock: { now: Date.now, sleep },
      log: { debug: log("debug"), info: log("info"), warn: log("warn"), error: log("error") },
      reject,
      gap: (gap) => this.#spend("gap", gap),
      filter: (policy) => {
        countFiltered(this.#filtered, String(policy));
        return true;
      },
    };
  }

  #batch(batch: ColumnBatch): void {
    const payload = packBatch(batch);
    writeAll(headOf("batch", payload.length));
    writeAll(payload);
    this.#written += payload.length;
    this.#tellFiltered();
  }

  /** Ahead of the cursor behind what was left out. */
  #tellFiltered(): void {
    if (this.#filtered.filtered > 0) this.#spend("filtered", this.#filtered.filteredBy);
    this.#filtered = zeroCounts();
  }

  /** Writes what costs credit. */
  #spend(kind: Kind, value: unknown): void {
    const message = jsonMessage(kind, value);
    writeAll(message);
    this.#written += message.length;
  }

  async #room(): Promise<void> {
    while (this.#written >= this.#credit && !this.#stop.signal.aborted) {
      await new Promise<void>((resolve) => {
        this.#wakeCredit = resolve;
        this.#stop.signal.addEventListener("abort", () => resolve(), { once: true });
      });
    }
  }
}

/** Waits in the system call where the agent does not read: that is the last back-pressure. */
function writeAll(bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length;) at += writeSome(bytes.subarray(at));
}

function writeSome(bytes: Uint8Array): number {
  try {
    return writeSync(1, bytes);
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "EAGAIN")) throw error;
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
    return 0;
  }
}
