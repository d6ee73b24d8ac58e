/**
 * Stage 1 of 7: runs a source's plugin and asks it for more only while there is room.
 *
 * A plugin that throws is started again, later each time, at the last cursor that is durable; it
 * harms no other source. So is one of whose events some could not be kept: it does not matter
 * whether it has anything new to give.
 *
 * @module
 */
import type { Context, Plugin, Tables } from "../../sdk/plugin.ts";
import type { Json } from "../../sdk/table.ts";

/** How a source is doing. */
export type SourceState = "running" | "waiting" | "failed" | "quarantined" | "ended";

/** What the reader needs of the stages behind it. */
export interface Downstream {
  /** The cursor to start at: of the last durable frame; undefined if there is none. */
  cursor(): Json | undefined;
  /** All emitted so far may be forgotten once `cursor` is durable. */
  advance(cursor: Json): void;
  /** Resolves when more may be read. */
  room(): Promise<void>;
  /** Aborts when something that was advanced could not be kept; a new one after each `settle`. */
  lost(): AbortSignal;
  /** Waits until what was advanced is durable, then forgets what was not. */
  settle(): Promise<void>;
  state(state: SourceState, why?: string): void;
}

export interface ReadOptions {
  readonly plugin: Plugin;
  /** What the plugin is given; it ends what it waits for when `life` aborts. */
  context(life: AbortSignal): Context<unknown, Tables>;
  readonly downstream: Pick<Downstream, "cursor" | "advance" | "room">;
  /** Read what there is and end, rather than follow. */
  readonly once?: boolean;
}

export interface RunOptions extends ReadOptions {
  readonly downstream: Downstream;
  readonly signal: AbortSignal;
  /** Wakes early on abort. */
  sleep(ms: number): Promise<void>;
  /** 0 to 1. */
  random(): number;
  /** After so many failures in a row it is not started again; default: it always is. */
  readonly mostFailures?: number;
  /** Told of each failure. */
  failed?(failure: Failure): void;
}

/** A plugin has thrown. */
export interface Failure {
  readonly why: string;
  /** How many in a row without getting on. */
  readonly failures: number;
  /** It is not started again. */
  readonly isLast: boolean;
}

const FIRST_BACKOFF_MS = 1_000;
const MOST_BACKOFF_MS = 60_000;
/** What has run for so long has got on, cursor or not. */
const SETTLED_MS = 600_000;

/** Runs until `signal` aborts, until the plugin ends of itself, or has failed too often. */
export async function runPlugin(options: RunOptions): Promise<void> {
  const { downstream, signal } = options;
  let failures = 0;
  while (!signal.aborted) {
    const before = downstream.cursor();
    const lost = downstream.lost();
    const ending = new AbortController();
    const started = performance.now();
    try {
      downstream.state("running");
      try {
        await readPlugin(options, AbortSignal.any([signal, lost, ending.signal]));
      } finally {
        // Whatever it has left behind ends with it.
        ending.abort();
      }
      await downstream.settle();
      // It ends because of that, or before anybody could tell it.
      if (!signal.aborted) lost.throwIfAborted();
      downstream.state("ended");
      return;
    } catch (error) {
      await downstream.settle();
      if (signal.aborted) return;
      if (options.once === true) throw error;
      // It got on: what stopped it is not what stopped it last. Nor is a full disk its fault.
      const gotOn = downstream.cursor() !== before || lost.aborted ||
        performance.now() - started > SETTLED_MS;
      failures = gotOn ? 1 : failures + 1;
      const why = error instanceof Error ? error.message : String(error);
      const isLast = failures >= (options.mostFailures ?? Infinity);
      downstream.state(isLast ? "quarantined" : "failed", why);
      options.failed?.({ why, failures, isLast });
      if (isLast) return;
      await options.sleep(backoffMs(failures) * (0.5 + options.random()));
    }
  }
}

function backoffMs(failures: number): number {
  return Math.min(FIRST_BACKOFF_MS * 2 ** (failures - 1), MOST_BACKOFF_MS);
}

/** Runs the plugin until it ends, throws or `life` aborts. */
export async function readPlugin(options: ReadOptions, life: AbortSignal): Promise<void> {
  const { plugin } = options;
  const context = options.context(life);
  if (plugin.kind === "listen") return await plugin.listen(context);
  const start = (): Json | Promise<Json> => plugin.start(context);
  if (plugin.kind === "stream") {
    await follow(options, life, { start, read: (from) => plugin.stream(context, from) });
    return;
  }
  const everyMs = plugin.everyMs(context.config);
  // Of this life: what is durable lags behind, and would be read again.
  let latest: Json | undefined;
  while (!life.aborted) {
    const started = context.clock.now();
    const read = (from: Json): AsyncIterable<Json> => plugin.pull(context, latest ?? from);
    latest = await follow(options, life, { start, read }) ?? latest;
    if (options.once === true) return;
    await context.clock.sleep(Math.max(0, started + everyMs - context.clock.now()));
  }
}

async function follow({ downstream }: ReadOptions, life: AbortSignal, { start, read }: {
  start(): Json | Promise<Json>;
  read(from: Json): AsyncIterable<Json>;
}): Promise<Json | undefined> {
  let last: Json | undefined;
  await downstream.room();
  for await (const cursor of read(downstream.cursor() ?? await start())) {
    last = cursor;
    downstream.advance(cursor);
    if (life.aborted) break;
    await downstream.room();
  }
  return last;
}
