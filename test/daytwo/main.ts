/**
 * Day two: what happens to a system that runs, all of it while events come.
 *
 * `npm run daytwo -- [--agents N] [--rate N] [--soak SECONDS] [--steps a,b] [--output json] [--keep]`
 *
 * Hub and agents begin with the previous release, unless the step `upgrade` is left out. At the end
 * each line that was written must be in the ledger once, be named by a signed gap, or have gone with
 * a disk. Exit code 1: something broke.
 *
 * @module
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { compareWithLedger } from "./questions.ts";
import { presentRelease, previousRelease, type Release } from "./releases.ts";
import { STEPS } from "./steps.ts";
import { type Tally, tallyOf } from "./tally.ts";
import { World } from "./world.ts";

interface Result {
  readonly step: string;
  readonly ok: boolean;
  readonly seconds: number;
  readonly told: string;
}

const HELP = `Usage: npm run daytwo -- [OPTIONS]

  --agents N       how many (default 50)
  --rate N         lines a second of each agent (default 5)
  --soak SECONDS   how long nothing but work happens at the end (default 600)
  --steps A,B      of ${STEPS.map(({ name }) => name).join(", ")} (default all)
  --output json    results as JSON
  --keep           leaves the folder of the run
`;

const { values } = parseArgs({
  options: {
    help: { type: "boolean", default: false },
    agents: { type: "string", default: "50" },
    rate: { type: "string", default: "5" },
    soak: { type: "string", default: "600" },
    steps: { type: "string", default: STEPS.map(({ name }) => name).join(",") },
    output: { type: "string", default: "text" },
    keep: { type: "boolean", default: false },
  },
});
if (values.help) {
  process.stdout.write(HELP);
  process.exit(0);
}
const isJson = values.output === "json";
const wanted = values.steps.split(",");
const unknown = wanted.find((name) => STEPS.every((step) => step.name !== name));
if (unknown !== undefined) {
  const names = STEPS.map(({ name }) => name).join(", ");
  process.stderr.write(`--steps has "${unknown}", must be of ${names}\n`);
  process.exit(2);
}

const folder = mkdtempSync(join(tmpdir(), "custos-daytwo-"));
const tell = (line: string): void => void process.stderr.write(`${line}\n`);
const results: Result[] = [];
try {
  const present = await presentRelease(folder);
  if (wanted.includes("upgrade")) {
    using previous = await previousRelease(folder);
    await runAll(previous, present);
  } else await runAll(present, present);
} finally {
  if (values.keep) tell(`Kept ${folder}`);
  else rmSync(folder, { recursive: true, force: true });
}
report();
process.exitCode = results.every(({ ok }) => ok) ? 0 : 1;

async function runAll(first: Release, present: Release): Promise<void> {
  const [agents, rate, soakSeconds] = [values.agents, values.rate, values.soak].map(Number);
  await using world = new World({
    ...{ folder, release: first, tell },
    agents: agents ?? 0,
    rate: rate ?? 0,
  });
  const begun = await timed("start", async () => {
    await world.open();
    await world.untilStored();
    await world.untilWell();
    return `hub and ${world.agents.length} agents of ${first.version}`;
  });
  if (!begun) return;
  for (const step of STEPS) {
    if (!wanted.includes(step.name)) continue;
    tell(`${step.name}: ${step.what}`);
    const options = { world, present, soakSeconds: soakSeconds ?? 0 };
    // What comes after a step that broke would say nothing.
    if (!await timed(step.name, () => step.run(options))) break;
  }
  await timed("account", () => settle(world));
}

/** Nothing is written any more: all that is on its way must arrive. */
async function settle(world: World): Promise<string> {
  world.stopWriting();
  await world.untilStored();
  await world.each((agent) => agent.stop());
  const rows = await compareWithLedger(world);
  await world.hub.stop();
  const tally = await tallyOf(world.hub.data, world.agents);
  const told = `${wordsOf(tally)}; KQL sees ${rows}`;
  if (tally.lost > 0 || tally.doubled > 0) {
    throw new Error(`${told}; ${tally.examples.slice(0, 5).join("; ")}`);
  }
  return told;
}

function wordsOf({ written, stored, gone, lost, inGaps, doubled, gaps }: Tally): string {
  return `${written} lines written = ${stored} stored + ${gone} gone with a disk + ${inGaps} in ` +
    `${gaps} signed gaps + ${lost} lost; ${doubled} doubled`;
}

async function timed(step: string, run: () => Promise<string>): Promise<boolean> {
  const start = performance.now();
  const result = await run().then(
    (told) => ({ ok: true, told }),
    (error: unknown) => ({ ok: false, told: error instanceof Error ? error.message : "unknown" }),
  );
  const seconds = Math.round((performance.now() - start) / 100) / 10;
  results.push({ step, seconds, ...result });
  tell(`${step}: ${result.ok ? "ok" : "BROKE"}, ${seconds} s, ${result.told}`);
  return result.ok;
}

function report(): void {
  if (isJson) {
    const ok = results.every((one) => one.ok);
    process.stdout.write(`${JSON.stringify({ ok, agents: Number(values.agents), results })}\n`);
    return;
  }
  const lines = results.map(({ step, ok, seconds, told }) =>
    `| ${step.padEnd(8)} | ${ok ? "ok   " : "BROKE"} | ${String(seconds).padStart(7)} | ${told} |`
  );
  const head = [
    "| step     | so    | seconds | what was seen |",
    "| -------- | ----- | ------: | --- |",
  ];
  process.stdout.write(`${[...head, ...lines].join("\n")}\n`);
}
