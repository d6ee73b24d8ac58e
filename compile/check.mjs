/**
 * `npm run check`: format, lint, types and dead code. All run, even when one fails.
 *
 * Import directions are a test: `test/architecture.test.ts`.
 *
 * @module
 */
import process from "node:process";
import { ensureInstalled } from "./install.mjs";
import { ROOT, runTool } from "./tool.mjs";

const CHECKS = [
  { name: "format", tool: "deno", args: ["fmt", "--check", "--quiet"] },
  { name: "lint", tool: "oxlint", args: ["--type-aware", "--deny-warnings"] },
  { name: "types (tsc)", tool: "typescript", args: ["-p", "."] },
  {
    name: "types (deno)",
    tool: "deno",
    args: ["check", "--quiet", "sdk", "plugins", "agent"],
  },
  { name: "dead code", tool: "knip", args: ["--no-progress", "--no-config-hints"] },
];

await ensureInstalled(ROOT);
const failed = [];
for (const { name, tool, args } of CHECKS) {
  const start = performance.now();
  const code = await runTool(tool, args);
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  process.stdout.write(`${code === 0 ? "ok    " : "FAILED"} ${name} (${seconds} s)\n`);
  if (code !== 0) failed.push(name);
}
if (failed.length > 0) {
  process.stdout.write(`Checks that failed: ${failed.join(", ")}\n`);
  process.exitCode = 1;
}
