/**
 * Loads a plugin from a path: a packed file, or source that is bundled first. For whoever works on
 * one; an agent runs only what was packed and approved.
 *
 * @module
 */
import { readFileSync } from "node:fs";
import { bundlePlugin, entryOf } from "./bundle.ts";
import { describeIn, type PluginCode } from "./isolated_plugin.ts";
import { describedOf, PackedError, readPacked } from "./packed.ts";
import { PluginProcess } from "./plugin_process.ts";
import { ownProcesses } from "./process_maker.ts";

/** @throws {BundleError | PackedError | PluginError} */
export async function loadPluginAt(path: string): Promise<PluginCode> {
  const packed = packedAt(path);
  if (packed !== undefined) return packed;
  const code = await bundlePlugin(path);
  return { code, described: await describeCode(code) };
}

/** What code says of itself, in a process that may reach nothing. @throws {PluginError} */
export async function describeCode(code: Uint8Array): Promise<PluginCode["described"]> {
  const command = ownProcesses().command({});
  await using child = new PluginProcess({ command, errors: "inherit" });
  return await describeIn(child, code);
}

function packedAt(path: string): PluginCode | undefined {
  const entry = entryOf(path);
  if (!entry.endsWith(".js")) return undefined;
  try {
    const { manifest, code } = readPacked(new Uint8Array(readFileSync(entry)));
    return { described: describedOf(manifest), code };
  } catch (error) {
    // Plain source in JavaScript.
    if (error instanceof PackedError && error.code === "format") return undefined;
    throw error;
  }
}
