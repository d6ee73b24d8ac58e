/**
 * Reads the Security log of Windows: EVTX files, exports in XML, the channel of the running host.
 *
 * @module
 */
import type { Json } from "../../../sdk/mod.ts";
import {
  type EventFollower,
  type EventPlaces,
  type EventsCursor,
  followEvents,
} from "../../../sdk/read/follow_events.ts";
import { type SecurityRow, securityRow } from "./row.ts";

export const TABLE = "SecurityEvent";

/** Whether such files hold Windows events; a mixture does not. */
export function areWindowsFiles(files: readonly string[]): boolean {
  return files.every((file) => /\.(evtx|xml)$/i.test(file));
}

/** Reads until the input ends; yields cursors. */
export function readWindowsAudit(
  context: EventFollower["context"],
  source: EventPlaces & { readonly emit: (row: SecurityRow) => void },
  from: Json,
): AsyncIterable<EventsCursor> {
  const reader: EventFollower = {
    context: {
      ...context,
      reject: (rejected) => context.reject({ ...rejected, table: TABLE }),
    },
    take: (event) => source.emit(securityRow(event)),
  };
  return followEvents(reader, source, from);
}
