/**
 * Which plugin a call names: one that is built in, or a folder or file of one that is not.
 *
 * @module
 */
import { builtinPlugins } from "../../plugins/builtin.ts";
import type { Plugin } from "../../sdk/plugin.ts";
import { judgeFor } from "../isolate/added.ts";
import { isolate, type IsolatedPlugin } from "../isolate/isolated_plugin.ts";
import { loadPluginAt } from "../isolate/load_path.ts";
import { ownProcesses } from "../isolate/process_maker.ts";
import { UsageError } from "./command.ts";

/** A plugin that reads files. */
export interface NamedPlugin {
  readonly plugin: Plugin;
  /** Where it runs in a process of its own. */
  readonly isolated?: IsolatedPlugin;
}

/**
 * Finds the plugin that `name` names; one of a path may read what its config names, nothing else.
 *
 * @throws {UsageError} If there is none, or it reads no files.
 */
export async function namedPlugin(name: string | undefined): Promise<NamedPlugin> {
  const known = [...builtinPlugins].filter(([, plugin]) => plugin.filesKey !== undefined)
    .map(([plugin]) => plugin).join(", ");
  const must = `must be one of ${known}, or a path such as ./my_plugin`;
  if (name === undefined) throw new UsageError(`no plugin is named, ${must}`);
  if (!/[/\\.]/.test(name)) {
    const plugin = builtinPlugins.get(name);
    if (plugin?.filesKey !== undefined) return { plugin };
    throw new UsageError(`"${name}" is no plugin that reads files, ${must}`);
  }
  const code = await loadPluginAt(name);
  if (code.described.filesKey === undefined) {
    throw new UsageError(`the plugin at ${name} has no filesKey: it reads no files`);
  }
  const judge = judgeFor({ granted: {} });
  const isolated = isolate(code, { maker: ownProcesses({ errors: "inherit" }), judge });
  return { plugin: isolated.plugin, isolated };
}
