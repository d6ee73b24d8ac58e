/**
 * Retention in a running hub: what it works on, and its minute by minute.
 *
 * @module
 */
import { every, type HubEnv } from "../env.ts";
import type { StreamIndex } from "../ingest/stream_index.ts";
import { runUntilClosed } from "../run_until_closed.ts";
import type { RetentionOptions } from "./parts.ts";
import { openRetention, type Retention } from "./retention.ts";

const STEP_MS = 60_000;

export interface KeepOptions
  extends Omit<RetentionOptions, "now" | "pause" | "tableOf" | "tables" | "cursorsAt"> {
  readonly env: HubEnv;
  readonly index: StreamIndex;
  readonly onFatal: (error: unknown) => void;
}

/** Opens retention and runs it until `opened` is disposed. */
export function keepRetention(options: KeepOptions, opened: AsyncDisposableStack): Retention {
  const { env, index } = options;
  const log = env.log("hub/retention");
  const retention = openRetention({
    ...options,
    now: env.now,
    pause: env.pause,
    // A frame of a schema that nobody has sent falls under what holds for all tables.
    tableOf: (schema) => index.schemas.get(schema)?.name ?? "",
    tables: () => [
      ...new Set([
        ...[...index.schemas.values()].map(({ name }) => name),
        ...options.store.list().map(({ table }) => table),
      ]),
    ],
    cursorsAt: () => new Set([...index.streams.values()].flatMap(({ groupAt }) => groupAt ?? [])),
  });
  runUntilClosed(options, opened, (signal) =>
    every(env, { ms: STEP_MS, signal }, async () => {
      try {
        await retention.step(signal);
      } catch (error) {
        // What is in the ledger stays, and is tried again: the status says why.
        if (!signal.aborted) log.warning("Cannot delete", { why: String(error) });
      }
    }));
  return retention;
}
