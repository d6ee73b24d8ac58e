/**
 * The host's own intrusion telemetry: watched files, persistence points, processes, listening ports.
 *
 * @module
 */
import { type Context, definePlugin, type Io } from "../../sdk/mod.ts";
import { type Baseline, emptyBaseline, keepBaseline, loadBaseline } from "./baseline.ts";
import { type Config, config } from "./config.ts";
import { FileScan } from "./files.ts";
import { isWildcard, listening } from "./ports.ts";
import { bootId, userNames } from "./proc.ts";
import { ProcessWatch } from "./processes.ts";
import { type HostIo, rootedAt } from "./rooted.ts";
import { type FileRow, type PortRow, tables } from "./table.ts";
import { watchedBy } from "./watch.ts";

/** What one look at files may cost. */
const BUDGET = { files: 2_000, bytes: 64 * 1024 * 1024 };

/** The context, and the host that it looks at. */
type Host = Context<Config, typeof tables> & { readonly host: HostIo };

/** The baseline that goes with the events so far, and the latest process start of a boot. */
type Cursor = {
  readonly generation: number;
  readonly boot?: string;
  readonly started?: number;
};

/** What a source knows while it runs. */
interface Memory {
  readonly baseline: Baseline;
  readonly scan: FileScan | undefined;
  readonly processes: ProcessWatch;
  readonly boot: string;
  /** When each was last begun, ms since the epoch. */
  readonly last: { files: number; thorough: number; processes: number; ports: number };
}

/**
 * By what each life of a source reads with: one that begins anew goes on from its cursor. A cursor
 * is no place for the hashes of thousands of files.
 */
const memories = new WeakMap<Io, Memory>();

export default definePlugin.pull({
  name: "integrity",
  version: "1.0.0",
  summary: "Watched files, persistence points, process starts and listening ports of this host",
  config,
  needs: ({ files, root }: Config) => {
    const watched = files === false ? [] : watchedBy(files).map(({ glob }) => glob);
    const prefix = root.replace(/\/+$/, "");
    return {
      read: ["/proc/**", "/etc/passwd", ...watched].map((path) => prefix + path),
      platforms: ["linux"],
    };
  },
  tables,

  everyMs: ({ files, processes, ports }) =>
    Math.min(...[files, processes, ports].flatMap((part) => (part === false ? [] : [part.every]))),

  start: (): Cursor => ({ generation: 0 }),

  async *pull(given, cursor: Cursor) {
    const context: Host = { ...given, host: rootedAt(given.io, given.config.root) };
    const memory = memories.get(context.io) ?? await remember(context, cursor);
    memories.set(context.io, memory);
    const told = { rows: 0 };
    const hasNewFiles = await lookAtFiles(context, memory, told);
    const hasNewPorts = lookAtPorts(context, memory, told);
    lookAtProcesses(context, memory);
    // Before the cursor: events without their baseline would be told again, a change never untold.
    if (hasNewFiles || hasNewPorts) {
      await keepBaseline(context.io.kept, memory.baseline, { hasEvents: told.rows > 0 });
    }
    const { baseline: { generation }, boot, processes: { latest: started } } = memory;
    const next: Cursor = { generation, boot, ...(started !== undefined && { started }) };
    yield next;
  },
});

async function remember(
  { io: { kept }, host: io, config: { files }, gap }: Host,
  cursor: Cursor,
): Promise<Memory> {
  const { generation } = cursor;
  const found = await loadBaseline(kept, generation);
  if (found === undefined && generation > 0) {
    gap({ reason: "other", detail: "the baseline is lost: what has changed since is not known" });
  }
  const baseline = found ?? { ...emptyBaseline(), generation };
  const watched = files === false ? [] : watchedBy(files);
  const watch = JSON.stringify(watched);
  // Files of other globs are no news.
  if (baseline.watch !== watch) Object.assign(baseline, { watch, filesDone: false });
  const boot = bootId(io);
  return {
    baseline,
    boot,
    scan: files === false ? undefined : new FileScan({ io, watched, budget: BUDGET, ...files }),
    processes: new ProcessWatch(boot === cursor.boot ? cursor.started : undefined),
    last: { files: -Infinity, thorough: -Infinity, processes: -Infinity, ports: -Infinity },
  };
}

/** Whether it is time for `part` again; if so, that is noted. */
function isDue(
  last: Memory["last"],
  part: keyof Memory["last"],
  at: { now: number; every: number },
) {
  const isTime = at.now - last[part] >= at.every;
  if (isTime) last[part] = at.now;
  return isTime;
}

/** Events of this look whose baseline must be kept. */
interface Told {
  rows: number;
}

async function lookAtFiles(context: Host, memory: Memory, told: Told): Promise<boolean> {
  const { config: { files }, clock, emit, host: io, log } = context;
  const { scan, baseline, last } = memory;
  if (scan === undefined || files === false) return false;
  const now = clock.now();
  if (!scan.isUnderWay) {
    if (!isDue(last, "files", { now, every: files.every })) return false;
    scan.begin(baseline, isDue(last, "thorough", { now, every: files.thorough }));
    if (scan.tooMany > 0) log.warn("Too many files to watch", { leftOut: scan.tooMany });
  }
  const userName = userNames(io);
  const tell = (row: FileRow): void => {
    told.rows++;
    emit.ASimFileEventLogs(row);
  };
  const hasChanged = await scan.goOn({ baseline, now, userName, emit: tell });
  if (scan.isUnderWay || baseline.filesDone) return hasChanged;
  baseline.filesDone = true;
  return true;
}

function lookAtPorts(context: Host, { baseline, last }: Memory, told: Told): boolean {
  const { config: { ports }, clock, emit, host: io } = context;
  const now = clock.now();
  if (ports === false || !isDue(last, "ports", { now, every: ports.every })) return false;
  const before = baseline.ports;
  const found = listening(io, before ?? new Map());
  const userName = userNames(io);
  const rows: PortRow[] = [];
  const tell = (EventType: string, { protocol, ip, port, uid, pid, program }: PortOf): void => {
    rows.push({
      TimeGenerated: now,
      EventType,
      Protocol: protocol,
      Ip: ip,
      Port: port,
      IsWildcardBind: isWildcard(ip),
      ProcessId: pid,
      ProcessName: program,
      UserId: uid,
      Username: userName(uid),
    });
  };
  // The first look only takes note.
  if (before !== undefined) {
    for (const [key, port] of found) if (!before.has(key)) tell("PortOpened", port);
    for (const [key, port] of before) if (!found.has(key)) tell("PortClosed", port);
  }
  rows.forEach(emit.VMBoundPort);
  told.rows += rows.length;
  baseline.ports = new Map(found);
  return before === undefined || rows.length > 0;
}

type PortOf = NonNullable<Baseline["ports"]> extends Map<string, infer Port> ? Port : never;

function lookAtProcesses(context: Host, memory: Memory): void {
  const { config: { processes }, clock, emit, host: io } = context;
  const now = clock.now();
  if (processes === false) return;
  if (!isDue(memory.last, "processes", { now, every: processes.every })) return;
  memory.processes.look({ io, userName: userNames(io), emit: emit.ASimProcessEventLogs });
}
