/**
 * Live counters of Windows, by the paths that the config names.
 *
 * @module
 */
import type { Counters, Memory } from "./sample.ts";
import { parseCounterPath } from "./counter_path.ts";

/** What a host is asked for unless the config says otherwise. */
export const DEFAULT_PATHS: readonly string[] = [
  String.raw`\Processor(*)\% Processor Time`,
  String.raw`\Processor(*)\% User Time`,
  String.raw`\Processor(*)\% Privileged Time`,
  String.raw`\System\Processor Queue Length`,
  String.raw`\System\Context Switches/sec`,
  String.raw`\System\Processes`,
  String.raw`\System\Threads`,
  String.raw`\System\System Up Time`,
  String.raw`\Memory\Available MBytes`,
  String.raw`\Memory\% Committed Bytes In Use`,
  String.raw`\Memory\Pages/sec`,
  String.raw`\Memory\Page Faults/sec`,
  String.raw`\PhysicalDisk(*)\Disk Reads/sec`,
  String.raw`\PhysicalDisk(*)\Disk Writes/sec`,
  String.raw`\PhysicalDisk(*)\Avg. Disk sec/Transfer`,
  String.raw`\PhysicalDisk(*)\% Disk Time`,
  String.raw`\PhysicalDisk(*)\Current Disk Queue Length`,
  String.raw`\LogicalDisk(*)\% Free Space`,
  String.raw`\LogicalDisk(*)\Free Megabytes`,
  String.raw`\Network Interface(*)\Bytes Received/sec`,
  String.raw`\Network Interface(*)\Bytes Sent/sec`,
];

/** Emits all values of now; the query stays open for the next look, which rates need. */
export async function emitLive(context: Counters, memory: Memory): Promise<void> {
  const { io, config, log, emit, clock, signal } = context;
  if (io.counters === undefined) return;
  if (memory.query === undefined) {
    const query = await io.counters(config.windows);
    memory.query = query;
    signal.addEventListener("abort", () => query.close(), { once: true });
    for (const { path, status } of query.missing) tell(log, path, status);
  }
  const at = clock.now();
  const { values, troubles } = memory.query.collect();
  for (const { path, status } of troubles) {
    if (!memory.missing.has(path)) tell(log, path, status);
    memory.missing.add(path);
  }
  for (const { path, instance, value } of values) {
    const parsed = parseCounterPath(path);
    if (parsed === undefined) continue;
    emit.Perf({
      TimeGenerated: at,
      ObjectName: parsed.object,
      CounterName: parsed.counter,
      InstanceName: instance === "" ? undefined : instance,
      CounterValue: value,
      SampleCount: 1,
    });
  }
}

function tell(log: Counters["log"], path: string, status: number): void {
  const facts = { path, status: `0x${status.toString(16)}` };
  log.warn("Cannot read a counter: this host does not have it, or refuses it", facts);
}
