/**
 * Windows event logs: one row per event of a channel, an EVTX file or an export in XML.
 *
 * @module
 */
import { definePlugin } from "../../sdk/mod.ts";
import { claimedChannels, type EventsCursor, followEvents } from "../../sdk/read/follow_events.ts";
import type { WindowsEvent } from "../../sdk/read/windows_event.ts";
import { type Config, config } from "./config.ts";
import { isOwned, OWNED_CHANNELS } from "./owned_channels.ts";
import { eventRow, writeWindowsEvent } from "./rows.ts";
import { tables } from "./table.ts";

export default definePlugin.stream({
  name: "event_log",
  version: "1.0.0",
  summary: "Windows events from EVTX files, exports in XML and the running host",
  filesKey: "files",
  config,
  needs: ({ files = [] }: Config) => ({ read: files }),
  claims: claimedChannels,
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
    return followEvents({ context, take }, source, cursor);
  },
});
