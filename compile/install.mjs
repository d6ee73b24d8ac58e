/**
 * Installs what the lock file names, when `node_modules` does not hold it.
 *
 * @module
 */
import { spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";

const QUIET = ["--ignore-scripts", "--no-audit", "--no-fund"];

/**
 * Runs `npm ci` in `root` unless each locked package is installed in its locked version.
 *
 * `npm ci` refuses a lock file that lacks a package of another platform, which npm leaves out when
 * the registry at hand has no such package. `npm install` takes it, at the locked versions.
 *
 * @param {string} root
 * @returns {Promise<boolean>} Whether it had to install.
 * @throws {Error} If npm fails.
 */
export async function ensureInstalled(root) {
  if (isInstalled(root)) return false;
  process.stdout.write("Installing packages (npm ci)\n");
  if (await npm(root, ["ci", ...QUIET]) === 0) return true;
  process.stdout.write("npm ci failed, trying npm install with the same lock file\n");
  const code = await npm(root, ["install", "--no-save", ...QUIET]);
  if (code !== 0) throw new Error(`Cannot install packages: npm install ended with code ${code}`);
  return true;
}

/**
 * Versions are compared, not times: a checkout touches files without changing them.
 *
 * @param {string} root
 * @returns {boolean}
 */
export function isInstalled(root) {
  const marker = join(root, "node_modules", ".package-lock.json");
  if (!existsSync(marker)) return false;
  const locked = packagesOf(join(root, "package-lock.json"));
  const installed = packagesOf(marker);
  return Object.entries(locked).every(([path, { version, optional }]) => {
    if (path === "") return true;
    const found = installed[path];
    return found === undefined ? optional === true : found.version === version;
  });
}

function packagesOf(file) {
  return JSON.parse(readFileSync(file, "utf8")).packages ?? {};
}

/**
 * Runs npm in `folder`: the one that runs us, else the one on the path.
 *
 * @param {string} folder
 * @param {readonly string[]} args
 * @returns {Promise<number>} Its exit code.
 */
export function npm(folder, args) {
  const own = process.env.npm_execpath;
  const isOwn = own !== undefined && existsSync(own) && own.endsWith(".js");
  const [program, leading] = isOwn ? [process.execPath, [own]] : ["npm", []];
  const child = spawn(program, [...leading, ...args], {
    cwd: folder,
    stdio: ["ignore", "inherit", "inherit"],
    shell: !isOwn && process.platform === "win32",
  });
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("exit", (code) => resolve(code ?? 1));
  });
}
