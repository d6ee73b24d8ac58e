/**
 * One source at work: its plugin, its pipeline, and the loop between them.
 *
 * @module
 */
import type { Context, Plugin, Tables } from "../sdk/plugin.ts";
import { openIo } from "../sdk/read/open_io.ts";
import type { LogFacts } from "../sdk/log.ts";
import { logOf } from "../sdk/log.ts";
import type { SourceStatus } from "./control/protocol.ts";
import type { Pipeline } from "./pipeline.ts";
import { runPlugin } from "./read/run_plugin.ts";

export interface SourceOptions {
  readonly name: string;
  readonly plugin: Plugin;
  readonly config: unknown;
  readonly pipeline: Pipeline;
  readonly signal: AbortSignal;
  /** Wall clock, ms since the epoch. */
  now(): number;
  /** 0 to 1. */
  random(): number;
  /** Calls back after `ms`; returns how to call that off. */
  after(ms: number, call: () => void): () => void;
}

/** Runs the source until `signal` aborts; what it has read is then durable. */
export async function runSource(options: SourceOptions): Promise<void> {
  const { plugin, pipeline, signal } = options;
  const stopFlush = plugin.kind === "listen" ? flushEvery(options) : () => {};
  try {
    await runPlugin({
      plugin,
      context: (life) => contextOf(options, life),
      downstream: pipeline,
      signal,
      sleep: (ms) => pause(ms, options, signal),
      random: options.random,
    });
  } finally {
    stopFlush();
    pipeline.flush();
    await pipeline.settle();
  }
}

/** The source's line of `custos status`. */
export function statusOf(name: string, plugin: Plugin, pipeline: Pipeline): SourceStatus {
  const { counts, readState, why } = pipeline;
  const inFlight = pipeline.inFlight();
  const read = counts.read + pipeline.unread();
  const { sealed, shed, quarantined, filtered } = counts;
  return {
    source: name,
    plugin: plugin.name,
    state: readState,
    why,
    ...counts,
    read,
    inFlight,
    conserved: read === sealed + inFlight + shed + quarantined + filtered && inFlight >= 0 &&
      counts.acked <= sealed,
  };
}

function contextOf(options: SourceOptions, signal: AbortSignal): Context<unknown, Tables> {
  const { name, config, pipeline, now } = options;
  const sleep = (ms: number): Promise<void> => pause(ms, options, signal);
  // Its readers and sockets end with the signal.
  const io = openIo({ signal, now, sleep, onGap: (gap) => pipeline.gap(gap) });
  const log = logOf(`source/${name}`);
  const { sink } = pipeline;
  return {
    config,
    emit: sink.emit,
    write: sink.write,
    io,
    signal,
    clock: { now, sleep },
    log: {
      debug: (message, facts) => log.debug(message, flat(facts)),
      info: (message, facts) => log.info(message, flat(facts)),
      warn: (message, facts) => log.warning(message, flat(facts)),
      error: (message, facts) => log.error(message, flat(facts)),
    },
    reject: sink.reject,
    gap: (gap) => pipeline.gap(gap),
  };
}

function flat(facts: Readonly<Record<string, unknown>> = {}): LogFacts {
  return Object.fromEntries(
    Object.entries(facts).map((
      [key, value],
    ) => [key, typeof value === "number" || typeof value === "boolean" ? value : String(value)]),
  );
}

/** A listener yields no cursors: what it has emitted is sealed on a timer. */
function flushEvery({ pipeline, after }: SourceOptions): () => void {
  let cancel = (): void => {};
  const again = (): void => {
    cancel = after(pipeline.options.limits.ms, () => {
      pipeline.flush();
      again();
    });
  };
  again();
  return () => cancel();
}

function pause(ms: number, { after }: SourceOptions, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const wake = (): void => {
      cancel();
      signal.removeEventListener("abort", wake);
      resolve();
    };
    const cancel = after(ms, wake);
    signal.addEventListener("abort", wake, { once: true });
  });
}
