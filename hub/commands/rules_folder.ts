/**
 * Reads the rules of a hub from its folder of rules.
 *
 * @module
 */
import { existsSync, readdirSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { HubConfigError } from "../config.ts";
import { type LoadedRules, loadRules } from "../detect/load_rules.ts";

/**
 * The rules that a hub with this folder runs.
 *
 * @throws {HubConfigError} If one of our own has a mistake.
 */
export async function readRules(folder: string): Promise<LoadedRules> {
  const loaded = await loadRules({
    names: () =>
      Promise.resolve(
        existsSync(folder) ? readdirSync(folder, { recursive: true, encoding: "utf8" }) : [],
      ),
    read: (name) => readFile(join(folder, name), "utf8"),
  });
  const { problems } = loaded;
  if (problems.length === 0) return loaded;
  throw new HubConfigError(problems.map(({ message }) => message).join("\n"));
}
