/**
 * What reads the files of a hunt: the plugins of every build, and a reader of NDJSON.
 *
 * @module
 */
import { builtinPlugins } from "../../plugins/builtin.ts";
import type { Plugin } from "../../sdk/plugin.ts";
import { ROWS, rowsPlugin } from "./rows_plugin.ts";

/** The names of those that read files. */
export function pluginNames(): readonly string[] {
  const reading = [...builtinPlugins].filter(([, { filesKey }]) => filesKey !== undefined);
  return [...reading.map(([name]) => name), ROWS];
}

/** The one of a name that {@link pluginNames} has. */
export function pluginNamed(name: string): Plugin | undefined {
  return name === ROWS ? rowsPlugin() : builtinPlugins.get(name);
}
