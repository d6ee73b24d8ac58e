/**
 * The plugins that an agent can run: those that every build has, and those that were added to it.
 *
 * @module
 */
import { builtinPlugins } from "../../plugins/builtin.ts";
import type { KnownPlugin, Plugins } from "../config/load.ts";
import { addedNames, judgeFor, readAdded } from "../isolate/added.ts";
import { isolate } from "../isolate/isolated_plugin.ts";
import { describedOf } from "../isolate/packed.ts";
import { ownProcesses } from "../isolate/process_maker.ts";

/** Those of the agent with data folder `dataDir`; each added one is read when it is asked for. */
export const knownPlugins: Plugins = (dataDir) => ({
  keys: () => [...builtinPlugins.keys(), ...addedNames(dataDir)].values(),
  get: (name): KnownPlugin | undefined => {
    const builtin = builtinPlugins.get(name);
    if (builtin !== undefined) return builtin;
    const added = readAdded(dataDir, name);
    if (added === undefined) return undefined;
    const { manifest, code } = added.packed;
    return isolate({ described: describedOf(manifest), code }, {
      maker: ownProcesses(),
      judge: judgeFor(added.pin),
    });
  },
});
