/**
 * The sources of a running agent, and how they change while it runs.
 *
 * A source that changes is told to stop: what it has read is then durable, and its successor begins
 * at that cursor. One that does not change runs on untouched; one that was quarantined begins anew.
 *
 * @module
 */
import type { Running } from "./agent_status.ts";
import type { LoadedConfig, SourceConfig } from "./config/load.ts";
import { canonicalJson } from "./isolate/manifest.ts";
import { hashOf } from "./isolate/packed.ts";
import type { Pipeline } from "./pipeline.ts";
import { schemasOf } from "./schemas.ts";
import { runSource } from "./source.ts";
import { after, untilAborted } from "./wait.ts";

/** What a reload has done, by names of sources. */
export interface Reloaded {
  readonly started: readonly string[];
  readonly stopped: readonly string[];
  readonly kept: readonly string[];
}

/** A config that a running agent does not take; it goes on as it was. */
export class ReloadError extends Error {
  override readonly name = "ReloadError";
  /**
   * `restart`: more than sources has changed; `stuck`: a source has not stopped in time;
   * `stopping`: the agent is at its end.
   */
  readonly code: "restart" | "stuck" | "stopping";

  constructor(code: ReloadError["code"], message: string) {
    super(message);
    this.code = code;
  }
}

/** A process is killed long before: only a plugin in the agent's own process can take so long. */
const STOP_MS = 20_000;

export interface RunningSourcesOptions {
  readonly loaded: LoadedConfig;
  /** The agent's own, which are started with the others and stay. */
  readonly own: readonly SourceConfig[];
  /** Ends after all others: what they have read may be of it. */
  readonly last: string;
  /** Where those that run are kept, for status and link; empty yet. */
  readonly all: Running[];
  /** `stop` aborts when the source must stop. */
  pipelineOf(source: SourceConfig, stop: AbortSignal): Pipeline;
}

export class RunningSources {
  /** The agent's own are at the end. */
  readonly #all: Running[];
  readonly #stops = new Map<string, AbortController>();
  readonly #options: RunningSourcesOptions;
  readonly #lives = new Map<string, Promise<void>>();
  readonly #broken = Promise.withResolvers<never>();
  #loaded: LoadedConfig;
  #signal: AbortSignal | undefined;
  #reloading: Promise<unknown> = Promise.resolve();

  constructor(options: RunningSourcesOptions) {
    this.#options = options;
    this.#loaded = options.loaded;
    this.#all = options.all;
    for (const source of [...options.loaded.sources, ...options.own]) {
      this.#all.push(this.#make(source));
    }
    // Whoever runs the sources hears of it.
    this.#broken.promise.catch(() => {});
  }

  /** Runs all until `signal` aborts and all that was read is durable. */
  async run(signal: AbortSignal): Promise<void> {
    if (signal.aborted) return;
    this.#signal = signal;
    const isLast = ({ source }: Running): boolean => source.name === this.#options.last;
    const end = new AbortController();
    const last = Promise.all(this.#all.filter(isLast).map((one) => run(one, end.signal)));
    for (const one of this.#all) if (!isLast(one)) this.#start(one, signal);
    try {
      await Promise.race([untilAborted(signal), this.#broken.promise]);
      await this.#reloading;
      await Promise.all(this.#lives.values());
    } finally {
      end.abort();
      await last;
    }
  }

  /** Goes on with the sources of `next`. @throws {ReloadError} */
  reload(next: LoadedConfig): Promise<Reloaded> {
    const reloaded = this.#goOnWith(next, this.#reloading);
    this.#reloading = reloaded.catch(() => {});
    return reloaded;
  }

  async #goOnWith(next: LoadedConfig, before: Promise<unknown>): Promise<Reloaded> {
    await before;
    const signal = this.#signal;
    if (signal === undefined || signal.aborted) {
      throw new ReloadError("stopping", "Cannot reload: the agent does not run");
    }
    checkRest(this.#loaded, next);
    // Whoever asks has mended what a quarantined source failed of.
    const isQuarantined = (name: string): boolean =>
      this.#all.some(({ source, pipeline }) =>
        source.name === name && pipeline.readState === "quarantined"
      );
    const isSame = (name: string): boolean =>
      printOf(this.#loaded, name) === printOf(next, name) && !isQuarantined(name);
    const kept = next.sources.map(({ name }) => name).filter(isSame);
    const stopped = this.#loaded.sources.map(({ name }) => name)
      .filter((name) => !kept.includes(name));
    for (const name of stopped) await this.#end(name);
    const fresh = next.sources.filter(({ name }) => !kept.includes(name));
    // If a source cannot be made, those that are there run on and the next reload tries again.
    for (const source of fresh) this.#begin(source, signal);
    this.#loaded = { ...next, sources: this.#all.map(({ source }) => source).filter(isOf(next)) };
    return { kept, stopped, started: fresh.map(({ name }) => name) };
  }

  #begin(source: SourceConfig, signal: AbortSignal): void {
    const one = this.#make(source);
    this.#all.splice(this.#all.length - this.#options.own.length, 0, one);
    this.#start(one, signal);
  }

  #make(source: SourceConfig): Running {
    const stop = new AbortController();
    this.#stops.set(source.name, stop);
    return { source, pipeline: this.#options.pipelineOf(source, stop.signal) };
  }

  #start(one: Running, signal: AbortSignal): void {
    const { name } = one.source;
    const stop = this.#stops.get(name)?.signal;
    const ended = run(one, stop === undefined ? signal : AbortSignal.any([signal, stop]));
    ended.catch((error: unknown) => this.#broken.reject(error));
    this.#lives.set(name, ended);
  }

  /** Stops a source, with all that it has read durable. */
  async #end(name: string): Promise<void> {
    const life = this.#lives.get(name);
    if (life === undefined) return;
    this.#stops.get(name)?.abort();
    const late = Promise.withResolvers<"late">();
    const cancel = after(STOP_MS, () => late.resolve("late"));
    const how = await Promise.race([life, late.promise]);
    cancel();
    if (how === "late") {
      throw new ReloadError("stuck", `Cannot reload: source ${name} does not stop, start anew`);
    }
    this.#lives.delete(name);
    const at = this.#all.findIndex(({ source }) => source.name === name);
    if (at >= 0) this.#all.splice(at, 1);
  }
}

function run({ source, pipeline }: Running, signal: AbortSignal): Promise<void> {
  return runSource({
    ...{ ...source, pipeline, signal },
    ...{ now: Date.now, random: Math.random, after },
  });
}

function isOf({ sources }: LoadedConfig): (source: SourceConfig) => boolean {
  return ({ name }) => sources.some((one) => one.name === name);
}

/** What makes a source the same: what is written of it, its code and what it is granted. */
function printOf({ config, sources }: LoadedConfig, name: string): string | undefined {
  const source = sources.find((one) => one.name === name);
  if (source === undefined) return undefined;
  const { isolated } = source;
  const code = isolated === undefined ? null : hashOf(isolated.plugin.code);
  const granted = isolated === undefined ? null : source.config;
  return canonicalJson([config.sources[name], source.plugin.version, code, granted]);
}

/** @throws {ReloadError} `restart` */
function checkRest(before: LoadedConfig, next: LoadedConfig): void {
  const sections = Object.keys({ ...before.config, ...next.config });
  const changed = sections.filter((section) => section !== "sources").filter((section) =>
    canonicalJson(Reflect.get(before.config, section)) !==
      canonicalJson(Reflect.get(next.config, section))
  );
  if (changed.length === 0) return;
  const what = `"${changed.join('", "')}" has changed, which takes a start anew`;
  throw new ReloadError("restart", `Cannot reload: ${what}`);
}

/** Gives the function that reads the config anew and goes on with it. */
export function reloaderOf(
  { load, sources, schemas }: {
    readonly load: (() => Promise<LoadedConfig>) | undefined;
    sources(): RunningSources | undefined;
    /** Schemas as JSON by their hash, which those of new sources join. */
    readonly schemas: Map<string, string>;
  },
): () => Promise<Reloaded> {
  return async () => {
    const running = sources();
    if (load === undefined || running === undefined) {
      throw new ReloadError("stopping", "Cannot reload: the agent takes no other config");
    }
    const next = await load();
    for (const [hash, json] of schemasOf(next)) schemas.set(hash, json);
    return await running.reload(next);
  };
}
