/**
 * Stage 1 of 7: runs a source's plugin and asks it for more only while there is room.
 *
 * A plugin that throws is started again, later each time, at the last cursor that is durable; it
 * harms no other source.
 *
 * @module
 */
import type { Context, Plugin, Tables } from "../../sdk/plugin.ts";
import type { Json } from "../../sdk/table.ts";

/** How a source is doing. */
export type SourceState = "running" | "waiting" | "failed" | "ended";

/** What the reader needs of the stages behind it. */
export interface Downstream {
  /** The cursor to start at: of the last durable frame; undefined if there is none. */
  cursor(): Json | undefined;
  /** All emitted so far may be forgotten once `cursor` is durable. */
  advance(cursor: Json): void;
  /** Resolves when more may be read. */
  room(): Promise<void>;
  /** Waits until what was advanced is durable, then forgets what was not. */
  settle(): Promise<void>;
  state(state: SourceState, why?: string): void;
}

export interface RunOptions {
  readonly plugin: Plugin;
  readonly context: Context<unknown, Tables>;
  readonly downstream: Downstream;
  readonly signal: AbortSignal;
  /** Wakes early on abort. */
  sleep(ms: number): Promise<void>;
  /** 0 to 1. */
  random(): number;
  /** Read what there is and end, rather than follow. */
  readonly once?: boolean;
}

const FIRST_BACKOFF_MS = 1_000;
const MOST_BACKOFF_MS = 60_000;

/** Runs until `signal` aborts, or until the plugin ends of itself. */
export async function runPlugin(options: RunOptions): Promise<void> {
  const { downstream, signal } = options;
  let backoffMs = FIRST_BACKOFF_MS;
  while (!signal.aborted) {
    const before = downstream.cursor();
    try {
      downstream.state("running");
      await runOnce(options);
      await downstream.settle();
      downstream.state("ended");
      return;
    } catch (error) {
      await downstream.settle();
      if (signal.aborted) return;
      if (options.once === true) throw error;
      // It got on: what stopped it is not what stopped it last.
      if (downstream.cursor() !== before) backoffMs = FIRST_BACKOFF_MS;
      downstream.state("failed", error instanceof Error ? error.message : String(error));
      await options.sleep(backoffMs * (0.5 + options.random()));
      backoffMs = Math.min(backoffMs * 2, MOST_BACKOFF_MS);
    }
  }
}

async function runOnce(options: RunOptions): Promise<void> {
  const { plugin, context, signal } = options;
  if (plugin.kind === "listen") {
    await plugin.listen(context);
    return;
  }
  if (plugin.kind === "stream") {
    await follow(options, (cursor) => plugin.stream(context, cursor));
    return;
  }
  const everyMs = plugin.everyMs(context.config);
  while (!signal.aborted) {
    const started = context.clock.now();
    await follow(options, (cursor) => plugin.pull(context, cursor));
    if (options.once === true) return;
    await options.sleep(Math.max(0, started + everyMs - context.clock.now()));
  }
}

async function follow(
  { plugin, context, downstream, signal }: RunOptions,
  start: (cursor: Json) => AsyncIterable<Json>,
): Promise<void> {
  if (plugin.kind === "listen") return;
  await downstream.room();
  for await (const cursor of start(downstream.cursor() ?? await plugin.start(context))) {
    downstream.advance(cursor);
    if (signal.aborted) return;
    await downstream.room();
  }
}
