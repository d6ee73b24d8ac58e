/**
 * Stage 4 of 7: gives the ledger's entries to each follower, in order, at its own pace.
 *
 * @module
 */
import { setTimeout } from "node:timers/promises";
import type { Ledger } from "../ledger/ledger.ts";
import { LedgerError } from "../ledger/ledger_error.ts";
import type { Follower, FollowerHealth, Item } from "./follower.ts";
import type { Decoded } from "./handover.ts";
import { openItems } from "./items.ts";
import { type SourceName, sourceNamesOf } from "./source_names.ts";

/** What fan-out may be given besides. */
export interface FanOutOptions {
  /** Waits, or rejects when the signal aborts; by default the system's timer. */
  readonly sleep?: (ms: number, signal: AbortSignal) => Promise<unknown>;
  /** Called whenever a follower starts to fail, fails again, or has recovered. */
  readonly onHealth?: (health: FollowerHealth) => void;
  /** By default the ledger is read for them. */
  readonly sourceName?: SourceName;
  /** What ingest has decoded already; by default all is decoded from the ledger. */
  readonly decoded?: (index: number) => Decoded | undefined;
}

/** Payload bytes that a follower is given at once, at most. */
const TAKE_BYTES = 4 * 1024 * 1024;
const FIRST_WAIT_MS = 100;
const LONGEST_WAIT_MS = 30_000;

/**
 * Runs one loop a follower until the signal aborts, and then resolves when all have stopped. A
 * follower that throws gets the same items again after a growing pause; the others go on.
 *
 * @throws {LedgerError} `damaged`: nobody can follow any longer, stop the process.
 */
// oxlint-disable-next-line max-params -- the first three are all it needs outside of tests
export async function fanOut(
  ledger: Pick<Ledger, "read" | "changed">,
  followers: readonly Follower[],
  signal: AbortSignal,
  options: FanOutOptions = {},
): Promise<void> {
  const { sourceName = sourceNamesOf(ledger), decoded } = options;
  const items = openItems({ sourceName, decoded });
  const stop = new AbortController();
  const either = AbortSignal.any([signal, stop.signal]);
  const read = async (from: number): Promise<readonly Item[]> => {
    const entries = await ledger.read(from, { maxBytes: TAKE_BYTES });
    if (entries.length === 0) await ledger.changed(from, either);
    return items(entries);
  };
  const loops = followers.map(async (follower) => {
    try {
      await follow(follower, { read, options, signal: either });
    } catch (error) {
      stop.abort();
      throw error;
    }
  });
  const ended = await Promise.allSettled(loops);
  const failed = ended.find(({ status }) => status === "rejected");
  if (failed?.status === "rejected") throw failed.reason;
}

interface Loop {
  /** Items from an index on; maybe none. */
  readonly read: (from: number) => Promise<readonly Item[]>;
  readonly options: FanOutOptions;
  readonly signal: AbortSignal;
}

async function follow(follower: Follower, { read, options, signal }: Loop): Promise<void> {
  const sleep = options.sleep ?? ((ms, abort) => setTimeout(ms, undefined, { signal: abort }));
  let failures = 0;
  while (!signal.aborted) {
    try {
      const items = await read(follower.next);
      if (items.length === 0) continue;
      await takeAll(follower, items);
      if (failures > 0) options.onHealth?.(healthOf(follower, 0, undefined));
      failures = 0;
    } catch (error) {
      if (error instanceof LedgerError) throw error;
      if (signal.aborted) return;
      failures++;
      options.onHealth?.(healthOf(follower, failures, messageOf(error)));
      const ms = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** (failures - 1));
      // Rejects on abort only, which the loop's condition sees.
      await sleep(ms, signal).catch(() => {});
    }
  }
}

async function takeAll(follower: Follower, items: readonly Item[]): Promise<void> {
  const before = follower.next;
  await follower.take(items);
  if (follower.next > before) return;
  throw new RangeError(
    `Cannot go on with follower "${follower.name}": it took ${items.length} items and stayed ` +
      `at ${before}, must move on`,
  );
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : "It threw no error";
}

function healthOf(follower: Follower, failures: number, error: string | undefined): FollowerHealth {
  const { name, next } = follower;
  const state = failures === 0 ? "following" : "failing";
  return { name, state, next, failures, error };
}
