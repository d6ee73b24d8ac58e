/**
 * Slow sources: the compiled agent at a steady rate, from a line's write to the hub's record.
 *
 * `npm run bench:paced -- [--rates 200,2000] [--seconds N] [--json]`
 *
 * @module
 */
import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { randomBytes } from "node:crypto";
import { parseArgs } from "node:util";
import { buildAgent } from "../compile/build.ts";
import { randomOf } from "../compile/demo/random.ts";
import { LINUX_X64 } from "../compile/targets.ts";
import { cellOf } from "../sdk/columns/cell.ts";
import { startScene } from "./custos_peer.ts";
import { costOf } from "./process_cost.ts";
import { syslogLine, worldOf } from "./syslog_lines.ts";

/** Lines are written in bursts this often, as a busy program does. */
const BURST_MS = 10;
const WARM_MS = 5_000;

interface Paced {
  readonly rate: number;
  readonly events: number;
  readonly bytesPerEvent: number;
  /** Of one core. */
  readonly cpuPercent: number;
  readonly pssMiB: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
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
for (const rate of values.rates.split(",").map(Number)) {
  const paced = await measure(rate, Number(values.seconds) * 1000);
  console.log(values.json ? JSON.stringify(paced) : textOf(paced));
}

async function measure(rate: number, ms: number): Promise<Paced> {
  const folder = mkdtempSync(join(tmpdir(), "custos-paced-"));
  const file = join(folder, "paced.log");
  writeFileSync(file, "");
  try {
    await using scene = await startScene({
      root,
      bun: process.execPath,
      agent,
      folder,
      tokenKey: new Uint8Array(randomBytes(32)),
      kind: "syslog",
      file,
    });
    const writer = writerOf(file, rate);
    await writer.writeFor(WARM_MS);
    const before = { cost: costOf(scene.agentPid), sent: scene.sent(), at: performance.now() };
    const first = writer.written();
    await writer.writeFor(ms);
    const events = writer.written() - first;
    await new Promise((done) => void setTimeout(done, 1_000));
    const cost = costOf(scene.agentPid);
    const seconds = (performance.now() - before.at) / 1000;
    const bytes = scene.sent() - before.sent;
    const pssMiB = Math.round(cost.pssBytes / 1024 ** 2);
    const latencies = await latenciesOf(scene.stop(), { writer, first });
    return {
      rate,
      events,
      bytesPerEvent: Math.round((bytes / events) * 10) / 10,
      cpuPercent: Math.round(((cost.cpuSeconds - before.cost.cpuSeconds) / seconds) * 1000) / 10,
      pssMiB,
      p50Ms: at(latencies, 0.5),
      p99Ms: at(latencies, 0.99),
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

interface Writer {
  writeFor(ms: number): Promise<void>;
  written(): number;
  /** Wall clock, ms, when line `n` was written. */
  timeOf(n: number): number;
}

function writerOf(file: string, rate: number): Writer {
  const world = worldOf(randomOf(7));
  const times: number[] = [];
  return {
    async writeFor(ms) {
      const started = performance.now();
      const already = times.length;
      while (performance.now() - started < ms) {
        const due = Math.floor(((performance.now() - started) / 1000) * rate) + already;
        let text = "";
        for (let n = times.length; n < due; n++) {
          text += syslogLine(world, n, Date.now()).text;
          times.push(Date.now());
        }
        if (text !== "") appendFileSync(file, text);
        await new Promise((done) => void setTimeout(done, BURST_MS));
      }
    },
    written: () => times.length,
    timeOf: (n) => times[n] ?? NaN,
  };
}

async function latenciesOf(
  entries: ReturnType<Awaited<ReturnType<typeof startScene>>["stop"]>,
  { writer, first }: { readonly writer: Writer; readonly first: number },
): Promise<number[]> {
  const latencies: number[] = [];
  for await (const { batch, hubTimeMs } of entries) {
    const message = batch.columns.find((c) => c.name === "SyslogMessage");
    if (batch.table !== "Syslog" || message === undefined) continue;
    for (let row = 0; row < batch.rows; row++) {
      const n = Number(/ n=(\d+)"$/.exec(JSON.stringify(cellOf(message, row)))?.[1]);
      if (n >= first) latencies.push(hubTimeMs - writer.timeOf(n));
    }
  }
  return latencies.toSorted((a, b) => a - b);
}

function at(sorted: readonly number[], share: number): number {
  return Math.round(sorted[Math.floor(sorted.length * share)] ?? NaN);
}

function textOf(p: Paced): string {
  return `${p.rate} events/s: ${p.bytesPerEvent} B/event on the wire, ${p.cpuPercent} % of a core, ` +
    `${p.pssMiB} MiB, write to hub p50 ${p.p50Ms} ms, p99 ${p.p99Ms} ms (${p.events} events)`;
}
