/**
 * What it costs to match events against all Sigma rules: frames are decoded by the hub's code and
 * their columns, which are scrubbed, matched.
 *
 * `npm run bench:sigma -- --rules FOLDER [--evtx FOLDER] [--events N]`
 *
 * Windows: events of the EVTX files, drawn so that nine of ten match nothing (`windows_mix.ts`), and
 * once as they are, each once. Web: generated lines of IIS (`iis_lines.ts`). A fifth of the frames
 * warms up and is not measured. Windows events are drawn three times, and the best counts, because
 * other programs take their share of caches and cores; what a fixed piece of work took before each
 * tells how much of them there was. Ends with 1 where a goal is missed.
 *
 * @module
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { randomOf } from "../compile/demo/random.ts";
import type { Facts } from "../hub/detect/detector.ts";
import { bindRule } from "../hub/detect/sigma/map/bind.ts";
import type { BoundRule } from "../hub/detect/sigma/map/bound_rule.ts";
import { compileRules, type Matcher } from "../hub/detect/sigma/match/matcher.ts";
import { readSigmaFile } from "../hub/detect/sigma/read/read_file.ts";
import type { WindowsEvent } from "../sdk/read/windows_event.ts";
import { decodeBody, parseHeader } from "../sdk/wire/frame.ts";
import { makeInput } from "./input.ts";
import { FrameMaker, tableEvents } from "./sigma_frames.ts";
import { loadSource } from "./source_of.ts";
import { eventsIn, windowsMix } from "./windows_mix.ts";

const { values } = parseArgs({
  options: {
    rules: { type: "string" },
    evtx: { type: "string" },
    events: { type: "string", default: "200000" },
  },
});
const GOALS = { windows: 100_000, web: 1_000_000, buildSeconds: 3, mebibytes: 300 };
const FACTS: Facts = {
  entry: 0,
  hubMs: 0,
  aliveMs: 0,
  agent: "00",
  source: "bench",
  isEvents: true,
};
const SEED = 20_261_129;
const FIXED_STEPS = 1e8;
let isReached = true;

if (values.rules === undefined) {
  console.error("not run: name a folder of Sigma rules with --rules");
  process.exit(2);
}
const maker = new FrameMaker();
const matcher = built(rulesIn(values.rules));
if (values.evtx !== undefined) windows(values.evtx, Number(values.events));
await web(Number(values.events));
process.exitCode = isReached ? 0 : 1;

function rulesIn(folder: string): readonly BoundRule[] {
  const names = readdirSync(folder, { recursive: true, encoding: "utf8" });
  const rules = names.filter((name) => name.endsWith(".yml")).flatMap((name) =>
    readSigmaFile(name, readFileSync(join(folder, name), "utf8"), new Map()).rules
  );
  const bound = rules.filter(({ placeholders }) => placeholders.length === 0).flatMap(bindRule);
  console.log(`${rules.length} rules, ${bound.length} when bound to tables`);
  return bound;
}

function built(rules: readonly BoundRule[]): Matcher<BoundRule> {
  Bun.gc(true);
  const before = process.memoryUsage().rss;
  const cpu = process.cpuUsage();
  const matcher = compileRules(rules);
  const seconds = secondsSince(cpu);
  Bun.gc(true);
  const mebibytes = (process.memoryUsage().rss - before) / 2 ** 20;
  console.log(`matcher built in ${seconds.toFixed(2)} s of CPU, ${mebibytes.toFixed(0)} MiB more`);
  judge(seconds < GOALS.buildSeconds, `built in under ${GOALS.buildSeconds} s`);
  return matcher;
}

function secondsSince(before: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1e6;
}

function judge(is: boolean, goal: string): void {
  if (!is) console.log(`MISSED: ${goal}`);
  isReached &&= is;
}

function windows(folder: string, count: number): void {
  const { once, drawn } = windowsFrames(folder, count);
  measure("windows, each event once", once, 0);
  const rates = drawn.map((frames) => {
    console.log(`fixed work: ${fixedWork().toFixed(2)} s`);
    return measure("windows, nine of ten quiet", frames, 0.2);
  });
  const best = Math.max(...rates);
  console.log(`best of ${rates.length}: ${best} Windows events a CPU second`);
  judge(best >= GOALS.windows, `${GOALS.windows} Windows events a CPU second`);
}

/** Frames alone are kept: no hub has the events as objects, and a heap of them is not free. */
function windowsFrames(folder: string, count: number) {
  const events = eventsIn(folder);
  const parted = partedByMatches(events);
  console.log(`${events.length} events in files, ${parted.loud.length} of them match a rule`);
  const seeds = [SEED, SEED + 1, SEED + 2];
  return {
    once: framesOf(events),
    drawn: seeds.map((seed) => framesOf(windowsMix(parted, count, randomOf(seed)))),
  };
}

/** Seconds of CPU for so many steps of arithmetic, which need neither caches nor memory. */
function fixedWork(): number {
  const cpu = process.cpuUsage();
  let state = 1;
  for (let i = 0; i < FIXED_STEPS; i++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
  }
  if (state === 0) throw new RangeError("Cannot measure: the fixed work came to nothing");
  return secondsSince(cpu);
}

function framesOf(events: Iterable<WindowsEvent>): readonly Uint8Array[] {
  const frames: Uint8Array[] = [];
  tableEvents(events, (batch, schema) => frames.push(maker.frame(batch, schema)));
  return frames;
}

/** Events whose rows match nothing as they are, and the others. */
function partedByMatches(events: readonly WindowsEvent[]) {
  const byTable = Map.groupBy(events, ({ channel }) => channel === "Security");
  const quiet: WindowsEvent[] = [];
  const loud: WindowsEvent[] = [];
  for (const part of byTable.values()) {
    let first = 0;
    tableEvents(part, (batch) => {
      const rows = new Set([...matcher.batch(batch, FACTS)].map(({ row }) => row));
      for (let row = 0; row < batch.rows; row++) {
        (rows.has(row) ? loud : quiet).push(part[first + row]!);
      }
      first += batch.rows;
    });
  }
  return { quiet, loud };
}

async function web(count: number): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "custos-sigma-"));
  const file = join(folder, "iis.log");
  try {
    const key = new Uint8Array(32).fill(7);
    await makeInput("iis", file, { lines: count, key, startMs: Date.UTC(2026, 0, 1) });
    const source = await loadSource("iis", file);
    const frames: Uint8Array[] = [];
    await source.read((batch) => {
      if (batch.rows > 0) frames.push(maker.frame(batch, source.schema));
    });
    const rate = measure("web, lines of IIS", frames, 0.2);
    judge(rate >= GOALS.web, `${GOALS.web} lines of IIS a CPU second`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Decodes and matches `frames`; gives events a second of CPU for both. */
function measure(name: string, frames: readonly Uint8Array[], warmShare: number): number {
  Bun.gc(true);
  const before = process.memoryUsage().rss;
  const warm = Math.ceil(frames.length * warmShare);
  for (const frame of frames.slice(0, warm)) matcher.batch(batchIn(frame), FACTS);
  const measured = frames.slice(warm);
  const decoding = process.cpuUsage();
  let events = 0;
  for (const frame of measured) events += batchIn(frame).rows;
  const decodeSeconds = secondsSince(decoding);
  const both = process.cpuUsage();
  let matches = 0;
  let matched = 0;
  for (const frame of measured) {
    const rows = new Set<number>();
    for (const { row } of matcher.batch(batchIn(frame), FACTS)) {
      rows.add(row);
      matches++;
    }
    matched += rows.size;
  }
  const seconds = secondsSince(both);
  Bun.gc(true);
  const mebibytes = (process.memoryUsage().rss - before) / 2 ** 20;
  const rate = Math.round(events / seconds);
  const share = (100 * matched / events).toFixed(1);
  console.log(
    `${name}: ${events} events in ${measured.length} frames, ${matches} matches in ${share} % of them`,
  );
  console.log(
    `  ${rate} events a CPU second; ${nsOf(seconds, events)} ns an event, of which decoding ` +
      `${nsOf(decodeSeconds, events)}; ${mebibytes.toFixed(0)} MiB more`,
  );
  return rate;
}

function batchIn(frame: Uint8Array) {
  return decodeBody(frame, parseHeader(frame)).batch;
}

function nsOf(seconds: number, events: number): number {
  return Math.round(1e9 * seconds / events);
}
