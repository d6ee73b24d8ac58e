/**
 * `npm run fault:mutants -- [--seeds N] [--name WORD]`: weakens the real source, one way at a time,
 * in a copy of the tree, and runs seeds until one fails. A seed that fails without the weakening too
 * does not count. Where seeds hardly get there, a unit test must fail.
 *
 * @module
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { parseArgs } from "node:util";
import { type Mutation, MUTATIONS } from "./mutations.ts";

const ROOT = join(import.meta.dirname, "../..");
/** A mutant may hang: that is noticed, too. */
const MOST_MS = 1_200_000;

process.exitCode = await main();

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      seeds: { type: "string", default: "2000" },
      name: { type: "string", default: "" },
    },
  });
  const folder = mkdtempSync(join(tmpdir(), "custos-mutants-"));
  try {
    for (
      const name of ["agent", "hub", "sdk", "plugins", "test", "package.json", "tsconfig.json"]
    ) {
      cpSync(join(ROOT, name), join(folder, name), { recursive: true });
    }
    symlinkSync(join(ROOT, "node_modules"), join(folder, "node_modules"));
    process.stdout.write("| weakening | seeds | noticed by |\n|---|--:|---|\n");
    let survivors = 0;
    for (const mutation of MUTATIONS.filter(({ name }) => name.includes(values.name))) {
      if (!await isKilled(folder, mutation, Number(values.seeds))) survivors++;
    }
    process.stdout.write(`\n${survivors} not noticed\n`);
    return survivors === 0 ? 0 : 1;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function isKilled(folder: string, mutation: Mutation, seeds: number): Promise<boolean> {
  const { name, file, from, to, elsewhere } = mutation;
  const path = join(folder, file);
  const before = readFileSync(path, "utf8");
  if (before.split(from).length !== 2) {
    throw new Error(`Cannot weaken ${file} for "${name}": the text is not there once`);
  }
  const weakened = before.replace(from, () => to);
  writeFileSync(path, weakened);
  let noticed = await firstFailure(folder, 1, seeds);
  while (noticed !== undefined && await failsWithout(folder, { path, before, weakened }, noticed)) {
    process.stderr.write(`seed ${noticed.seed} fails without "${name}" as well\n`);
    noticed = await firstFailure(folder, noticed.seed + 1, seeds - noticed.seed);
  }
  const isTold = noticed === undefined && elsewhere !== undefined &&
    await failsIn(folder, elsewhere);
  writeFileSync(path, before);
  process.stdout.write(`| ${name} | ${toldOf(mutation, { noticed, isTold, seeds })} |\n`);
  return noticed !== undefined || isTold || mutation.equivalent !== undefined;
}

function toldOf(
  { elsewhere, equivalent }: Mutation,
  { noticed, isTold, seeds }: {
    readonly noticed: Failure | undefined;
    readonly isTold: boolean;
    readonly seeds: number;
  },
): string {
  if (noticed !== undefined) return `${noticed.seed} | ${noticed.why}`;
  if (isTold) return `- | ${elsewhere}`;
  return equivalent === undefined ? `${seeds} | NOT NOTICED` : `- | equivalent: ${equivalent}`;
}

/** A seed that a weakening makes fail. */
interface Failure {
  readonly seed: number;
  readonly why: string;
}

async function failsWithout(
  folder: string,
  { path, before, weakened }: {
    readonly path: string;
    readonly before: string;
    readonly weakened: string;
  },
  { seed }: Failure,
): Promise<boolean> {
  writeFileSync(path, before);
  const same = await firstFailure(folder, seed, 1);
  writeFileSync(path, weakened);
  return same !== undefined;
}

/** Whether a test file fails in `folder`. */
async function failsIn(folder: string, file: string): Promise<boolean> {
  return (await bun(folder, ["test", `./${file}`])).code !== 0;
}

async function firstFailure(
  folder: string,
  from: number,
  seeds: number,
): Promise<Failure | undefined> {
  const range = ["--from", `${from}`, "--seeds", `${seeds}`, "--jobs", "1", "--stop"];
  const { code, out } = await bun(folder, [join(folder, "test/fault/main.ts"), ...range]);
  if (code === 0) return undefined;
  const told = /first seed (\d+):\n {2}(.*)/.exec(out);
  return { seed: Number(told?.[1] ?? from), why: told?.[2] ?? "it hangs or dies" };
}

async function bun(
  folder: string,
  words: readonly string[],
): Promise<{ readonly code: number | null; readonly out: string }> {
  const running = spawn(process.execPath, words, {
    cwd: folder,
    stdio: ["ignore", "pipe", "pipe"],
    timeout: MOST_MS,
  });
  const ended = once(running, "exit");
  const [out] = await Promise.all([text(running.stdout), text(running.stderr)]);
  await ended;
  return { code: running.exitCode, out };
}
