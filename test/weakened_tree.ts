/**
 * A copy of the source that is weakened one way at a time, to see what notices.
 *
 * @module
 */
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { text } from "node:stream/consumers";

const ROOT = dirname(import.meta.dirname);
const PARTS = [
  "agent",
  "hub",
  "sdk",
  "plugins",
  "test",
  "compile",
  "package.json",
  "tsconfig.json",
];

/** In `file`, `from` (which is there once) becomes `to`. */
export interface Weakening {
  readonly name: string;
  readonly file: string;
  readonly from: string;
  readonly to: string;
}

export interface WeakenedTree extends Disposable {
  readonly folder: string;
  /** Weakens it; gives what takes that back. */
  weaken(weakening: Weakening): () => void;
  /** Runs Bun in it, for `mostMs` at most. */
  bun(
    words: readonly string[],
    mostMs: number,
  ): Promise<{ readonly code: number | null; readonly out: string }>;
}

/** Copies the checkout, its packages too: a plugin's process may read no other folder. */
export function openWeakenedTree(): WeakenedTree {
  mkdirSync(join(ROOT, ".custos"), { recursive: true });
  const folder = mkdtempSync(join(ROOT, ".custos", "weakened-"));
  copy("-a", PARTS, folder);
  // Nobody writes to those.
  copy("-al", ["node_modules"], folder);
  return {
    folder,
    weaken: (weakening) => weaken(folder, weakening),
    bun: (words, mostMs) => bun(folder, words, mostMs),
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  };
}

function copy(how: string, parts: readonly string[], to: string): void {
  const copied = spawnSync("cp", [how, ...parts, to], { cwd: ROOT });
  if (copied.status !== 0) throw new Error(`Cannot copy the source: ${String(copied.stderr)}`);
}

function weaken(folder: string, { name, file, from, to }: Weakening): () => void {
  const path = join(folder, file);
  const before = readFileSync(path, "utf8");
  if (before.split(from).length !== 2) {
    throw new Error(`Cannot weaken ${file} for "${name}": the text is not there once`);
  }
  writeFileSync(path, before.replace(from, () => to));
  return () => writeFileSync(path, before);
}

async function bun(folder: string, words: readonly string[], mostMs: number) {
  const running = spawn(process.execPath, words, {
    cwd: folder,
    stdio: ["ignore", "pipe", "pipe"],
    timeout: mostMs,
    killSignal: "SIGKILL",
  });
  const ended = once(running, "exit");
  const [out] = await Promise.all([text(running.stdout), text(running.stderr)]);
  await ended;
  return { code: running.exitCode, out };
}
