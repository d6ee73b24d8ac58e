/**
 * A plugin that its author works on, and its golden cases.
 *
 * @module
 */
import { readdirSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Plugin } from "../../../sdk/plugin.ts";
import { bundlePlugin, entryOf } from "../../isolate/bundle.ts";
import { importPlugin } from "../../isolate/import_code.ts";
import { UsageError } from "../command.ts";

export interface PluginWithCases {
  /** It runs in this process: whoever calls has written it. */
  readonly plugin: Plugin;
  /** Folders of its cases, sorted. */
  readonly cases: readonly string[];
}

/** Loads the source at `path`. @throws {UsageError} If it has no cases. */
export async function loadWithCases(path: string | undefined): Promise<PluginWithCases> {
  if (path === undefined) throw new UsageError("one PATH must be named");
  const folder = join(dirname(entryOf(path)), "cases");
  const found = statSync(folder, { throwIfNoEntry: false })?.isDirectory() === true
    ? readdirSync(folder).toSorted().map((name) => join(folder, name))
    : [];
  if (found.length === 0) {
    throw new UsageError(`${folder} has no cases: each is a folder with input and config.yaml`);
  }
  return { plugin: await importPlugin(await bundlePlugin(path)), cases: found };
}
