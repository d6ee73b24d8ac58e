/**
 * What the hub costs: frames as a real agent has sealed them go through all of its stages in one
 * process, everything real but TLS: signatures, ledger with fdatasync, rules, Parquet files.
 *
 * `npm run bench:hub -- [--lines N] [--rounds N] [--json]`
 *
 * @module
 */
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { randomBytes } from "node:crypto";
import { parseArgs } from "node:util";
import { parseHeader } from "../sdk/wire/frame.ts";
import { type HubCost, measureHub, STAGES } from "./hub_stages.ts";
import { makeInput } from "./input.ts";
import { type RecordedFrames, recordFrames } from "./recorded_frames.ts";

const HOUR_MS = 3_600_000;
const { values } = parseArgs({
  options: {
    lines: { type: "string", default: "200000" },
    rounds: { type: "string", default: "2" },
    json: { type: "boolean", default: false },
  },
});
const lines = Number(values.lines);
const folder = mkdtempSync(join(tmpdir(), "custos-bench-"));

try {
  const recorded = await recordedFrames();
  const events = eventsOf(recorded);
  const costs: HubCost[] = [];
  for (let round = 0; round < Number(values.rounds); round++) {
    costs.length = 0;
    for (const stages of STAGES.keys()) {
      const room = join(folder, `${round}-${stages}`);
      mkdirSync(room);
      costs.push(await measureHub(recorded, { folder: room, stages: stages + 1 }));
      rmSync(room, { recursive: true, force: true });
    }
  }
  print(costs, events);
} finally {
  rmSync(folder, { recursive: true, force: true });
}

async function recordedFrames(): Promise<RecordedFrames> {
  const [syslog, iis] = [join(folder, "syslog.log"), join(folder, "iis.log")];
  const startMs = Math.floor((Date.now() - 2 * HOUR_MS) / 1000) * 1000;
  const options = { lines, key: new Uint8Array(randomBytes(32)), startMs };
  await makeInput("syslog", syslog, options);
  await makeInput("iis", iis, options);
  const root = resolve(import.meta.dir, "..");
  return recordFrames({ root, bun: process.execPath, folder, syslog, iis, events: 2 * lines });
}

function eventsOf({ entries }: RecordedFrames): number {
  return entries.reduce(
    (sum, { kind, payload }) => sum + (kind === "frame" ? parseHeader(payload).rows : 0),
    0,
  );
}

function print(costs: readonly HubCost[], events: number): void {
  const rows = costs.map(({ cpuSeconds, wallSeconds, findings }, i) => ({
    stages: STAGES.slice(0, i + 1).join(" + "),
    nsPerEvent: Math.round(cpuSeconds / events * 1e9),
    own: Math.round((cpuSeconds - (costs[i - 1]?.cpuSeconds ?? 0)) / events * 1e9),
    eventsPerCpuSecond: Math.round(events / cpuSeconds),
    eventsPerSecond: Math.round(events / wallSeconds),
    findings,
  }));
  if (values.json) {
    console.log(JSON.stringify({ events, rows }));
    return;
  }
  console.log(`${events} events; CPU of the whole process, system calls and all`);
  for (const { stages, nsPerEvent, own, eventsPerCpuSecond, findings } of rows) {
    console.log(
      `${stages.padEnd(48)} ${String(nsPerEvent).padStart(6)} ns/event (own ${own}), ` +
        `${eventsPerCpuSecond} events/CPU-s, ${findings} findings`,
    );
  }
}
