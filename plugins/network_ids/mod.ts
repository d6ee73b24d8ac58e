/**
 * Network intrusion detection: events of Suricata and logs of Zeek, in one table.
 *
 * @module
 */
import { definePlugin, type TailCursor } from "../../sdk/mod.ts";
import { followRecords } from "../../sdk/read/follow_records.ts";
import { type Config, config } from "./config.ts";
import { SensorFile } from "./sensor_file.ts";
import { networkIds } from "./table.ts";

export default definePlugin.stream({
  name: "network_ids",
  version: "1.0.0",
  summary: "Network intrusion detection: Suricata's EVE log and Zeek's logs",
  config,
  filesKey: "files",
  needs: ({ files }: Config) => ({ read: files }),
  tables: { NetworkIdsEvent: networkIds },

  start: (): TailCursor => ({}),

  stream: (
    { config: { files: globs, startAt, maxLineBytes }, io, clock, emit, reject },
    cursor,
  ) => {
    const encoder = new TextEncoder();
    const sink = {
      emit: emit.NetworkIdsEvent,
      reject: (text: string, why: string) => reject({ bytes: encoder.encode(text), why }),
    };
    const open = (file: string): SensorFile => new SensorFile(file, sink);
    return followRecords({ io, clock, globs, startAt, maxRecordBytes: maxLineBytes, open }, cursor);
  },
});
