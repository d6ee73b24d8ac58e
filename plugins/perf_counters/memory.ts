/**
 * Memory, swap space and paging: /proc/meminfo, /proc/vmstat.
 *
 * @module
 */
import type { Reading } from "./counter.ts";
import { namedNumbers } from "./proc_text.ts";

const KIB_PER_MIB = 1024;

/** /proc/meminfo, whose numbers are KiB. */
export function memory(text: string): readonly Reading[] {
  const kib = namedNumbers(text);
  const at = (name: string): number => kib.get(name) ?? NaN;
  const total = at("MemTotal");
  // Kernels before 3.14 have no estimate of their own.
  const available = kib.get("MemAvailable") ?? at("MemFree") + at("Buffers") + at("Cached");
  const swap = at("SwapTotal");
  const freeSwap = at("SwapFree");
  return [
    gauge("Available MBytes Memory", available / KIB_PER_MIB),
    gauge("Used Memory MBytes", (total - available) / KIB_PER_MIB),
    gauge("% Available Memory", (available / total) * 100),
    gauge("% Used Memory", ((total - available) / total) * 100),
    gauge("Cache MBytes", (at("Buffers") + at("Cached")) / KIB_PER_MIB),
    gauge("Committed MBytes", at("Committed_AS") / KIB_PER_MIB),
    gauge("Available MBytes Swap", freeSwap / KIB_PER_MIB),
    gauge("Used MBytes Swap Space", (swap - freeSwap) / KIB_PER_MIB),
    // Without swap space there is no share of it: NaN, and so absent.
    gauge("% Available Swap Space", (freeSwap / swap) * 100),
    gauge("% Used Swap Space", ((swap - freeSwap) / swap) * 100),
  ];
}

/** Rates of /proc/vmstat. */
export function paging(text: string): readonly Reading[] {
  const counts = namedNumbers(text);
  const rate = (counter: string, name: string): Reading => ({
    object: "Memory",
    counter,
    instance: "",
    kind: "rate",
    value: counts.get(name) ?? NaN,
  });
  return [
    rate("Page Faults/sec", "pgfault"),
    rate("Major Page Faults/sec", "pgmajfault"),
    rate("Swap Pages In/sec", "pswpin"),
    rate("Swap Pages Out/sec", "pswpout"),
    rate("OOM Kills/sec", "oom_kill"),
  ];
}

function gauge(counter: string, value: number): Reading {
  return { object: "Memory", counter, instance: "", kind: "gauge", value };
}
