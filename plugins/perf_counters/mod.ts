/**
 * Performance counters: of a Linux host, of a Windows host, of the files that Windows' tools write.
 *
 * @module
 */
import { definePlugin, type TailCursor } from "../../sdk/mod.ts";
import { followRecords } from "../../sdk/read/follow_records.ts";
import { type Config, config } from "./config.ts";
import { type Sample, valuesOf } from "./counter.ts";
import { emitLive } from "./live.ts";
import { openFileReader } from "./pdh_csv.ts";
import { type Counters, isWanted, type Memory, takeSample } from "./sample.ts";
import { tables } from "./table.ts";

/** Most of a rejected line that is kept, in characters. */
const MAX_REJECT = 65_536;
/** A header names each instance of each counter: of all processes it takes megabytes. */
const MAX_LINE_BYTES = 8 * 1024 * 1024;
const LIVE_FILES = ["/proc/*", "/proc/net/dev", "/proc/pressure/*", "/sys/fs/cgroup/**"];

/**
 * The last sample of each source, for as long as its config lives: rates need it, and a cursor,
 * which is kept in every frame, is no place for hundreds of counters.
 */
const memories = new WeakMap<Config, Memory>();

export default definePlugin.pull({
  name: "perf_counters",
  version: "1.0.0",
  summary: "Performance counters of Linux and Windows, live or from PDH-CSV files",
  config,
  filesKey: "files",
  needs: ({ custom, files }: Config) => ({
    read: files ?? [...LIVE_FILES, ...custom.map(({ file }) => file)],
    ...(files === undefined && { platforms: ["linux", "windows"] as const }),
  }),
  tables,

  everyMs: ({ every }) => every,
  start: (): TailCursor => ({}),

  async *pull(context, cursor) {
    if (context.config.files !== undefined) {
      yield* readFiles(context, context.config.files, cursor);
      return;
    }
    const memory = memoryOf(context.config);
    if (context.io.counters === undefined) {
      const now = takeSample(context, memory);
      emitValues(context, now, memory.before);
      memory.before = now;
    } else await emitLive(context, memory);
    yield cursor;
  },
});

/** Follows files as they grow; ends where their reading does. */
function readFiles(
  { io, clock, config, emit, reject }: Counters,
  globs: readonly string[],
  cursor: TailCursor,
): AsyncIterable<TailCursor> {
  const encoder = new TextEncoder();
  const open = (file: string) =>
    openFileReader(file, {
      timezone: config.timezone,
      reject: (text, why) => reject({ bytes: encoder.encode(text.slice(0, MAX_REJECT)), why }),
      emit: ({ at, reading, computer, path }) => {
        if (!isWanted(config, reading)) return;
        emit.Perf({
          TimeGenerated: at,
          Computer: computer,
          ObjectName: reading.object,
          CounterName: reading.counter,
          InstanceName: reading.instance === "" ? undefined : reading.instance,
          CounterPath: path,
          CounterValue: reading.value,
          SampleCount: 1,
        });
      },
    });
  const { startAt } = config;
  return followRecords({ io, clock, globs, startAt, maxRecordBytes: MAX_LINE_BYTES, open }, cursor);
}

function memoryOf(config: Config): Memory {
  const known = memories.get(config);
  if (known !== undefined) return known;
  const memory: Memory = { before: undefined, missing: new Set(), query: undefined };
  memories.set(config, memory);
  return memory;
}

function emitValues({ emit }: Counters, now: Sample, before: Sample | undefined): void {
  for (const { reading, value } of valuesOf(now, before)) {
    const over = reading.kind === "gauge" ? undefined : before;
    emit.Perf({
      TimeGenerated: now.at,
      ObjectName: reading.object,
      CounterName: reading.counter,
      InstanceName: reading.instance === "" ? undefined : reading.instance,
      CounterValue: value,
      BucketStartTime: over?.at,
      BucketEndTime: over === undefined ? undefined : now.at,
      SampleCount: over === undefined ? 1 : 2,
    });
  }
}
