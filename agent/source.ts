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
import { countFiltered } from "./counters.ts";
import { handOverTo } from "./isolate/hand_over.ts";
import type { IsolatedPlugin } from "./isolate/isolated_plugin.ts";
import type { ProcessNote } from "./isolate/process_note.ts";
import type { Pipeline } from "./pipeline.ts";
import { type Failure, runPlugin } from "./read/run_plugin.ts";
import { pause } from "./wait.ts";

export interface SourceOptions {
  readonly name: string;
  readonly plugin: Plugin;
  /** Where the plugin runs in a process of its own. */
  readonly isolated?: Isolated;
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

/** A source whose plugin runs in a process of its own, and what is known of that process. */
export interface Isolated {
  readonly plugin: IsolatedPlugin;
  readonly note: ProcessNote;
}

/** A third-party plugin that fails so often in a row is not started again. */
const MOST_FAILURES = 5;
/** Pause between looks at files. */
const LEAST_POLL_MS = 20;
const MOST_POLL_MS = 200;

/** Runs the source until `signal` aborts; what it has read is then durable. */
export async function runSource(options: SourceOptions): Promise<void> {
  const { pipeline, signal, isolated } = options;
  const plugin = isolated === undefined ? options.plugin : bound(isolated, options);
  const stopFlush = plugin.kind === "listen" ? flushEvery(options) : () => {};
  try {
    await runPlugin({
      plugin,
      context: (life) => contextOf(options, life),
      downstream: pipeline,
      signal,
      sleep: (ms) => pause(ms, { signal, after: options.after }),
      random: options.random,
      ...(isolated !== undefined && {
        mostFailures: MOST_FAILURES,
        failed: (failure) => tellFailure(failure, options),
      }),
    });
  } finally {
    stopFlush();
    pipeline.flush();
    await pipeline.settle();
  }
}

function bound({ plugin, note }: Isolated, { name, pipeline }: SourceOptions): Plugin {
  const log = logOf(`source/${name}`);
  return plugin.bind(handOverTo(pipeline, { log, note }));
}

/** What cannot be asked again is lost while no process runs; a source given up is said so. */
function tellFailure({ isLast, failures }: Failure, { pipeline }: SourceOptions): void {
  if (isLast) {
    const detail = `quarantined: its plugin has failed ${failures} times, it is not started again`;
    pipeline.gap({ reason: "other", detail });
  } else if (pipeline.options.lossy) {
    pipeline.gap({ reason: "other", detail: "its plugin has failed and is started again" });
  }
}

/** The source's line of `custos status`. */
export function statusOf(
  { name, plugin, isolated }: Pick<SourceOptions, "name" | "plugin" | "isolated">,
  pipeline: Pipeline,
): SourceStatus {
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
    ...(isolated !== undefined && { process: isolated.note.status() }),
    read,
    inFlight,
    conserved: read === sealed + inFlight + shed + quarantined + filtered && inFlight >= 0 &&
      counts.acked <= sealed,
  };
}

function contextOf(options: SourceOptions, signal: AbortSignal): Context<unknown, Tables> {
  const { name, config, pipeline, now } = options;
  const sleep = (ms: number): Promise<void> => pause(ms, { signal, after: options.after });
  // Its readers and sockets end with the signal.
  const { kept, limits } = pipeline.options;
  const io = openIo({
    ...{ signal, now, sleep, onGap: (gap) => pipeline.gap(gap) },
    // Groups are sealed when a look has read all: other looks would gain nothing.
    pollMs: Math.min(Math.max(limits.ms, LEAST_POLL_MS), MOST_POLL_MS),
    ...(kept !== undefined && { kept }),
  });
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
    filter: (policy) => {
      countFiltered(pipeline.counts, policy);
      return true;
    },
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
