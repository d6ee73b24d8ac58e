/**
 * Performance counters of a Linux host: processors, memory, disks, networks, load, pressure.
 *
 * @module
 */
import { definePlugin } from "../../sdk/mod.ts";
import { type Config, config } from "./config.ts";
import { type Sample, valuesOf } from "./counter.ts";
import { type Counters, type Memory, takeSample } from "./sample.ts";
import { tables } from "./table.ts";

/**
 * The last sample of each source, for as long as its config lives: rates need it, and a cursor,
 * which is kept in every frame, is no place for hundreds of counters.
 */
const memories = new WeakMap<Config, Memory>();

export default definePlugin.pull({
  name: "perf_counters",
  version: "1.0.0",
  summary: "Performance counters from /proc and /sys",
  config,
  needs: ({ custom }: Config) => ({
    read: ["/proc/*", "/proc/net/dev", "/proc/pressure/*", ...custom.map(({ file }) => file)],
    platforms: ["linux"],
  }),
  tables,

  everyMs: ({ every }) => every,
  start: () => ({}),

  async *pull(context, cursor) {
    const memory = memoryOf(context.config);
    const now = takeSample(context, memory);
    emitValues(context, now, memory.before);
    memory.before = now;
    yield cursor;
  },
});

function memoryOf(config: Config): Memory {
  const known = memories.get(config);
  if (known !== undefined) return known;
  const memory: Memory = { before: undefined, missing: new Set() };
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
