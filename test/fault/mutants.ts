/**
 * `npm run fault:mutants -- [--seeds N] [--name WORD]`: weakens the real source, one way at a time,
 * in a copy of the tree, and runs seeds until one fails.
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
      if (!await isKilled(folder, mutation, values.seeds)) survivors++;
    }
    process.stdout.write(`\n${survivors} not noticed\n`);
    return survivors === 0 ? 0 : 1;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function isKilled(folder: string, mutation: Mutation, seeds: string): Promise<boolean> {
  const { name, file, from, to, elsewhere } = mutation;
  const path = join(folder, file);
  const before = readFileSync(path, "utf8");
  if (before.split(from).length !== 2) {
    throw new Error(`Cannot weaken ${file} for "${name}": the text is not there once`);
  }
  writeFileSync(path, before.replace(from, () => to));
  const { failed, line } = await firstFailure(folder, seeds);
  writeFileSync(path, before);
  const told = failed || elsewhere === undefined ? line : `- | ${elsewhere}`;
  process.stdout.write(`| ${name} | ${told} |\n`);
  return failed || elsewhere !== undefined;
}

async function firstFailure(
  folder: string,
  seeds: string,
): Promise<{ readonly failed: boolean; readonly line: string }> {
  const words = [join(folder, "test/fault/main.ts"), "--seeds", seeds, "--jobs", "1", "--stop"];
  const running = spawn(process.execPath, words, {
    cwd: folder,
    stdio: ["ignore", "pipe", "pipe"],
    timeout: MOST_MS,
  });
  const ended = once(running, "exit");
  const [out] = await Promise.all([text(running.stdout), text(running.stderr)]);
  await ended;
  if (running.exitCode === 0) return { failed: false, line: `${seeds} | NOT NOTICED` };
  const seed = /first seed (\d+):\n {2}(.*)/.exec(out);
  return { failed: true, line: `${seed?.[1] ?? "?"} | ${seed?.[2] ?? "it hangs or dies"}` };
}
