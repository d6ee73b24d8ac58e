/**
 * Slow sources: the compiled agent at a steady rate, from a line's write to the hub's record; then
 * rsyslog at the same rates, which sends what it has at once or, like the agent, each 200 ms.
 *
 * `npm run bench:paced -- [--rates 200,2000] [--seconds N] [--json]`
 *
 * @module
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { randomBytes } from "node:crypto";
import { parseArgs } from "node:util";
import { buildAgent } from "../compile/build.ts";
import { LINUX_X64 } from "../compile/targets.ts";
import { openAuthority } from "../hub/access/authority.ts";
import { cellOf } from "../sdk/columns/cell.ts";
import { openProxy } from "./counting_proxy.ts";
import { startScene } from "./custos_peer.ts";
import type { LedgerFrame } from "../hub/ledger/stopped.ts";
import { openLineSink } from "./line_sink.ts";
import { costOf } from "./process_cost.ts";
import { rsyslogVersion, type Sending, startRsyslog } from "./rsyslog_peer.ts";
import { writerOf } from "./paced_writer.ts";

const WARM_MS = 5_000;
/** So long after the last line all have arrived. */
const DRAIN_MS = 2_000;

interface Paced {
  readonly peer: string;
  readonly rate: number;
  readonly events: number;
  readonly bytesPerEvent: number;
  /** Of one core. */
  readonly cpuPercent: number;
  readonly pssMiB: number;
  /** From a line's write to its record at the far end. */
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** A peer that runs and reads the file. */
interface Running {
  readonly pid: number;
  /** Bytes to the far end. */
  sent(): number;
  /** Stops it; when each line from `first` on has arrived, wall clock in ms, by its number. */
  stop(first: number): Promise<ReadonlyMap<number, number>>;
}

interface Place {
  readonly folder: string;
  readonly file: string;
}

const { values } = parseArgs({
  options: {
    rates: { type: "string", default: "200,2000" },
    seconds: { type: "string", default: "20" },
    json: { type: "boolean", default: false },
  },
});
const root = resolve(import.meta.dir, "..");
const agent = await buildAgent(LINUX_X64, (line) => void process.stderr.write(`${line}\n`));
const version = rsyslogVersion();
for (const rate of values.rates.split(",").map(Number)) {
  await tell("custos", rate, startCustos);
  if (version === undefined) continue;
  await tell(`rsyslog ${version}, at once`, rate, startPeer("atOnce"));
  await tell(`rsyslog ${version}, each 200 ms`, rate, startPeer("each200ms"));
}

async function tell(
  peer: string,
  rate: number,
  start: (place: Place, stack: AsyncDisposableStack) => Promise<Running>,
): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "custos-paced-"));
  const file = join(folder, "paced.log");
  writeFileSync(file, "");
  try {
    await using stack = new AsyncDisposableStack();
    const running = await start({ folder, file }, stack);
    const paced = { peer, rate, ...await measure(running, file, rate) };
    console.log(values.json ? JSON.stringify(paced) : textOf(paced));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function measure(
  running: Running,
  file: string,
  rate: number,
): Promise<Omit<Paced, "peer" | "rate">> {
  const writer = writerOf(file, rate);
  await writer.writeFor(WARM_MS);
  const before = { cost: costOf(running.pid), sent: running.sent(), at: performance.now() };
  const first = writer.written();
  await writer.writeFor(Number(values.seconds) * 1000);
  const cost = costOf(running.pid);
  const seconds = (performance.now() - before.at) / 1000;
  const bytes = running.sent() - before.sent;
  const events = writer.written() - first;
  await new Promise((done) => void setTimeout(done, DRAIN_MS));
  const arrived = await running.stop(first);
  const latencies: number[] = [];
  for (let n = first; n < writer.written(); n++) {
    const at = arrived.get(n);
    if (at === undefined) throw new Error(`Cannot measure: line ${n} has not arrived`);
    latencies.push(at - writer.timeOf(n));
  }
  latencies.sort((a, b) => a - b);
  return {
    events,
    bytesPerEvent: Math.round((bytes / events) * 10) / 10,
    cpuPercent: Math.round(((cost.cpuSeconds - before.cost.cpuSeconds) / seconds) * 1000) / 10,
    pssMiB: Math.round(cost.pssBytes / 1024 ** 2),
    p50Ms: at(latencies, 0.5),
    p99Ms: at(latencies, 0.99),
  };
}

async function startCustos(
  { folder, file }: Place,
  stack: AsyncDisposableStack,
): Promise<Running> {
  const scene = stack.use(
    await startScene({
      root,
      bun: process.execPath,
      agent: [agent],
      folder,
      tokenKey: new Uint8Array(randomBytes(32)),
      inputs: [{ kind: "syslog", file }],
    }),
  );
  return { pid: scene.agentPid, sent: scene.sent, stop: () => recordedAt(scene.stop()) };
}

/** By a line's number, when the hub recorded it. */
async function recordedAt(frames: AsyncIterable<LedgerFrame>): Promise<Map<number, number>> {
  const times = new Map<number, number>();
  for await (const { batch, hubTime } of frames) {
    const message = batch.columns.find((c) => c.name === "SyslogMessage");
    if (batch.table !== "Syslog" || message === undefined) continue;
    for (let row = 0; row < batch.rows; row++) {
      const n = Number(/ n=(\d+)"$/.exec(JSON.stringify(cellOf(message, row)))?.[1]);
      if (times.has(n)) throw new Error(`Cannot measure: line ${n} has arrived twice`);
      times.set(n, Number(hubTime / 10_000n));
    }
  }
  return times;
}

function startPeer(sending: Sending) {
  return async ({ folder, file }: Place, stack: AsyncDisposableStack): Promise<Running> => {
    const authority = openAuthority({
      folder: join(folder, "authority"),
      names: [],
      now: Date.now,
      random: (n) => new Uint8Array(randomBytes(n)),
    });
    const tls = { ca: authority.ca, ...authority.server() };
    const sink = stack.use(await openLineSink(tls, true, { keepTimes: true }));
    const proxy = stack.use(await openProxy(sink.port));
    const { child, pid, ended } = startRsyslog({
      kind: "syslog",
      file,
      folder,
      tls,
      port: proxy.port,
      sending,
    });
    stack.defer(async () => {
      child.kill("SIGTERM");
      await ended;
    });
    return {
      pid,
      sent: proxy.sent,
      // One worker sends the lines in their order: the nth to arrive is line n.
      stop: (first) =>
        Promise.resolve(
          new Map(
            Array.from({ length: Math.max(0, sink.lines() - first) }, (_, i) => [
              first + i,
              sink.timeOf(first + i),
            ]),
          ),
        ),
    };
  };
}

function at(sorted: readonly number[], share: number): number {
  return Math.round(sorted[Math.floor(sorted.length * share)] ?? NaN);
}

function textOf(p: Paced): string {
  return `${p.rate} events/s, ${p.peer}: ${p.bytesPerEvent} B/event on the wire, ${p.cpuPercent} % of a core, ` +
    `${p.pssMiB} MiB, write to far end p50 ${p.p50Ms} ms, p99 ${p.p99Ms} ms (${p.events} events)`;
}
