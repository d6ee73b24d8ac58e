/**
 * The config that `-c` names.
 *
 * @module
 */
import { existsSync, readFileSync } from "node:fs";
import { type HubConfig, HubConfigError, loadHubConfig } from "../config.ts";

/** @throws {HubConfigError} */
export function readConfig(file: string): HubConfig {
  return loadHubConfig(file, readNamed(file, "-c FILE"));
}

/** The text of a file; `by` is what names it. @throws {HubConfigError} */
export function readNamed(file: string, by: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (cause) {
    const what = existsSync(file) ? "it may not be read or is a folder" : "there is no such file";
    throw new HubConfigError(`Cannot read ${file}: ${what}, name another with ${by}`, { cause });
  }
}
