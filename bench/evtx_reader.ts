/**
 * Reads EVTX files into columns, as the agent does, and prints what it cost: a process that
 * `bench:evtx` starts.
 *
 * `bun bench/evtx_reader.ts PASSES FILE…`
 *
 * @module
 */
import eventLog from "../plugins/event_log/mod.ts";
import type { Context } from "../sdk/mod.ts";
import { TableWriter } from "../sdk/columns/writer.ts";
import { openIo } from "../sdk/read/open_io.ts";
import { schemaOf } from "../sdk/table.ts";

const [passes = "1", ...files] = process.argv.slice(2);
const ROWS = 8192;

let events = 0;
const writer = new TableWriter<typeof eventLog.tables.WindowsEvent.columns>(
  schemaOf("WindowsEvent", eventLog.tables.WindowsEvent),
  { rows: ROWS, bytes: 1 << 20, onFull: () => take() },
);
const take = (): void => {
  events += writer.view().rows;
  writer.reset();
};
const say = (): void => {};
for (let pass = 0; pass < Number(passes); pass++) {
  const { signal } = new AbortController();
  await using io = openIo({ signal, once: true });
  const context: Context<Parameters<typeof eventLog.stream>[0]["config"], typeof eventLog.tables> =
    {
      config: { files, table: "WindowsEvent" },
      emit: {
        WindowsEvent: (row) => writer.add(row),
        Event: say,
      },
      write: {
        WindowsEvent: writer,
        Event: new TableWriter(schemaOf("Event", eventLog.tables.Event)),
      },
      io,
      signal,
      clock: { now: Date.now, sleep: () => Promise.resolve() },
      log: { debug: say, info: say, warn: say, error: say },
      reject: say,
      gap: say,
      filter: () => false,
    };
  const cursor = await eventLog.start(context);
  for await (const _ of eventLog.stream(context, cursor)) { /* as the agent does */ }
  take();
}
const { user, system } = process.cpuUsage();
console.log(JSON.stringify({ events, cpuSeconds: (user + system) / 1e6 }));
