/**
 * The start of a plugin's process: it confines itself, becomes itself again, and then serves.
 *
 * @module
 */
import { ownCommand } from "../own_command.ts";
import { type Confinement, UNCONFINED } from "./confine/spec.ts";
import { CONFINE, CONFINED, PLUGIN_PROCESS } from "./plugin_words.ts";

/** Becomes the process of a plugin. `words` are those that `process_maker.ts` gives. */
export async function bePluginProcess([step, json = "null"]: readonly string[]): Promise<void> {
  const told: unknown = JSON.parse(json);
  if (step === CONFINED) return await serve(told);
  if (step !== CONFINE) {
    throw new Error("Cannot start: a plugin's process is started by the agent alone");
  }
  // Only what confining takes is loaded: all of it goes with the next step.
  const { confineAndBecome } = await import("./confine/linux.ts");
  const again = [...ownCommand(), PLUGIN_PROCESS, CONFINED];
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the agent has written it
  await confineAndBecome(told as Confinement, again);
  await serve(UNCONFINED);
}

async function serve(hello: unknown): Promise<void> {
  const { servePlugin } = await import("./plugin_child.ts");
  servePlugin(hello);
}
