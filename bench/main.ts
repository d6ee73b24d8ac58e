/**
 * The benchmark: the compiled agent against rsyslog, in one run on the same generated files.
 *
 * `npm run bench -- [--lines N] [--only syslog|iis] [--json]`
 *
 * @module
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { randomBytes } from "node:crypto";
import { parseArgs } from "node:util";
import { buildAgent } from "../compile/build.ts";
import { LINUX_X64 } from "../compile/targets.ts";
import { openAuthority } from "../hub/access/authority.ts";
import { type CustosMeasured, measureCustos } from "./custos_peer.ts";
import { type Input, type Kind, makeInput } from "./input.ts";
import { figuresOf, type Measured } from "./measured.ts";
import { measureRsyslog, rsyslogVersion } from "./rsyslog_peer.ts";

const HOUR_MS = 3_600_000;

const { values } = parseArgs({
  options: {
    lines: { type: "string", default: "4000000" },
    only: { type: "string" },
    json: { type: "boolean", default: false },
    keep: { type: "boolean", default: false },
  },
});
const lines = Number(values.lines);
const kinds: readonly Kind[] = (["syslog", "iis"] as const).filter((kind) =>
  values.only === undefined || values.only === kind
);
const root = resolve(import.meta.dir, "..");
const folder = mkdtempSync(join(tmpdir(), "custos-bench-"));
const tell = (line: string): void => void process.stderr.write(`${line}\n`);

try {
  const results = [];
  const agent = await buildAgent(LINUX_X64, tell);
  for (const kind of kinds) results.push(await compare(kind, agent));
  print(results);
} finally {
  if (values.keep) tell(`Kept ${folder}`);
  else rmSync(folder, { recursive: true, force: true });
}

interface Compared {
  readonly input: Input;
  readonly custos: CustosMeasured;
  readonly rsyslog: Measured | undefined;
}

async function compare(kind: Kind, agent: string): Promise<Compared> {
  const tokenKey = new Uint8Array(randomBytes(32));
  const file = join(folder, `${kind}.log`);
  tell(`Makes ${lines} lines of ${kind}`);
  const startMs = Math.floor((Date.now() - 2 * HOUR_MS) / 1000) * 1000;
  const input = await makeInput(kind, file, { lines, key: tokenKey, startMs });
  tell(`Runs custos over ${kind}`);
  const own = join(folder, `custos-${kind}`);
  const options = { root, bun: process.execPath, agent: [agent], folder: own };
  const custos = await measureCustos(input, { ...options, tokenKey });
  const version = rsyslogVersion();
  if (version === undefined) tell("rsyslog is not installed: compile/install_peers.sh installs it");
  else tell(`Runs rsyslog ${version} over ${kind}`);
  const rsyslog = version === undefined
    ? undefined
    : await measureRsyslog(input, join(folder, `rsyslog-${kind}`), certificates());
  return { input, custos, rsyslog };
}

function certificates() {
  const authority = openAuthority({
    folder: join(folder, "authority"),
    names: [],
    now: Date.now,
    random: (n) => new Uint8Array(randomBytes(n)),
  });
  return { ca: authority.ca, ...authority.server() };
}

function print(results: readonly Compared[]): void {
  if (values.json) {
    for (const { input, custos, rsyslog } of results) {
      console.log(JSON.stringify({
        kind: input.kind,
        lines: input.lines,
        custos: { ...custos, ...figuresOf(custos) },
        rsyslog: rsyslog && { ...rsyslog, ...figuresOf(rsyslog) },
        ratios: rsyslog && ratiosOf(custos, rsyslog),
      }));
    }
    return;
  }
  for (const result of results) printOne(result);
}

function ratiosOf(custos: Measured, rsyslog: Measured) {
  const ours = figuresOf(custos);
  const theirs = figuresOf(rsyslog);
  return {
    eventsPerCpuSecond: round(ours.eventsPerCpuSecond / theirs.eventsPerCpuSecond),
    bytesPerEvent: round(ours.bytesPerEvent / theirs.bytesPerEvent),
  };
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}

function printOne({ input, custos, rsyslog }: Compared): void {
  console.log(
    `\n${input.kind}: ${input.lines} lines of ${Math.round(input.bytes / input.lines)} bytes`,
  );
  console.log(row(["", "events/CPU-s", "ns CPU/event", "events/s", "wire B/event", "peak MiB"]));
  for (const measured of [custos, rsyslog]) {
    if (measured === undefined) continue;
    const f = figuresOf(measured);
    const cells = [
      f.eventsPerCpuSecond,
      f.nsPerEvent,
      f.eventsPerSecond,
      f.bytesPerEvent,
      f.peakMiB,
    ];
    console.log(row([measured.peer, ...cells.map(String)]));
  }
  const verdict = custos.isComplete ? "equal to the generator's" : "NOT equal to the generator's";
  console.log(`custos: ${custos.events} rows at the hub, multiset hash ${verdict}`);
  const hub = Math.round((custos.hubCpuSeconds / custos.events) * 1e9);
  console.log(`custos: hub ${hub} ns CPU/event, from link to Parquet and findings`);
  if (rsyslog === undefined) return;
  if (!rsyslog.isComplete) {
    console.log(`rsyslog: only ${rsyslog.events} of ${input.lines} lines arrived`);
  }
  const ratios = ratiosOf(custos, rsyslog);
  console.log(
    `ratio: ${ratios.eventsPerCpuSecond} times the events per CPU-second, ${ratios.bytesPerEvent} of the bytes`,
  );
}

function row(cells: readonly string[]): string {
  return cells.map((cell, i) => (i === 0 ? cell.padEnd(20) : cell.padStart(14))).join("");
}
