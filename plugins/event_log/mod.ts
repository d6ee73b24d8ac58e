/**
 * Windows event logs: one row per event of a channel, an EVTX file or an export in XML.
 *
 * @module
 */
import { definePlugin, type Rejected } from "../../sdk/mod.ts";
import { type EventsCursor, eventSource, followEvents } from "../../sdk/read/follow_events.ts";
import type { WindowsEvent } from "../../sdk/read/windows_event.ts";
import { config } from "./config.ts";
import { isOwned, OWNED_CHANNELS } from "./owned_channels.ts";
import { eventRow, writeWindowsEvent } from "./rows.ts";
import { tables } from "./table.ts";

export default definePlugin.stream({
  name: "event_log",
  version: "1.0.0",
  summary: "Windows events from EVTX files, exports in XML and the running host",
  ...eventSource,
  config,
  tables,

  start: (): EventsCursor => ({}),

  stream(context, cursor) {
    const { emit, config: source } = context;
    const write = source.table === "Event"
      ? (event: WindowsEvent) => emit.Event(eventRow(event))
      : (event: WindowsEvent) => writeWindowsEvent(context.write.WindowsEvent, event);
    const take = (event: WindowsEvent): void => {
      if (isOwned(event.channel) && context.filter(OWNED_CHANNELS)) return;
      write(event);
    };
    // What cannot be parsed is of the table that is written.
    const place = source.table === "Event" ? {} : { into: "RawEventData" };
    const reject = (rejected: Rejected): void =>
      context.reject({ ...rejected, ...place, table: source.table });
    return followEvents({ context: { ...context, reject }, take }, source, cursor);
  },
});
