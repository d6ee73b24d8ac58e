/**
 * `npm run fuzz -- [--seconds N] [--seed S] [--target NAME]`: hostile bytes at every door.
 *
 * Each target runs in a process of its own, which must neither die nor pass 256 MiB; the table says
 * what became of the inputs. A find is told with the call that shows it again.
 *
 * @module
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { parseArgs } from "node:util";
import { attack } from "./attack.ts";
import { allTargets } from "./targets.ts";

const MOST_MEMORY_BYTES = 256 * 1024 * 1024;
/** Input that takes longer holds up an agent or a hub for as long. */
const MOST_MS = 2_000;
/** A child that is so late, in ms, hangs at one input. */
const MOST_LATE_MS = 20_000;
/** A child says where it is each so many inputs. */
const INPUTS_A_TOLD = 256;
const HELP = `Usage: npm run fuzz -- [OPTIONS]

  --seconds N    in all, shared by the targets (default 60)
  --seed S       draws the inputs (default: the clock)
  --target NAME  one target alone
  --from N       begins with input N of the seed; with --target
`;

/** What a child tells, in its one line. */
interface Told {
  readonly inputs: number;
  readonly verdicts: Readonly<Record<string, number>>;
  readonly slowestMs: number;
  readonly memoryBytes: number;
}

process.exitCode = await main();

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      seconds: { type: "string", default: "60" },
      seed: { type: "string", default: String(Date.now() % 2 ** 31) },
      target: { type: "string" },
      from: { type: "string", default: "0" },
      child: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) return say(HELP, 0);
  const [seconds, seed, from] = [values.seconds, values.seed, values.from].map(Number);
  const numbers = [seconds, seed, from];
  if (!numbers.every((n) => Number.isFinite(n) && n! >= 0)) {
    return say(`--seconds, --seed and --from must be numbers\n${HELP}`, 2);
  }
  const names = (await allTargets()).map(({ name }) => name);
  const chosen = values.target === undefined ? names : names.filter((n) => n === values.target);
  if (chosen.length === 0) {
    return say(`There is no target "${values.target}", must be one of ${names.join(", ")}\n`, 2);
  }
  const run = { seconds: seconds! / chosen.length, seed: seed!, from: from! };
  return values.child ? await child(chosen[0]!, run) : await parent(chosen, run);
}

interface Run {
  readonly seconds: number;
  readonly seed: number;
  readonly from: number;
}

async function parent(names: readonly string[], run: Run): Promise<number> {
  let finds = 0;
  say(`seed ${run.seed}, ${run.seconds.toFixed(1)} s a target\n\n`, 0);
  for (const name of names) {
    const trouble = await one(name, run);
    if (trouble === undefined) continue;
    finds++;
    say(`${name}: FOUND ${trouble}\n`, 1);
  }
  return say(`\n${names.length} targets, ${finds} finds\n`, finds === 0 ? 0 : 1);
}

/** Runs one target in a child; gives what is wrong. */
async function one(name: string, { seconds, seed, from }: Run): Promise<string | undefined> {
  const words = ["--seconds", seconds, "--seed", seed, "--from", from, "--target", name, "--child"];
  const timeout = seconds * 1000 + MOST_LATE_MS;
  const child = spawn(process.execPath, [import.meta.filename, ...words.map(String)], {
    stdio: ["ignore", "pipe", "pipe"],
    timeout,
    killSignal: "SIGKILL",
  });
  const ended = once(child, "exit");
  const [out, errors] = await Promise.all([text(child.stdout), text(child.stderr)]);
  await ended;
  // The last thing that it said it would do is what it died at.
  const [last = "", told = ""] = [errors, out].map((lines) => lines.trim().split("\n").at(-1));
  const again = `npm run fuzz -- --target ${name} --seed ${seed}`;
  if (child.exitCode !== 0) {
    const how = child.signalCode ?? `exit code ${child.exitCode}`;
    return `${how}: ${errors.trim().slice(-2000)}\n  again: ${again} --from ${
      /^\d+$/.exec(last)?.[0] ?? from
    }`;
  }
  return judged(name, told, again);
}

function judged(name: string, line: string, again: string): string | undefined {
  const told = JSON.parse(line) as Told;
  say(lineOf(name, told), 0);
  if (told.memoryBytes > MOST_MEMORY_BYTES) {
    return `${mib(told.memoryBytes)} MiB\n  again: ${again}`;
  }
  if (told.slowestMs > MOST_MS) return `an input of ${told.slowestMs} ms\n  again: ${again}`;
  return undefined;
}

function lineOf(name: string, { inputs, verdicts, slowestMs, memoryBytes }: Told): string {
  const sorted = Object.entries(verdicts).toSorted(([, a], [, b]) => b - a);
  const shown = sorted.map(([verdict, count]) => `${verdict} ${count}`).join(", ");
  const cost = `${Math.round(slowestMs)} ms at most, ${mib(memoryBytes)} MiB`;
  return `${name}: ${inputs} inputs, ${cost}\n  ${shown}\n`;
}

async function child(name: string, { seconds, seed, from }: Run): Promise<number> {
  const target = (await allTargets()).find((t) => t.name === name)!;
  const end = performance.now() + seconds * 1000;
  const goOn = (n: number): boolean => {
    if (n % INPUTS_A_TOLD === 0) process.stderr.write(`${n}\n`);
    return performance.now() < end;
  };
  const outcome = await attack(target, { seed, from, goOn });
  const told: Told = {
    ...outcome,
    verdicts: Object.fromEntries(outcome.verdicts),
    memoryBytes: process.resourceUsage().maxRSS * 1024,
  };
  return say(`${JSON.stringify(told)}\n`, 0);
}

function mib(bytes: number): string {
  return (bytes / 1024 ** 2).toFixed(0);
}

function say(words: string, code: number): number {
  process.stdout.write(words);
  return code;
}
