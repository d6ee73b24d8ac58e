/**
 * One look at all counters of this host. A file that cannot be read costs its counters only.
 *
 * @module
 */
import type { Context } from "../../sdk/mod.ts";
import type { CounterQuery } from "../../sdk/read/pdh.ts";
import { controlGroups } from "./cgroups.ts";
import type { Config } from "./config.ts";
import { keyOf, type Reading, type Sample } from "./counter.ts";
import { customReading } from "./custom.ts";
import { selects } from "./glob.ts";
import { type Source, SOURCES, UPTIME_FILE } from "./sources.ts";
import { uptimeSeconds } from "./system.ts";
import type { tables } from "./table.ts";

export type Counters = Context<Config, typeof tables>;

/** What a source remembers from one look to the next; lost at a restart. */
export interface Memory {
  before: Sample | undefined;
  /** Files that could not be read the last time: told once. */
  readonly missing: Set<string>;
  /** Of Windows: open from the first look on. */
  query: CounterQuery | undefined;
}

/** Reads every selected counter once. */
export function takeSample(context: Counters, memory: Memory): Sample {
  const { config, clock } = context;
  const readings = new Map<string, Reading>();
  const sources: readonly AnySource[] = [...SOURCES, ...customSources(config)];
  for (const source of sources) {
    const text = readText(context, source, memory);
    if (text === undefined) continue;
    for (const reading of source.read(text)) {
      if (source.custom === true || isWanted(config, reading)) add(readings, reading);
    }
  }
  addProcesses(context, readings);
  for (const reading of controlGroups(context.io, config.cgroupDepth)) {
    if (isWanted(config, reading)) add(readings, reading);
  }
  const at = clock.now();
  return { seconds: monotonicSeconds(context, at), at, readings };
}

export function isWanted({ counters, exclude }: Config, reading: Reading): boolean {
  return selects(counters, reading) && !selects(exclude, reading);
}

/** Keeps a reading unless its number was not there. */
function add(readings: Map<string, Reading>, reading: Reading): void {
  if (Number.isFinite(reading.value)) readings.set(keyOf(reading), reading);
}

/** The number of processes is shown by /proc itself: a folder each. */
function addProcesses({ config, io }: Counters, readings: Map<string, Reading>): void {
  const value = io.list("/proc").filter((name) => /^\d+$/.test(name)).length;
  const reading: Reading = {
    object: "System",
    counter: "Processes",
    instance: "",
    kind: "gauge",
    value,
  };
  if (value > 0 && isWanted(config, reading)) add(readings, reading);
}

type AnySource = Source & { readonly custom?: true };

function customSources({ custom }: Config): readonly AnySource[] {
  return custom.map((counter) => ({
    file: counter.file,
    custom: true,
    read: (text) => [customReading(counter, text)],
  }));
}

/** The wall clock may be set; the time since the start cannot. */
function monotonicSeconds({ io }: Counters, now: number): number {
  const seconds = uptimeSeconds(decode(tryRead(io, UPTIME_FILE)) ?? "");
  return Number.isNaN(seconds) ? now / 1000 : seconds;
}

function readText(
  { io, log }: Counters,
  { file, optional }: Source,
  { missing }: Memory,
): string | undefined {
  const text = decode(tryRead(io, file));
  if (text !== undefined) missing.delete(file);
  else if (optional === undefined && !missing.has(file)) {
    missing.add(file);
    log.warn("Cannot read counters: the file is missing or refused", { file });
  }
  return text;
}

function tryRead(io: Counters["io"], file: string): Uint8Array | undefined {
  try {
    return io.read(file);
  } catch {
    // Refused, or gone while it was read: the same to us as not there, and said as that.
    return undefined;
  }
}

function decode(bytes: Uint8Array | undefined): string | undefined {
  return bytes === undefined ? undefined : new TextDecoder().decode(bytes);
}
