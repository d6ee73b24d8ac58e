/**
 * A third-party plugin as the agent sees it: what its manifest says, and a process that reads.
 *
 * None of its code runs in the agent. Its config is checked, and what it needs under that config is
 * asked, in a process that may reach nothing; then it runs in one that may reach what was granted.
 *
 * @module
 */
import type { ColumnBatch } from "../../sdk/columns/column.ts";
import { LayoutError, unpackBatch } from "../../sdk/columns/read_layout.ts";
import type { Context, Gap, ListenPlugin, Needs, Plugin, Tables } from "../../sdk/plugin.ts";
import { type Json, type Schema, schemaOf } from "../../sdk/table.ts";
import * as v from "valibot";
import { HEAD_BYTES, headOf, type Message } from "./boundary.ts";
import { wrongIn } from "./check_batch.ts";
import type { Confined } from "./confine/spec.ts";
import type { Described } from "./describe.ts";
import {
  checkReplySchema,
  checkSame,
  filteredSchema,
  gapSchema,
  logSchema,
  ManifestError,
  readDescribed,
} from "./manifest.ts";
import type { CheckReply, RunRequest } from "./messages.ts";
import { PluginError } from "./plugin_error.ts";
import type { ProcessNote } from "./process_note.ts";
import { PluginProcess, type ProcessClock, type ProcessLimits } from "./plugin_process.ts";

/** A plugin's code and what it says of itself. */
export interface PluginCode {
  readonly described: Described;
  /** One ESM file; only `@custos/sdk` is imported. */
  readonly code: Uint8Array;
}

/** Starts processes for plugins. */
export interface ProcessMaker {
  /** Program and words that start a process which may reach `needs` and nothing else. */
  command(needs: Needs): readonly string[];
  readonly limits?: Partial<ProcessLimits>;
  readonly clock?: ProcessClock;
  readonly errors?: "inherit" | "ignore";
}

/** Where what the process tells goes. */
export interface HandOver {
  /** Takes a batch that is as its schema says. */
  batch(batch: ColumnBatch, schema: Schema): void;
  /** All that was handed over may be sealed: the process has waited long enough. */
  flush(): void;
  gap(gap: Gap): void;
  /** Events that the policy of that name leaves out. */
  filtered(policy: string, count: number): void;
  /** `message` may hold anything. */
  log(level: "debug" | "info" | "warn" | "error", message: string): void;
  /** A text of the plugin without what may name somebody. */
  scrubbed(text: string): string;
  /** When its batches go out. */
  readonly limits: RunRequest["limits"];
  readonly once?: boolean;
  readonly note?: ProcessNote;
}

/** Settings that the plugin's schema has taken, and what it needs under them. */
export interface IsolatedConfig {
  readonly settings: unknown;
  readonly needs: Needs;
  readonly lossy: boolean;
  /** Those that the config declares, where the manifest says that it does. */
  readonly tables?: Tables;
  /** The plugin failed when it was to judge the settings: it is asked again when it is to run. */
  readonly unchecked?: true;
}

/** Says what of `needs` nobody has granted; undefined where all is. */
export type Judge = (needs: Needs, settings: unknown) => string | undefined;

/** A plugin that runs in processes of its own. */
export interface IsolatedPlugin extends PluginCode {
  /** For all that need not run it: the config's loader, schemas, status. */
  readonly plugin: Plugin;
  /** For one source: a plugin that hands over what its process gives. */
  bind(to: HandOver): Plugin;
  /** A config of settings that nobody could judge; it is run like any other one that fails. */
  unchecked(settings: unknown): IsolatedConfig;
}

/** True for an issue that is the plugin's own: it failed when it was to judge its settings. */
export function isFailure(issue: object): boolean {
  return "failed" in issue;
}

/** @throws Never: what is wrong with the code is told when it is run. */
export function isolate(
  code: PluginCode,
  { maker, judge }: { readonly maker: ProcessMaker; readonly judge: Judge },
): IsolatedPlugin {
  const { described } = code;
  const common = {
    ...described,
    config: {
      "~standard": {
        version: 1 as const,
        vendor: "custos",
        validate: (settings: unknown) => checkSettings({ code, maker, judge }, settings),
      },
    },
    needs: (config: unknown) => asIsolated(config).needs,
    ...(described.configured === true && {
      configuredTables: (config: unknown) => asIsolated(config).tables ?? described.tables,
    }),
  };
  const unbound = (): never => {
    throw new TypeError(`Cannot run ${described.name} here: it runs in a process of its own`);
  };
  const asPlugin = (run: Run): Plugin => {
    if (described.kind === "listen") return listener(common, run);
    return {
      ...common,
      kind: "stream",
      lossy: (config: unknown) => asIsolated(config).lossy,
      start: () => null,
      stream: (context, cursor) => run(context, cursor),
    };
  };
  return {
    ...code,
    plugin: asPlugin(unbound),
    bind: (to) => asPlugin((context, cursor) => runIn({ code, maker, judge, to }, context, cursor)),
    unchecked: (settings) => ({ settings, needs: {}, lossy: false, unchecked: true }),
  };
}

type Run = (context: Context<unknown, Tables>, cursor: Json) => AsyncIterable<Json>;

function listener(
  common: Omit<ListenPlugin<unknown, Tables>, "kind" | "lossy" | "listen">,
  run: Run,
): Plugin {
  return {
    ...common,
    kind: "listen",
    lossy: true,
    async listen(context) {
      // It yields no cursor; what it hears is handed over on the way.
      for await (const _ of run(context, null)) continue;
    },
  };
}

interface Checking {
  readonly code: PluginCode;
  readonly maker: ProcessMaker;
  readonly judge: Judge;
}

async function checkSettings({ code, maker, judge }: Checking, settings: unknown) {
  try {
    await using child = startProcess(maker, {});
    await load(child, code);
    const reply = await check(child, settings);
    if (!reply.ok) return { issues: reply.issues };
    const missing = judge(reply.needs, settings);
    if (missing !== undefined) return { issues: [{ message: `is refused: ${missing}` }] };
    const { needs, lossy, tables } = reply;
    // What nobody has approved to be declared by a config is the manifest's.
    if (tables !== undefined && code.described.configured !== true) {
      return { issues: [{ message: "is refused: its tables would not be those of its manifest" }] };
    }
    const declared = tables === undefined ? {} : { tables };
    return { value: { settings, needs, lossy, ...declared } satisfies IsolatedConfig };
  } catch (error) {
    if (!(error instanceof PluginError)) throw error;
    const message = `cannot be checked: ${error.code}: ${error.message}`;
    return { issues: [{ message, failed: error.code }] };
  }
}

/** The config as the plugin judges it now. @throws {PluginError} */
async function checkedNow(running: Running, config: IsolatedConfig): Promise<IsolatedConfig> {
  if (config.unchecked !== true) return config;
  const { issues, value } = await checkSettings(running, config.settings);
  if (value === undefined) {
    running.to.note?.failed("config");
    throw new PluginError("config", `Its config ${issues[0]?.message}`);
  }
  // The agent has started with the tables of the manifest.
  const { tables: _, ...rest } = value;
  return rest;
}

function asIsolated(config: unknown): IsolatedConfig {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- checkSettings() has made it
  return config as IsolatedConfig;
}

function startProcess(maker: ProcessMaker, needs: Needs): PluginProcess {
  const { command, ...options } = maker;
  return new PluginProcess({ ...options, command: command(needs) });
}

/** Gives the process its code. @throws {PluginError} */
async function load(
  child: PluginProcess,
  { code, described }: PluginCode,
  note?: ProcessNote,
): Promise<void> {
  const running = await describeIn(child, code, note);
  try {
    checkSame(described, running);
  } catch (error) {
    if (!(error instanceof ManifestError)) throw error;
    throw child.refuse("schema", error.message);
  }
}

/** Has the process import `code` and say what it is. @throws {PluginError} */
export async function describeIn(
  child: PluginProcess,
  code: Uint8Array,
  note?: ProcessNote,
): Promise<Described> {
  // None of the plugin's code has run yet: it is our own that says it.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- as above
  const confined = await child.reply("hello") as Confined;
  note?.confined(confined);
  child.sendBytes(headOf("load", code.length));
  child.sendBytes(code);
  const told = await child.reply("loaded");
  try {
    return readDescribed(told);
  } catch (error) {
    if (!(error instanceof ManifestError)) throw error;
    throw child.refuse("schema", error.message);
  }
}

async function check(child: PluginProcess, settings: unknown): Promise<CheckReply> {
  child.send("check", settings);
  const result = v.safeParse(checkReplySchema, await child.reply("checked"));
  if (!result.success) throw child.refuse("garbage", "its reply to a config is none");
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- absent keys and undefined are one here
  return result.output as CheckReply;
}

interface Running extends Checking {
  readonly to: HandOver;
}

/** Runs the plugin in a process until it ends or `signal` aborts; yields its cursors. */
async function* runIn(
  running: Running,
  context: Context<unknown, Tables>,
  cursor: Json,
): AsyncGenerator<Json> {
  const { code, maker, to } = running;
  const config = await checkedNow(running, asIsolated(context.config));
  const { settings, needs, tables = code.described.tables } = config;
  await using child = startProcess(maker, needs);
  const stop = (): void => child.askToStop();
  context.signal.addEventListener("abort", stop, { once: true });
  try {
    to.note?.running(child.pid);
    await load(child, code, to.note);
    const request: RunRequest = {
      config: settings,
      cursor: cursor ?? undefined,
      once: to.once === true,
      limits: to.limits,
    };
    child.send("run", request);
    child.grant(0);
    const taker = new Taker(child, { ...code.described, tables }, to);
    for (let message = await child.next(); message.kind !== "ended"; message = await child.next()) {
      const next = taker.take(message);
      if (next !== undefined) {
        yield next.cursor;
        to.flush();
      }
      child.grant(message.payload.length + HEAD_BYTES);
    }
  } catch (error) {
    if (error instanceof PluginError) to.note?.failed(error.code);
    throw error instanceof PluginError && error.said !== ""
      ? new PluginError(error.code, `${error.message}: ${to.scrubbed(error.said)}`)
      : error;
  } finally {
    context.signal.removeEventListener("abort", stop);
    if (await child.stop()) to.note?.failed("late");
    to.note?.running(undefined);
  }
}

/** Log lines of one process that are passed on; the rest is dropped. */
const MOST_LOG_LINES = 200;
const MOST_CURSOR_BYTES = 3 * 1024;
/** What a process may give before it says where it stands: the agent holds it until then. */
const MOST_UNCOVERED_BYTES = 16 * 1024 * 1024;

/** Judges what a running process tells, and passes on what is right. */
class Taker {
  readonly #child: PluginProcess;
  readonly #to: HandOver;
  readonly #schemas: ReadonlyMap<string, Schema>;
  /** It has no cursors. */
  readonly #isListener: boolean;
  #logged = 0;
  #uncovered = 0;

  constructor(child: PluginProcess, described: Described, to: HandOver) {
    this.#child = child;
    this.#to = to;
    this.#isListener = described.kind === "listen";
    this.#schemas = new Map(
      Object.entries(described.tables).map(([name, table]) => [name, schemaOf(name, table)]),
    );
  }

  /** @throws {PluginError} */
  take(message: Message): { readonly cursor: Json } | undefined {
    switch (message.kind) {
      case "batch":
        this.#batch(message.payload);
        return undefined;
      case "cursor":
        this.#uncovered = 0;
        return { cursor: this.#cursor(message) };
      case "gap": {
        const result = v.safeParse(gapSchema, this.#child.json(message));
        if (!result.success) throw this.#child.refuse("garbage", "a gap of its is none");
        // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- absent keys and undefined are one here
        this.#to.gap(result.output as Gap);
        return undefined;
      }
      case "log":
        this.#log(message);
        return undefined;
      case "filtered":
        this.#filtered(message);
        return undefined;
      default:
        throw this.#child.refuse("garbage", `it sent ${message.kind} while it ran`);
    }
  }

  #filtered(message: Message): void {
    const result = v.safeParse(filteredSchema, this.#child.json(message));
    if (!result.success) {
      throw this.#child.refuse("garbage", "its count of what it left out is none");
    }
    for (const [policy, count] of Object.entries(result.output)) this.#to.filtered(policy, count);
  }

  #batch(payload: Uint8Array): void {
    let batch: ColumnBatch;
    try {
      batch = unpackBatch(payload);
    } catch (error) {
      if (!(error instanceof LayoutError)) throw error;
      // Not its message: that names what the process has written.
      throw this.#child.refuse("garbage", "a batch of its is in no layout");
    }
    const schema = this.#schemas.get(batch.table);
    const wrong = schema === undefined ? "a table is not declared" : wrongIn(batch, schema);
    if (schema === undefined || wrong !== undefined) {
      throw this.#child.refuse("schema", wrong ?? "a table is not declared");
    }
    this.#uncovered += this.#isListener ? 0 : payload.length;
    if (this.#uncovered > MOST_UNCOVERED_BYTES) {
      throw this.#child.refuse("flood", `it gave ${this.#uncovered} bytes without a cursor`);
    }
    this.#to.batch(batch, schema);
  }

  #cursor(message: Message): Json {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- it is JSON
    const cursor = this.#child.json(message) as Json;
    // Written anew it may be longer than it came.
    if (Buffer.byteLength(JSON.stringify(cursor) ?? "") > MOST_CURSOR_BYTES) {
      throw this.#child.refuse("garbage", `a cursor has over ${MOST_CURSOR_BYTES} bytes`);
    }
    return cursor;
  }

  #log(message: Message): void {
    const result = v.safeParse(logSchema, this.#child.json(message));
    if (!result.success) throw this.#child.refuse("garbage", "a log line of its is none");
    if (this.#logged++ < MOST_LOG_LINES) this.#to.log(result.output.level, result.output.message);
  }
}
