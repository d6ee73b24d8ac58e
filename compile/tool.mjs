/**
 * Runs a development tool from `node_modules`: `node compile/tool.mjs bun test`.
 *
 * Plain Node, no package: it works on a fresh machine. Bun and Deno are called as the platform
 * package's binary, because their launchers need install scripts that we do not run.
 *
 * @module
 */
import { spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { ensureInstalled } from "./install.mjs";

/** The checkout's folder. */
export const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));

const BUN_OS = { linux: "linux", darwin: "darwin", win32: "windows" };
const CPU = { x64: "x64", arm64: "aarch64" };

/**
 * Gives the command line that starts tool `name`: program first, then its leading arguments.
 *
 * @param {string} name `bun`, `deno`, or the name of an npm package with one program.
 * @returns {readonly string[]}
 */
export function toolCommand(name) {
  if (name === "bun") return [firstExisting(bunPlaces())];
  if (name === "deno") return [firstExisting(denoPlaces())];
  const folder = join(ROOT, "node_modules", name);
  const { bin } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  const program = typeof bin === "string" ? bin : (bin[name] ?? Object.values(bin)[0]);
  return [process.execPath, join(folder, program)];
}

function bunPlaces() {
  const program = process.platform === "win32" ? "bun.exe" : "bun";
  const platform = `bun-${BUN_OS[process.platform]}-${CPU[process.arch]}`;
  return [platform, `${platform}-musl`].map((name) => join("@oven", name, "bin", program));
}

function denoPlaces() {
  const program = process.platform === "win32" ? "deno.exe" : "deno";
  const platform = `${process.platform}-${process.arch}`;
  return [platform, `${platform}-glibc`].map((name) => join("@deno", name, program));
}

function firstExisting(places) {
  const paths = places.map((place) => join(ROOT, "node_modules", place));
  const found = paths.find((path) => existsSync(path));
  if (found === undefined) {
    throw new Error(`Cannot start tool: none of ${paths.join(", ")} is installed`);
  }
  return found;
}

/**
 * Runs tool `name` in the checkout and gives its exit code; a signal counts as 1.
 *
 * @param {string} name
 * @param {readonly string[]} args
 * @param {{
 *   readonly timeoutMs?: number,
 *   readonly endsWithParent?: boolean,
 *   readonly onOutput?: (text: string) => void,
 * }} [options] After `timeoutMs` the tool is killed. With `endsWithParent` it is asked to end when
 *   our parent has ended: npm's shell passes no signal on. `onOutput` gets its standard output, which
 *   then does not go to ours.
 * @returns {Promise<number>}
 */
export function runTool(name, args, options = {}) {
  const [program, ...leading] = toolCommand(name);
  const child = spawn(program, [...leading, ...args], {
    cwd: ROOT,
    stdio: ["inherit", options.onOutput === undefined ? "inherit" : "pipe", "inherit"],
    ...(options.timeoutMs !== undefined && { timeout: options.timeoutMs, killSignal: "SIGKILL" }),
  });
  child.stdout?.setEncoding("utf8").on("data", options.onOutput);
  const forward = (signal) => child.kill(signal);
  process.on("SIGINT", forward).on("SIGTERM", forward);
  const parent = process.ppid;
  const watch = options.endsWithParent === true
    ? setInterval(() => process.ppid !== parent && child.kill("SIGTERM"), 500)
    : undefined;
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    // "close" comes when all of its output has come too.
    child.on(options.onOutput === undefined ? "exit" : "close", (code) => {
      clearInterval(watch);
      process.off("SIGINT", forward).off("SIGTERM", forward);
      resolve(code ?? 1);
    });
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [name = "bun", ...args] = process.argv.slice(2);
  await ensureInstalled(ROOT);
  process.exitCode = await runTool(name, args, { endsWithParent: true });
}
