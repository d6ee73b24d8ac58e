/**
 * What people do at the hub, written into its ledger before it takes effect.
 *
 * | note          | payload: JSON with                                    |
 * | ------------- | ----------------------------------------------------- |
 * | `look`        | who, what (the query), rows, why                      |
 * | `alert-state` | id, state, by, reason                                 |
 * | `enrol-token` | by, expiresAt                                         |
 *
 * @module
 */
import type { StateChange } from "./alert/alerts.ts";
import type { Look } from "./api/look.ts";
import { HUB_KEY_HASH } from "./ledger/entry.ts";
import type { Ledger } from "./ledger/ledger.ts";

/** One thing that somebody did. */
export type Note =
  | ({ readonly note: "look" } & Look)
  | ({ readonly note: "alert-state" } & StateChange)
  | { readonly note: "enrol-token"; readonly by: string; readonly expiresAt: string };

/** Makes a note durable. */
export type RecordNote = (note: Note) => Promise<void>;

/** Writes notes into `ledger`; many at once share one sync. */
export function noteRecorder(ledger: Pick<Ledger, "append" | "commit">): RecordNote {
  return async (note) => {
    ledger.append("note", HUB_KEY_HASH, new TextEncoder().encode(JSON.stringify(note)));
    await ledger.commit();
  };
}
