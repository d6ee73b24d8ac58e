/**
 * `npm run build` makes `dist/custos` for Linux x64; `npm run build:all` makes every target.
 *
 * @module
 */
import { dirname, join, relative } from "node:path";
import { parseArgs } from "node:util";
import { buildProgram } from "./program.ts";
import { LINUX_X64, type Target, TARGETS } from "./targets.ts";

/** The checkout. */
const ROOT = dirname(import.meta.dirname);

/** Builds the agent for `target`, tells what came out, and gives the program's path. */
export async function buildAgent(target: Target, tell: (line: string) => void): Promise<string> {
  const outfile = join(ROOT, "dist", target.program);
  const entry = join(ROOT, "agent", "main.ts");
  const { path, bytes, ms } = await buildProgram({ entry, outfile, target, root: ROOT });
  const size = `${(bytes / 2 ** 20).toFixed(1)} MiB`;
  tell(`Built ${relative(ROOT, path)} for ${target.name}: ${size}, ${(ms / 1000).toFixed(1)} s`);
  return path;
}

if (import.meta.main) {
  const { values } = parseArgs({ options: { all: { type: "boolean", default: false } } });
  const tell = (line: string): void => void process.stdout.write(`${line}\n`);
  for (const target of values.all ? TARGETS : [LINUX_X64]) await buildAgent(target, tell);
}
