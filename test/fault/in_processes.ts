/**
 * Seeds in several processes at once.
 *
 * @module
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { type SeedRange, type Tally, together } from "./run_seeds.ts";

/** Runs `range` in `jobs` processes, each with its part of it. */
export async function runInProcesses(range: SeedRange, jobs: number): Promise<Tally> {
  return together(await Promise.all(partsOf(range, jobs).map(runPart)));
}

function partsOf(range: SeedRange, jobs: number): readonly SeedRange[] {
  const size = Math.ceil(range.seeds / jobs);
  return Array.from({ length: jobs }, (_, i) => ({
    from: range.from + i * size,
    seeds: Math.min(size, range.seeds - i * size),
  })).filter(({ seeds }) => seeds > 0);
}

async function runPart({ from, seeds }: SeedRange): Promise<Tally> {
  const main = join(import.meta.dirname, "main.ts");
  const words = [main, "--child", "--from", `${from}`, "--seeds", `${seeds}`];
  const running = spawn(process.execPath, words, { stdio: ["ignore", "pipe", "inherit"] });
  const ended = once(running, "exit");
  const out = await text(running.stdout);
  await ended;
  if (running.exitCode !== 0) {
    throw new Error(`Seeds from ${from} on ended with ${running.exitCode}`);
  }
  return JSON.parse(out) as Tally;
}
