/**
 * Runs a source for a while and counts what it gives: no event leaves this function.
 *
 * @module
 */
import { configuredPlugin, type Context, type Plugin, type Tables } from "../../sdk/plugin.ts";
import { openIo } from "../../sdk/read/open_io.ts";
import type { Json } from "../../sdk/table.ts";
import { zeroCounts } from "../counters.ts";
import { runPlugin } from "../read/run_plugin.ts";
import { openSink, type SinkTable } from "../read/sink.ts";
import type { Outcome } from "./report.ts";

export interface Trial {
  readonly plugin: Plugin;
  /** As a user writes it. */
  readonly config: unknown;
  /** How long it runs, in ms; absent: until what there is has been read. */
  readonly forMs?: number;
  readonly signal: AbortSignal;
}

/** Runs it; what goes wrong is in the outcome. */
export async function trySource(trial: Trial): Promise<Outcome> {
  const checked = await trial.plugin.config["~standard"].validate(trial.config);
  if (checked.issues !== undefined) {
    return failed(checked.issues.map(({ message }) => message).join("; "));
  }
  const counts = zeroCounts();
  const errors: string[] = [];
  const ending = new AbortController();
  const signal = AbortSignal.any([trial.signal, ending.signal]);
  const timer = trial.forMs === undefined
    ? undefined
    : setTimeout(() => ending.abort(), trial.forMs);
  const note = (error: unknown): void => {
    errors.push(error instanceof Error ? error.message : String(error));
    ending.abort();
  };
  try {
    await runOne(configuredPlugin(trial.plugin, checked.value), {
      ...{ config: checked.value, counts, signal, once: trial.forMs === undefined, note },
    });
  } catch (error) {
    note(error);
  } finally {
    clearTimeout(timer);
    ending.abort();
  }
  return {
    events: counts.read - counts.rejected,
    rejected: counts.rejected,
    gaps: counts.gaps,
    errors,
  };
}

interface Running {
  readonly config: unknown;
  readonly counts: ReturnType<typeof zeroCounts>;
  readonly signal: AbortSignal;
  readonly once: boolean;
  readonly note: (error: unknown) => void;
}

async function runOne(plugin: Plugin, running: Running): Promise<void> {
  const { config, counts, signal, once, note } = running;
  const take = (table: SinkTable): void => {
    if (!table.gap) counts.read += table.writer.rows;
    table.writer.reset();
  };
  const options = { rows: 4096, bytes: 1 << 20, counts, now: Date.now, onFull: take };
  const sink = openSink(plugin, options);
  await using io = openIo({ signal, once, onGap: (gap) => sink.gap(gap) });
  const flush = (): Promise<void> => {
    sink.tables.forEach(take);
    return Promise.resolve();
  };
  let latest: Json | undefined;
  const quiet = (): void => {};
  const context: Context<unknown, Tables> = {
    ...{ config, emit: sink.emit, write: sink.write, io, signal },
    clock: { now: Date.now, sleep: (ms) => pause(ms, signal) },
    log: { debug: quiet, info: quiet, warn: quiet, error: quiet },
    reject: sink.reject,
    gap: (gap) => sink.gap(gap),
    filter: () => true,
  };
  await runPlugin({
    plugin,
    context: () => context,
    signal,
    sleep: (ms) => pause(ms, signal),
    random: Math.random,
    once,
    downstream: {
      cursor: () => latest,
      advance: (cursor) => void (latest = cursor),
      room: flush,
      lost: () => new AbortController().signal,
      settle: flush,
      state: (state, why) => {
        if (state === "failed") note(why);
      },
    },
  });
}

function failed(error: string): Outcome {
  return { events: 0, rejected: 0, gaps: 0, errors: [error] };
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const wake = (): void => {
      clearTimeout(timer);
      signal.removeEventListener("abort", wake);
      resolve();
    };
    const timer = setTimeout(wake, ms);
    signal.addEventListener("abort", wake, { once: true });
  });
}
