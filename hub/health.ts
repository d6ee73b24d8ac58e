/**
 * How the hub's own stages do, for `/v1/status`.
 *
 * @module
 */
import type { HubHealth, WitnessStatus } from "../sdk/api/status.ts";
import { FREE_FLOOR_BYTES, MOST_BEHIND } from "./back_pressure.ts";
import type { DetectCounts } from "./detect/detect.ts";
import type { ColdState } from "./storage.ts";
import type { StoreCounts } from "./store/store.ts";
import { sizeText } from "./store/target/size_text.ts";
import { ALARMING } from "./witness/cosigner.ts";

/** What is looked at. */
export interface Signs {
  readonly store: { readonly counts: StoreCounts; readonly trouble: unknown };
  readonly detect: { readonly counts: DetectCounts };
  /** Why followers fail, by name. */
  readonly troubles: ReadonlyMap<string, string>;
  /** Durable entries that the slowest of store and detect has not taken. */
  readonly behind: number;
  /** Bytes free on the disk of the data folder. */
  readonly freeBytes: number;
  /** Sources whose events are not all accounted for. */
  readonly unaccounted: number;
  readonly witnesses: readonly WitnessStatus[];
  /** Undefined where cold files stay in the data folder. */
  readonly cold?: ColdState | undefined;
  /** What is to be said of trained models. */
  readonly models: readonly string[];
}

/** Puts the signs together. */
export function healthOf(signs: Signs): HubHealth {
  const { events, findings, unreadable } = signs.detect.counts;
  return {
    problems: [...problemsOf(signs)],
    store: { ...signs.store.counts, trouble: wordsOf(signs.store.trouble) },
    ...(signs.cold !== undefined && { cold: coldOf(signs.cold) }),
    detect: { events, findings, unreadable },
  };
}

function* problemsOf(signs: Signs): Generator<string> {
  const { store, detect, troubles, behind, freeBytes, unaccounted, witnesses, models } = signs;
  if (freeBytes < FREE_FLOOR_BYTES) yield "The disk is almost full: agents are asked to wait";
  if (behind > MOST_BEHIND) {
    yield `${behind} entries wait for rules or store: agents are asked to wait`;
  }
  for (const [name, why] of troubles) yield `Follower ${name} fails: ${why}`;
  const trouble = wordsOf(store.trouble);
  if (trouble !== null) yield `Events cannot be written to the store: ${trouble}`;
  if (store.counts.refusedFrames > 0) {
    yield `${store.counts.refusedFrames} frames are in the ledger and in no table`;
  }
  if (detect.counts.unreadable > 0) {
    yield `${detect.counts.unreadable} frames could not be read by rules`;
  }
  if (signs.cold !== undefined) yield* coldProblems(signs.cold);
  for (const { name, trouble } of witnesses) {
    if (trouble === null || !ALARMING.includes(trouble)) continue;
    yield `Witness ${name} has seen another ledger under this hub's name (${trouble})`;
  }
  yield* models;
  if (unaccounted > 0) yield `${unaccounted} sources have events that are not accounted for`;
}

function* coldProblems(
  { place, trouble, waitingFiles, waitingBytes, missing, unknown, tampered }: ColdState,
): Generator<string> {
  if (trouble !== null) {
    yield `Cold files cannot be moved, ${waitingFiles} of ${
      sizeText(waitingBytes)
    } wait: ${trouble}`;
  }
  if (tampered > 0) yield `${tampered} fetched files had other bytes than the ledger has sealed`;
  if (missing.length > 0) {
    yield `${missing.length} files are not at cold target ${place}, such as ${missing[0]}`;
  }
  if (unknown.length > 0) {
    yield `${unknown.length} files at cold target ${place} are none that this hub has put there, ` +
      `such as ${unknown[0]}`;
  }
}

function coldOf({ missing, unknown, ...state }: ColdState): NonNullable<HubHealth["cold"]> {
  return { ...state, missing: missing.length, unknown: unknown.length };
}

function wordsOf(error: unknown): string | null {
  if (error === undefined) return null;
  return error instanceof Error ? error.message : "unknown";
}
