/**
 * Control groups of Linux: version 2 (Documentation/admin-guide/cgroup-v2.rst), and of version 1 the
 * processor, memory and process controllers.
 *
 * @module
 */
import type { Io } from "../../sdk/mod.ts";
import type { Reading } from "./counter.ts";
import { pressure } from "./pressure.ts";
import { namedNumbers, numberOf, rowsOfWords } from "./proc_text.ts";

const ROOT = "/sys/fs/cgroup";
/** Most groups that are looked at. */
const MAX_GROUPS = 1000;
const MIB = 1024 * 1024;
/** µs in a second, as a share in percent; and ns. */
const PERCENT_OF_US = 0.0001;
const PERCENT_OF_NS = 1e-7;
/** Files of a group: every other name is a group in it. */
const FILE =
  /^(cgroup|cpu|cpuset|cpuacct|memory|io|blkio|pids|hugetlb|misc|rdma|dmem|irq|devices|freezer|net_cls|net_prio|perf_event|debug)\.|^(notify_on_release|release_agent|tasks)$/;

interface Add {
  readonly gauge: (counter: string, value: number) => void;
  /** Growth a second, times `scale`. */
  readonly rate: (counter: string, value: number, scale?: number) => void;
}

/** All counters of the groups down to `depth` levels below the root; none for 0. */
export function controlGroups(io: Pick<Io, "list" | "read">, depth: number): readonly Reading[] {
  if (depth === 0) return [];
  const names = io.list(ROOT);
  if (names.includes("cgroup.controllers")) {
    return groupsBelow(io, ROOT, depth).flatMap((group) => version2(io, ROOT, group));
  }
  const at = (controller: string): string | undefined =>
    names.find((name) => name.split(",").includes(controller));
  return ([["cpuacct", processor1], ["memory", memory1], ["pids", tasks1]] as const).flatMap(
    ([controller, read]) => {
      const folder = at(controller);
      if (folder === undefined) return [];
      const root = `${ROOT}/${folder}`;
      return groupsBelow(io, root, depth).flatMap((group) =>
        readingsOf(group, (add) => {
          read((file) => textAt(io, `${root}/${group}/${file}`), add);
        })
      );
    },
  );
}

/** Paths of groups from `root`, breadth first, so that a limit cuts the deepest. */
function groupsBelow(io: Pick<Io, "list">, root: string, depth: number): readonly string[] {
  const groups: string[] = [];
  let level = [""];
  for (let i = 0; i < depth && level.length > 0; i++) {
    level = level.flatMap((group) => groupsIn(io, root, group))
      .slice(0, MAX_GROUPS - groups.length);
    groups.push(...level);
  }
  return groups;
}

/** The groups right below one. A group is a folder: it holds at least the files of its own. */
function groupsIn({ list }: Pick<Io, "list">, root: string, group: string): readonly string[] {
  const prefix = group === "" ? "" : `${group}/`;
  return list(`${root}/${group}`).filter((name) => !FILE.test(name))
    .map((name) => `${prefix}${name}`)
    .filter((path) => list(`${root}/${path}`).length > 0);
}

function readingsOf(instance: string, read: (add: Add) => void): readonly Reading[] {
  const readings: Reading[] = [];
  const common = { object: "Control Group", instance } as const;
  read({
    gauge: (counter, value) => void readings.push({ ...common, counter, kind: "gauge", value }),
    rate: (counter, value, scale = 1) => {
      readings.push({ ...common, counter, kind: "rate", value, scale });
    },
  });
  return readings.filter(({ value }) => Number.isFinite(value));
}

function textAt({ read }: Pick<Io, "read">, path: string): string {
  try {
    const bytes = read(path);
    return bytes === undefined ? "" : new TextDecoder().decode(bytes);
  } catch {
    // Gone while it was looked at, or refused: the same as not there.
    return "";
  }
}

function version2(io: Pick<Io, "read">, root: string, group: string): readonly Reading[] {
  const text = (file: string): string => textAt(io, `${root}/${group}/${file}`);
  const named = (file: string): (name: string) => number => {
    const numbers = namedNumbers(text(file));
    return (name) => numbers.get(name) ?? NaN;
  };
  const single = (file: string): number => numberOf(text(file).trim());
  const groups = readingsOf(group, (add) => {
    processor2(named("cpu.stat"), add);
    add.gauge("Used Memory MBytes", single("memory.current") / MIB);
    // No limit is written as "max", and so absent.
    add.gauge("Memory Limit MBytes", single("memory.max") / MIB);
    add.gauge("Used MBytes Swap Space", single("memory.swap.current") / MIB);
    memory2(named("memory.stat"), named("memory.events"), add);
    disks2(text("io.stat"), add);
    add.gauge("Processes", single("pids.current"));
  });
  const stalls = (["cpu", "memory", "io"] as const).flatMap((resource) =>
    pressure(resource, text(`${resource}.pressure`)).filter(({ kind }) => kind === "rate")
      .map((reading) => ({
        ...reading,
        object: "Control Group",
        instance: group,
        counter: `${reading.counter} ${resource}`,
      }))
  );
  return [...groups, ...stalls.filter(({ value }) => Number.isFinite(value))];
}

function processor2(at: (name: string) => number, add: Add): void {
  add.rate("% Processor Time", at("usage_usec"), PERCENT_OF_US);
  add.rate("% User Time", at("user_usec"), PERCENT_OF_US);
  add.rate("% Privileged Time", at("system_usec"), PERCENT_OF_US);
  add.rate("% Throttled Time", at("throttled_usec"), PERCENT_OF_US);
  add.rate("Throttled Periods/sec", at("nr_throttled"));
}

function memory2(stat: (name: string) => number, events: (name: string) => number, add: Add): void {
  add.gauge("Cache MBytes", stat("file") / MIB);
  add.rate("Page Faults/sec", stat("pgfault"));
  add.rate("Major Page Faults/sec", stat("pgmajfault"));
  add.rate("OOM Kills/sec", events("oom_kill"));
}

/** `8:0 rbytes=1 wbytes=2 rios=3 wios=4 …`, a line for each disk: the sum of all. */
function disks2(text: string, add: Add): void {
  const words = rowsOfWords(text).flatMap(([, ...rest]) => rest);
  const sum = (key: string): number => {
    const numbers = words.filter((word) => word.startsWith(`${key}=`))
      .map((word) => numberOf(word.slice(key.length + 1)));
    return numbers.length === 0 ? NaN : numbers.reduce((all, one) => all + one, 0);
  };
  add.rate("Disk Read Bytes/sec", sum("rbytes"));
  add.rate("Disk Write Bytes/sec", sum("wbytes"));
  add.rate("Disk Reads/sec", sum("rios"));
  add.rate("Disk Writes/sec", sum("wios"));
}

type ReadFile = (file: string) => string;

function processor1(text: ReadFile, add: Add): void {
  add.rate("% Processor Time", numberOf(text("cpuacct.usage").trim()), PERCENT_OF_NS);
}

/** No limit is the largest number of pages. */
const NO_LIMIT_BYTES = 2 ** 62;

function memory1(text: ReadFile, add: Add): void {
  const limit = numberOf(text("memory.limit_in_bytes").trim());
  add.gauge("Used Memory MBytes", numberOf(text("memory.usage_in_bytes").trim()) / MIB);
  add.gauge("Memory Limit MBytes", limit < NO_LIMIT_BYTES ? limit / MIB : NaN);
}

function tasks1(text: ReadFile, add: Add): void {
  add.gauge("Processes", numberOf(text("pids.current").trim()));
}
