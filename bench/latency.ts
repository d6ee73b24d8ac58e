/**
 * From event to finding: the compiled agent follows a file of syslog and one of IIS that grow at a
 * steady rate, a hub runs all Sigma rules of a folder and those that it always runs. How long after
 * a marked line is written is its finding durable, and may be read by others?
 *
 * `npm run bench:latency -- --rules FOLDER [--rate N] [--seconds N] [--every N] [--flush MS]
 * [--json]`; `--flush 100ms` is how long the agent gathers events, 200 ms if not said.
 *
 * Another process, this one, looks into the hub's database for findings every 2 ms. A warm-up of 10
 * s is not measured. Ends with 1 where the goal is missed, or an event or a mark is.
 *
 * @module
 */
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { randomBytes } from "node:crypto";
import { parseArgs } from "node:util";
import { buildAgent } from "../compile/build.ts";
import { LINUX_X64 } from "../compile/targets.ts";
import { type Control, openControl } from "../hub/control.ts";
import { type Scene, sourcesIn, startScene } from "./custos_peer.ts";
import { type MarkedWriter, markedWriterOf, markIn, writeMarkRules } from "./marked_lines.ts";
import { costOf } from "./process_cost.ts";

const GOAL_MS = 300;
const WARM_MS = 10_000;
const DRAIN_MS = 30_000;
const LOOK_MS = 2;
const TABLES = ["Syslog", "W3CIISLog"];

/** When a mark's frame was recorded and its finding seen, wall clock in ms. */
interface Seen {
  readonly recordedMs: number;
  readonly seenMs: number;
}

const { values } = parseArgs({
  options: {
    rules: { type: "string" },
    rate: { type: "string", default: "20000" },
    seconds: { type: "string", default: "30" },
    every: { type: "string", default: "2000" },
    flush: { type: "string" },
    json: { type: "boolean", default: false },
  },
});
if (values.rules === undefined) {
  console.error("not run: name a folder of Sigma rules with --rules");
  process.exit(2);
}
const rules = resolve(values.rules);
const [rate, every] = [Number(values.rate), Number(values.every)];
const measuredMs = Number(values.seconds) * 1000;
const folder = mkdtempSync(join(tmpdir(), "custos-latency-"));
try {
  const agent = await buildAgent(LINUX_X64, (line) => void process.stderr.write(`${line}\n`));
  const result = await measure(agent);
  console.log(values.json ? JSON.stringify(result) : textOf(result));
  const { p99, lost, written, stored } = result;
  process.exitCode = p99 < GOAL_MS && lost === 0 && written === stored ? 0 : 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}

async function measure(agent: string) {
  const files = { syslog: join(folder, "syslog.log"), iis: join(folder, "iis.log") };
  const writer = markedWriterOf(files, { rate, every });
  await using scene = await startScene({
    root: resolve(import.meta.dir, ".."),
    bun: process.execPath,
    agent: [agent],
    folder,
    tokenKey: new Uint8Array(randomBytes(32)),
    inputs: [{ kind: "syslog", file: files.syslog }, { kind: "iis", file: files.iis }],
    flush: values.flush,
    prepareHub(hub) {
      cpSync(rules, join(hub, "rules/given"), { recursive: true });
      writeMarkRules(join(hub, "rules/marks"), (WARM_MS + measuredMs) / 1000 * rate / every + 1);
    },
  });
  const database = join(folder, "hub/control.sqlite");
  const told = statusOf(scene);
  await using looking = lookFor(database);
  await writer.writeFor(WARM_MS);
  const first = writer.marks.length;
  const before = costsOf(scene);
  const started = performance.now();
  await writer.writeFor(measuredMs);
  const seconds = (performance.now() - started) / 1000;
  const after = costsOf(scene);
  await drained(writer, looking.seen);
  // The agent's next status tells of the end.
  await new Promise((done) => void setTimeout(done, 2_500));
  const sources = sourcesIn(told.line());
  const sent = scene.sent();
  const recorded = await rowsOf(scene);
  const { syslog, iis } = writer.written();
  return {
    rate,
    ...figuresOf(writer.marks, looking.seen, first),
    written: syslog + iis,
    read: sources.reduce((sum, { read }) => sum + read, 0),
    acked: sources.reduce((sum, { acked }) => sum + acked, 0),
    recorded,
    stored: await storedIn(database),
    findings: looking.findings(),
    bytesPerEvent: Math.round(sent / (syslog + iis) * 10) / 10,
    agentPercent: percent(after.agent - before.agent, seconds),
    hubPercent: percent(after.hub - before.hub, seconds),
  };
}

function costsOf({ agentPid, hubPid }: Scene) {
  return { agent: costOf(agentPid).cpuSeconds, hub: costOf(hubPid).cpuSeconds };
}

/** Keeps the agent's last status line. */
function statusOf(scene: Scene): { readonly line: () => unknown } {
  let last: unknown = {};
  void (async () => {
    for await (const line of scene.lines) last = line;
  })();
  return { line: () => last };
}

/** Looks for findings of marks until it is disposed of. */
function lookFor(database: string) {
  const seen = new Map<number, Seen>();
  const stop = new AbortController();
  let findings = 0;
  const look = (control: Control, after: number): number => {
    const rows = control.all(
      "select number, finding from detect_finding where number > ? order by number",
      after,
    );
    const seenMs = performance.timeOrigin + performance.now();
    for (const row of rows) {
      findings++;
      const mark = markIn(String(row["finding"]));
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the hub's own
      const { hubMs: recordedMs } = JSON.parse(String(row["finding"])) as { hubMs: number };
      if (mark !== undefined) seen.set(mark, { recordedMs, seenMs });
    }
    return Number(rows.at(-1)?.["number"] ?? after);
  };
  const ended = (async () => {
    await using control = openControl(database, "read");
    for (let after = 0; !stop.signal.aborted;) {
      after = look(control, after);
      await new Promise((done) => void setTimeout(done, LOOK_MS));
    }
  })();
  return {
    seen,
    findings: () => findings,
    async [Symbol.asyncDispose]() {
      stop.abort();
      await ended;
    },
  };
}

async function drained({ marks }: MarkedWriter, seen: ReadonlyMap<number, Seen>): Promise<void> {
  const until = performance.now() + DRAIN_MS;
  while (seen.size < marks.length && performance.now() < until) {
    await new Promise((done) => void setTimeout(done, 50));
  }
}

function figuresOf(marks: readonly number[], seen: ReadonlyMap<number, Seen>, first: number) {
  const all: number[] = [];
  const toRecord: number[] = [];
  const toFinding: number[] = [];
  let lost = 0;
  for (let mark = 0; mark < marks.length; mark++) {
    const one = seen.get(mark);
    if (one === undefined) lost++;
    if (one === undefined || mark < first) continue;
    all.push(one.seenMs - marks[mark]!);
    toRecord.push(one.recordedMs - marks[mark]!);
    toFinding.push(one.seenMs - one.recordedMs);
  }
  return {
    marks: all.length,
    lost,
    p50: at(all, 0.5),
    p95: at(all, 0.95),
    p99: at(all, 0.99),
    max: at(all, 1),
    toRecord: [at(toRecord, 0.5), at(toRecord, 0.99)],
    toFinding: [at(toFinding, 0.5), at(toFinding, 0.99)],
  };
}

function at(times: readonly number[], share: number): number {
  const sorted = times.toSorted((a, b) => a - b);
  return Math.round(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? NaN);
}

/** Rows of both tables in the hub's ledger, after it has stopped. */
async function rowsOf(scene: Scene): Promise<number> {
  let rows = 0;
  for await (const { batch } of scene.stop()) if (TABLES.includes(batch.table)) rows += batch.rows;
  return rows;
}

async function storedIn(database: string): Promise<number> {
  await using control = openControl(database, "read");
  const sum = "select sum(rows) as rows from store_files where table_name in (?, ?)";
  return Number(control.get(sum, ...TABLES)?.["rows"] ?? 0);
}

function percent(cpuSeconds: number, seconds: number): number {
  return Math.round(cpuSeconds / seconds * 1000) / 10;
}

function textOf(r: Awaited<ReturnType<typeof measure>>): string {
  const isMet = r.p99 < GOAL_MS;
  return [
    `${r.rate} events/s, ${r.marks} marked lines measured, ${r.lost} not found, ${r.findings} findings in all`,
    `line written to finding durable: p50 ${r.p50} ms, p95 ${r.p95} ms, p99 ${r.p99} ms, max ${r.max} ms`,
    `  of it to the hub's record: p50 ${r.toRecord[0]} ms, p99 ${r.toRecord[1]} ms; from there: ` +
    `p50 ${r.toFinding[0]} ms, p99 ${r.toFinding[1]} ms`,
    `events: ${r.written} written, ${r.read} read, ${r.acked} acknowledged, ${r.recorded} in the ledger, ` +
    `${r.stored} stored`,
    `CPU: agent ${r.agentPercent} %, hub ${r.hubPercent} % of one core; ${r.bytesPerEvent} bytes an event ` +
    "on the wire",
    `${isMet ? "met" : "MISSED"}: p99 under ${GOAL_MS} ms`,
  ].join("\n");
}
