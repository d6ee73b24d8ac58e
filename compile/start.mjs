/**
 * `npm start`: installs what is missing, then hands over to `start.ts` in Bun.
 *
 * @module
 */
import process from "node:process";
import { ensureInstalled } from "./install.mjs";
import { ROOT, runTool } from "./tool.mjs";

await ensureInstalled(ROOT);
const args = ["compile/start.ts", ...process.argv.slice(2)];
process.exitCode = await runTool("bun", args, { endsWithParent: true });
