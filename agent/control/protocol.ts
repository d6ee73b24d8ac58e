/**
 * What a running agent answers to the commands on its own host.
 *
 * A stream socket `control.sock` in the data folder (mode 0700: only the agent's own user gets
 * there): one line of JSON asks, lines of JSON answer.
 *
 * @module
 */
import * as v from "valibot";
import type { ProcessStatus } from "../isolate/process_note.ts";
import type { Json } from "../../sdk/table.ts";

/** A question. */
export const request = v.variant("ask", [
  v.strictObject({ ask: v.literal("status") }),
  /** Take the config's sources and the added plugins anew. */
  v.strictObject({ ask: v.literal("reload") }),
  /** Scrubbed events as they pass stage 3, of one source or of all. */
  v.strictObject({ ask: v.literal("tap"), source: v.optional(v.string()) }),
]);
export type Request = v.InferOutput<typeof request>;

/** One source as `custos status` shows it. */
export interface SourceStatus {
  readonly source: string;
  readonly plugin: string;
  readonly state: string;
  /** Why it is not running. */
  readonly why: string;
  readonly read: number;
  readonly sealed: number;
  readonly acked: number;
  readonly inFlight: number;
  readonly shed: number;
  readonly quarantined: number;
  readonly filtered: number;
  readonly filteredBy: Readonly<Record<string, number>>;
  readonly rejected: number;
  readonly tokenised: number;
  readonly dropped: number;
  readonly gaps: number;
  readonly frames: number;
  readonly frameBytes: number;
  /** Of a plugin that runs in a process of its own. */
  readonly process?: ProcessStatus;
  /** read = sealed + in flight + shed + quarantined + filtered. */
  readonly conserved: boolean;
}

/** What the spool holds of one stream. */
export interface SpooledStream {
  /** Its id in hex. */
  readonly stream: string;
  /** Oldest first; `first` is the first seq that the hub has not acknowledged. */
  readonly epochs: readonly { readonly epoch: number; readonly first: number }[];
}

/** The whole agent. */
export interface Status {
  readonly agent: string;
  readonly host: string;
  readonly healthy: boolean;
  /** What is wrong, in words; empty where nothing is. */
  readonly troubles: readonly string[];
  readonly uptimeMs: number;
  readonly link: {
    readonly state: string;
    readonly lastEnd: string | null;
    readonly hub: string | null;
  };
  readonly spool: {
    readonly bytes: number;
    readonly unackedFrames: number;
    readonly oldestUnackedMs: number;
    /** What is held for the hub. */
    readonly streams: readonly SpooledStream[];
  };
  /** The key that signs its frames: 0 is the enrolled one. */
  readonly key: { readonly number: number; readonly ageMs: number | null };
  readonly memoryBytes: number;
  readonly cpuMs: number;
  readonly sources: readonly SourceStatus[];
}

/** A config that was not taken: the agent goes on as it was. */
export interface ReloadRefused {
  readonly error: string;
  /** Stable: of the config's mistake, or of what hinders the reload. */
  readonly code: string;
}

/** A tapped event. */
export interface Tapped {
  readonly source: string;
  readonly table: string;
  readonly row: Readonly<Record<string, Json>>;
}
