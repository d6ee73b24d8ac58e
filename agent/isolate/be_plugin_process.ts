/**
 * The start of a plugin's process: it confines itself, becomes itself again, and then serves.
 *
 * @module
 */
import { ownCommand } from "../own_command.ts";
import { confineAndBecome } from "./confine/linux.ts";
import type { Confinement } from "./confine/spec.ts";
import { servePlugin } from "./plugin_child.ts";
import { CONFINE, CONFINED, PLUGIN_PROCESS } from "./plugin_words.ts";

/** Becomes the process of a plugin. `words` are those that {@link commandFor} gives. */
export async function bePluginProcess([step, json = "null"]: readonly string[]): Promise<void> {
  const told: unknown = JSON.parse(json);
  if (step === CONFINED) {
    servePlugin(told);
  } else if (step === CONFINE) {
    const again = [...ownCommand(), PLUGIN_PROCESS, CONFINED];
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the agent has written it
    servePlugin(await confineAndBecome(told as Confinement, again));
  } else throw new Error("Cannot start: a plugin's process is started by the agent alone");
}
