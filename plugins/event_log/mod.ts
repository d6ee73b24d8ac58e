/**
 * Windows event logs: one row per event of an EVTX file or of an export in XML.
 *
 * @module
 */
import { definePlugin } from "../../sdk/mod.ts";
import {
  EVENT_FILES_START,
  type EventFilesCursor,
  followEventFiles,
} from "../../sdk/read/event_files.ts";
import type { WindowsEvent } from "../../sdk/read/windows_event.ts";
import { type Config, config } from "./config.ts";
import { eventRow, writeWindowsEvent } from "./rows.ts";
import { tables } from "./table.ts";

export default definePlugin.stream({
  name: "event_log",
  version: "1.0.0",
  summary: "Windows events from EVTX files and exports in XML",
  filesKey: "files",
  config,
  needs: ({ files }: Config) => ({ read: files }),
  tables,

  start: (): EventFilesCursor => EVENT_FILES_START,

  stream(context, cursor) {
    const { emit, write, config: { files, table } } = context;
    const take = table === "Event"
      ? (event: WindowsEvent) => emit.Event(eventRow(event))
      : (event: WindowsEvent) => writeWindowsEvent(write.WindowsEvent, event);
    return followEventFiles({ context, take }, files, cursor);
  },
});
