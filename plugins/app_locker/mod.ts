/**
 * AppLocker: which programs a Windows host allowed, would have blocked, and blocked.
 *
 * @module
 */
import { definePlugin } from "../../sdk/mod.ts";
import { type EventsCursor, eventSource, followEvents } from "../../sdk/read/follow_events.ts";
import { config } from "./config.ts";
import { appLockerRow, PROVIDER } from "./row.ts";
import { tables } from "./table.ts";

export default definePlugin.stream({
  name: "app_locker",
  version: "1.0.0",
  summary: "Decisions of AppLocker from EVTX files, exports in XML and the running host",
  ...eventSource,
  config,
  tables,

  start: (): EventsCursor => ({}),

  stream(context, cursor) {
    const { emit, config: source } = context;
    let others = 0;
    const reader = {
      context,
      take: (event: Parameters<typeof appLockerRow>[0]) => {
        if (event.provider === PROVIDER) emit.AppLockerEvent(appLockerRow(event));
        else {
          context.filter("other_providers");
          if (others++ === 0) {
            context.log.warn("Events of other providers are left out", {
              provider: event.provider ?? "",
            });
          }
        }
      },
    };
    return followEvents(reader, source, cursor);
  },
});
