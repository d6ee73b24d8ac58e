/**
 * Reads the Security log of Windows from EVTX files and exports in XML.
 *
 * @module
 */
import type { Json } from "../../../sdk/mod.ts";
import {
  EVENT_FILES_START,
  type EventFilesCursor,
  followEventFiles,
} from "../../../sdk/read/event_files.ts";
import type { EventReader } from "../../../sdk/read/event_reader.ts";
import { type SecurityRow, securityRow } from "./row.ts";

export const TABLE = "SecurityEvent";

/** Whether such files hold Windows events; a mixture does not. */
export function areWindowsFiles(files: readonly string[]): boolean {
  return files.every((file) => /\.(evtx|xml)$/i.test(file));
}

/** Reads until the input ends; yields cursors. */
export function readWindowsAudit(
  context: EventReader["context"],
  source: { readonly files: readonly string[]; readonly emit: (row: SecurityRow) => void },
  from: Json,
): AsyncIterable<EventFilesCursor> {
  const reader: EventReader = {
    context: {
      ...context,
      reject: (rejected) => context.reject({ ...rejected, table: TABLE }),
    },
    take: (event) => source.emit(securityRow(event)),
  };
  return followEventFiles(reader, source.files, isCursor(from) ? from : EVENT_FILES_START);
}

function isCursor(from: Json): from is EventFilesCursor {
  return typeof from === "object" && from !== null && "last" in from && "tail" in from;
}
