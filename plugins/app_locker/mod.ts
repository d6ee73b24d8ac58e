/**
 * AppLocker: which programs a Windows host allowed, would have blocked, and blocked.
 *
 * @module
 */
import { definePlugin } from "../../sdk/mod.ts";
import {
  EVENT_FILES_START,
  type EventFilesCursor,
  followEventFiles,
} from "../../sdk/read/event_files.ts";
import { type Config, config } from "./config.ts";
import { appLockerRow, PROVIDER } from "./row.ts";
import { tables } from "./table.ts";

export default definePlugin.stream({
  name: "app_locker",
  version: "1.0.0",
  summary: "Decisions of AppLocker from EVTX files and exports in XML",
  filesKey: "files",
  config,
  needs: ({ files }: Config) => ({ read: files }),
  tables,

  start: (): EventFilesCursor => EVENT_FILES_START,

  stream(context, cursor) {
    const { emit, config: { files } } = context;
    let others = 0;
    const reader = {
      context,
      take: (event: Parameters<typeof appLockerRow>[0]) => {
        if (event.provider === PROVIDER) emit.AppLockerEvent(appLockerRow(event));
        else if (others++ === 0) {
          context.log.warn("Events of other providers are left out", {
            provider: event.provider ?? "",
          });
        }
      },
    };
    return followEventFiles(reader, files, cursor);
  },
});
