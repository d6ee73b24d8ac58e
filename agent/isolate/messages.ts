/**
 * The JSON of the messages between agent and plugin's process, and what the agent makes of what
 * the process says.
 *
 * @module
 */
import type { Needs, Tables } from "../../sdk/plugin.ts";
import type { Json } from "../../sdk/table.ts";

/** Asks the process to run the plugin. */
export interface RunRequest {
  readonly config: unknown;
  readonly cursor: Json | undefined;
  /** Read what there is and end, rather than follow. */
  readonly once: boolean;
  /** When a batch goes out. */
  readonly limits: { readonly rows: number; readonly bytes: number; readonly ms: number };
}

/** What the plugin's schema says of a config. */
export type CheckReply =
  | {
    readonly ok: true;
    readonly needs: Needs;
    readonly lossy: boolean;
    /** Those that the config declares; absent: those of the manifest. */
    readonly tables?: Tables;
  }
  | { readonly ok: false; readonly issues: readonly CheckIssue[] };

export interface CheckIssue {
  readonly message: string;
  readonly path: readonly string[];
}
